"""Degrees that a job text asks for."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from matching_service.domain.model import EducationLevel
from matching_service.domain.passages import Passage, Place

# Words in any case; then abbreviations whose case matters: `MS` is Microsoft more often than Master of Science.
_WORDS: dict[EducationLevel, tuple[str, ...]] = {
    EducationLevel.DOCTORATE: (
        r"ph\.?\s?d",
        r"doctora(?:te|l degree|l studies)",
        r"promotion (?:in|im)",
        r"promovier\w+",
        r"doctorado?",
    ),
    EducationLevel.MASTER: (
        r"master(?:['’]?s)?(?: of| degree| in)",
        r"master['’]s",
        r"masterabschluss",
        r"m\.?sc",
        r"mba",
        r"diplom(?:-\w+)?",
        r"máster",
        r"bac ?\+ ?5",
    ),
    EducationLevel.BACHELOR: (
        r"bachelor(?:['’]?s|abschluss)?",
        r"b\.?sc",
        r"b\.? ?tech",
        r"undergraduate degree",
        r"(?:university|college|four[- ]year) degree",
        r"(?<!master )(?<!master['’]s )(?<!masters )(?<!doctoral )(?<!doctorate )(?<!associate )(?<!associate['’]s )degree in",
        r"hochschulabschluss",
        r"studium",
        r"licence (?:en|universitaire)",
        r"bac ?\+ ?3",
        r"grado (?:en|universitario)",
        r"t[ií]tulo universitario",
        r"licenciatura",
    ),
    EducationLevel.SHORT_CYCLE: (r"associate['’]?s?['’]? degree", r"hnd", r"bts", r"dut", r"bac ?\+ ?2"),
    EducationLevel.VOCATIONAL: (
        r"apprenticeship",
        r"vocational (?:training|qualification|degree)",
        r"(?:berufs)?ausbildung",
        r"trade school",
        r"formación profesional",
        r"cap en",
        r"bep en",
        r"(?:abgeschlossene )?lehre",
        r"journeyman",
    ),
    EducationLevel.SECONDARY: (
        r"high[- ]school (?:diploma|degree|graduate)",
        r"ged",
        r"abitur",
        r"baccalauréat",
        r"bachillerato",
        r"a[- ]levels",
    ),
}
_ABBREVIATIONS: dict[EducationLevel, str] = {
    EducationLevel.MASTER: r"\bM\.S\.|\bMS (?:in|degree)\b|\bBS/MS\b",
    EducationLevel.BACHELOR: r"\bB\.[SA]\.|\bB[SA] (?:in|degree)\b|\bBS/MS\b|\bB\.E\.|\bBE/B",
    EducationLevel.VOCATIONAL: r"\b(?:CAP|BEP)\b(?! \d)|\bEFZ\b",
}
_PATTERNS = {
    level: re.compile("|".join(filter(None, (rf"(?i:\b(?:{'|'.join(words)})\b)", _ABBREVIATIONS.get(level)))))
    for level, words in _WORDS.items()
}
_EQUIVALENT = re.compile(
    r"(?i)\bor equivalent\b"
    r"|\b(?:or|oder|ou|o)\b[^.;]{0,40}"
    r"\b(?:equivalent|comparable|related|relevant|vergleichbar\w*|équivalent\w*|equivalente)\b[^.;]{0,40}"
    r"\b(?:experience|training|qualification|erfahrung|ausbildung|expérience|experiencia)"
)


@dataclass(frozen=True, slots=True)
class AskedEducation:
    """The lowest level that is enough. `or_equivalent`: experience may stand in for the degree."""

    level: EducationLevel
    or_equivalent: bool = False
    place: Place | None = field(default=None, compare=False)


def asked_education(required: Iterable[Passage]) -> AskedEducation | None:
    """Of several passages the one that asks for most counts, of alternatives in one passage the lowest."""
    asked = [found for passage in required if (found := _in_passage(passage)) is not None]
    return max(asked, key=lambda found: (found.level, not found.or_equivalent), default=None)


# Who still studies has not got the degree yet.
_STUDYING = re.compile(
    r"(?i)\b(?:enrolled|currently studying|pursuing|eingeschrieben|immatrikuliert|inscrite?s?|matriculad[oa])\b"
)


def _in_passage(passage: Passage) -> AskedEducation | None:
    if _STUDYING.search(passage.text):
        return None
    named = {level: found for level, pattern in _PATTERNS.items() if (found := pattern.search(passage.text))}
    if not named:
        return None
    lowest = min(named)
    or_equivalent = _EQUIVALENT.search(passage.text) is not None
    return AskedEducation(lowest, or_equivalent, passage.place(*named[lowest].span()))
