"""The terms of a job: pay, place, languages, level, contract. English, German, French, Spanish."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from typing import Generic, TypeVar

from matching_service.domain.passages import Force, Passage, Place
from matching_service.domain.salary import Salary, read_salary


class Workplace(Enum):
    """Where the work is done; values are those of the contract."""

    ON_SITE = 1
    HYBRID = 2
    REMOTE = 3


class Seniority(IntEnum):
    """Level of a position; higher is higher. Values are those of the contract."""

    INTERN = 1
    JUNIOR = 2
    MID = 3
    SENIOR = 4
    LEAD = 5
    EXECUTIVE = 6


class Employment(Enum):
    """Kind of contract; values are those of the contract."""

    FULL_TIME = 1
    PART_TIME = 2
    CONTRACT = 3
    TEMPORARY = 4
    INTERNSHIP = 5


Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Term(Generic[Value]):
    """A value and the place that says so."""

    value: Value
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class AskedLanguage:
    """A language that the work needs, ISO 639-1; not required means preferred."""

    code: str
    required: bool
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class Terms:
    """Empty parts are those that the text says nothing about."""

    salary: Salary | None = None
    locations: tuple[Term[str], ...] = ()
    workplace: Term[Workplace] | None = None
    languages: tuple[AskedLanguage, ...] = ()
    seniority: Term[Seniority] | None = None
    employment: Term[Employment] | None = None


def _words(*alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(alternatives)})(?!\w)", re.IGNORECASE)


# The first row that is found anywhere in the text counts.
_WORKPLACES: Mapping[Workplace, re.Pattern[str]] = {
    Workplace.HYBRID: _words(
        r"hybrid\w*", r"híbrid\w+", r"part(?:ly|ially) remote", r"teilweise remote", r"télétravail partiel\w*",
        r"(?:\d|one|two|three|four) days? (?:a|per|each) week (?:from home|remote\w*|in the office|on[- ]?site)",
        r"(?:\d|one|two|three|four) days? (?:from home|remote\w*|in the office|on[- ]?site)",
        r"(?:\d|ein(?:en)?|zwei|drei|vier) tage?n? (?:(?:pro|die|in der) woche )?(?:im )?(?:home[- ]?office|mobil\w*|remote|im büro)",
        r"(?:\d|un|deux|trois|quatre) jours? (?:par semaine )?(?:de |en )?télétravail\w*",
        r"télétravail (?:\d|un|deux|trois|quatre) jours?", r"(?:\d|dos|tres) días (?:a la semana )?(?:de |en )?teletrabajo",
    ),
    Workplace.REMOTE: _words(
        r"(?:fully |100 ?% )?remote(?: work| position| role|ly)?", r"work from (?:home|anywhere)", r"home[- ]?office", r"mobiles arbeiten",
        r"télétravail", r"teletrabajo", r"(?:en )?remoto",
    ),
    Workplace.ON_SITE: _words(r"on[- ]?site", r"in[- ]office", r"in the office", r"work from office",
        r"vor ort", r"sur site", r"presencial"),
}  # fmt: skip
_NOT_REMOTE = re.compile(
    r"\b(?:no|not|non|kein\w*|pas de|sin)\b[^.;]{0,20}(?:remote|home[- ]?office|télétravail|teletrabajo)", re.IGNORECASE
)
_EMPLOYMENTS: Mapping[Employment, re.Pattern[str]] = {
    Employment.INTERNSHIP: _words(
        r"internship", r"apprenticeship", r"praktikum", r"werkstudent\w*", r"ausbildungsplatz", r"stage de",
        r"prácticas",
    ),
    Employment.CONTRACT: _words(r"freelance\w*", r"contractor", r"contract (?:role|position|work)",
        r"(?:outside|inside) ir35", r"freiberuflich\w*", r"autónomo"),
    Employment.TEMPORARY: _words(r"temporary", r"fixed[- ]term", r"seasonal", r"befristet\w*", r"\bCDD\b", r"intérim", r"temporal"),
    Employment.PART_TIME: _words(r"part[- ]time", r"teilzeit", r"temps partiel", r"media jornada", r"tiempo parcial"),
    Employment.FULL_TIME: _words(
        r"full[- ]time", r"permanent", r"vollzeit", r"unbefristet\w*", r"festanstellung", r"temps plein",
        r"\bCDI\b", r"jornada completa", r"tiempo completo",
    ),
}  # fmt: skip
_SENIORITIES: Mapping[Seniority, re.Pattern[str]] = {
    Seniority.EXECUTIVE: _words(
        r"head of", r"(?:vice )?president", r"vp", r"director", r"chief \w+ officer", r"c[tfeo]o", r"leiter(?:in)?",
        r"directeur|directrice",
    ),
    Seniority.INTERN: _words(
        r"intern(?:ship)?", r"trainee", r"praktikant\w*", r"praktikum", r"werkstudent\w*", r"apprentice",
        r"stagiaire", r"becari[oa]",
    ),
    Seniority.LEAD: _words(
        r"lead", r"principal", r"staff (?=\w+ ?engineer|engineer|developer|scientist)", r"team ?lead(?:er|s)?",
        r"teamleiter\w*", r"jefe de equipo",
    ),
    Seniority.SENIOR: _words(r"senior", r"sr\.?", r"experienced", r"sénior", r"confirmée?"),
    Seniority.JUNIOR: _words(
        r"junior", r"jr\.?", r"entry[- ]level", r"graduate", r"berufseinsteiger\w*", r"débutante?",
        r"recién titulad[oa]",
    ),
    Seniority.MID: _words(r"mid(?:dle)?[- ](?:level|senior)", r"intermediate"),
}  # fmt: skip
_LOCATION_LABEL = re.compile(
    r"^\W*(?:job |work )?(?:location|place of work|based in|(?:arbeits|dienst|stand)ort|ort|lieu(?: de travail)?|ubicación"
    r"|lugar(?: de trabajo)?)\s*[:\-–]\s*(?P<place>[^\n|;]{2,80})",
    re.IGNORECASE | re.MULTILINE,
)
_NAME = r"[A-ZÀ-Þ][\w'’.-]*[a-zà-ÿ](?:[ -](?:(?:am|an der|de|la|le|sur|del|upon|on) )?[A-ZÀ-Þ][\w'’.-]+){0,2}"
_PLACE = rf"(?P<place>(?:UK|USA?|EU)\b|{_NAME}(?:, (?:[A-Z]{{2}}\b|{_NAME}))?)"
_WAYS = r"(?i:hybrid|híbrido|remote|fully remote|on[- ]?site|vor ort|presencial|télétravail(?: partiel)?|work from (?:home|office))"
_LOCATED_IN = re.compile(
    rf"\b(?i:based|located|offices?|team|role|position|standort|bureau|oficina|remote|hybrid|on[- ]?site)s? (?i:is |are )?"
    rf"(?i:in|within|at|à|en)(?i: the)? {_PLACE}"
)
# In the first lines, where titles, places and ways of working stand without a sentence around them.
_HEAD_LINES = 3
_GENDERS = r"\((?:[a-z] ?[/|] ?)+[a-z*]\)|\(H/F\)|\(all genders\)"
_IN_HEAD = tuple(
    re.compile(pattern, flags)
    for pattern, flags in (
        (rf"(?:(?:{_GENDERS}) in|[a-z)] (?:à|en)) {_PLACE}(?= *(?:[,.|(–-]|$))", re.MULTILINE),
        (rf"(?:{_GENDERS})[,:]? *[-–|,]? *{_PLACE}(?= *(?:[,.|(–-]|$))", re.MULTILINE),
        (rf"(?:^|[-–|,(] ?){_PLACE}(?=[,|]? \(?{_WAYS}|, {_WAYS})", re.MULTILINE),
        (rf"{_WAYS}(?:[,:|] ?| \(){_PLACE}(?= *(?:[,.|)(–-]|$))", re.MULTILINE),
        (rf"^{_PLACE}(?=[.;]? ?(?:{_WAYS}|$|[;|]))", re.MULTILINE),
    )
)
_NOT_A_PLACE = re.compile(
    r"\b(?:remote|hybrid|anywhere|home ?office|on-?site|full(?:y|-time)?|part(?:-time)?|teilzeit|vollzeit|department|engineer\w*"
    r"|manager|developer"
    r"|senior|junior|contract|temporary|permanent"
    r"|january|february|march|april|may|june|july|august|september|october|november|december)\b",
    re.IGNORECASE,
)
_LANGUAGES: Mapping[str, re.Pattern[str]] = {
    code: _words(*names)
    for code, names in {
        "en": ("english", r"englisch\w*", "anglais", "inglés"),
        "de": ("german", r"deutsch(?:e[nr]?)?(?:kenntnisse)?", "allemand", "alemán"),
        "fr": ("french", r"französisch\w*", "français", "francés"),
        "es": ("spanish", r"spanisch\w*", "espagnol", "español", "castellano"),
        "it": ("italian", r"italienisch\w*", "italien", "italiano"),
        "pt": ("portuguese", r"portugiesisch\w*", "portugais", "portugués"),
        "nl": ("dutch", r"niederländisch\w*", "néerlandais", "neerlandés", "nederlands"),
        "pl": ("polish", r"polnisch\w*", "polonais", "polaco"),
        "ru": ("russian", r"russisch\w*", "russe", "ruso"),
        "zh": ("mandarin", "chinese", r"chinesisch\w*", "chinois", "chino"),
        "ja": ("japanese", r"japanisch\w*", "japonais", "japonés"),
        "ar": ("arabic", r"arabisch\w*", "arabe", "árabe"),
        "tr": ("turkish", r"türkisch\w*", "turc", "turco"),
    }.items()
}  # fmt: skip
LANGUAGE_NAMES: Mapping[str, str] = {
    "en": "English", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian", "pt": "Portuguese", "nl": "Dutch",
    "pl": "Polish", "ru": "Russian", "zh": "Chinese", "ja": "Japanese", "ar": "Arabic", "tr": "Turkish",
}  # fmt: skip
# Words that make a language a skill to have, not the nationality of a market.
_SPOKEN = _words(
    r"fluen\w+", r"native", r"speak\w*", r"spoken", r"written", r"languages?", r"proficien\w+", r"bilingual",
    r"command of", r"[abc][12]\+?",
    r"\w*sprach\w*", r"\w*kenntnisse", r"fließend\w*", r"verhandlungssicher\w*", r"muttersprach\w*", r"courant\w*",
    r"langues?", r"bilingue",
    r"maîtrise", r"idiomas?", r"nivel", r"fluid\w+", r"dominio",
)  # fmt: skip


_FEW_WORDS = 8


def read_terms(everything: Sequence[Passage]) -> Terms:
    """Reads the terms; those without words for them stay empty."""
    asking = [passage for passage in everything if passage.force is not Force.NONE]
    return Terms(
        salary=read_salary(everything),
        locations=_locations(everything),
        workplace=_workplace(everything),
        languages=tuple(_languages(asking)),
        # The title; further down, `senior` is about colleagues.
        seniority=_first(_SENIORITIES, asking[:1]),
        employment=_first(_EMPLOYMENTS, everything),
    )


Row = TypeVar("Row")


def _first(rows: Mapping[Row, re.Pattern[str]], where: Sequence[Passage]) -> Term[Row] | None:
    for value, pattern in rows.items():
        for passage in where:
            if found := pattern.search(passage.text):
                return Term(value, passage.place(*found.span()))
    return None


def seniority_in(title: str) -> Seniority | None:
    """The level that a job title names."""
    return next((level for level, pattern in _SENIORITIES.items() if pattern.search(title)), None)


def _workplace(everything: Sequence[Passage]) -> Term[Workplace] | None:
    for passage in everything:
        if refused := _NOT_REMOTE.search(passage.text):
            return Term(Workplace.ON_SITE, passage.place(*refused.span()))
    return _first(_WORKPLACES, everything)


def _locations(everything: Iterable[Passage]) -> tuple[Term[str], ...]:
    found: dict[str, Term[str]] = {}
    for number, passage in enumerate(everything):
        for pattern in (_LOCATION_LABEL, _LOCATED_IN, *(_IN_HEAD if number < _HEAD_LINES else ())):
            # The first line is the title, unless a place is marked in it.
            if number == 0 and pattern is _IN_HEAD[-1]:
                continue
            for match in pattern.finditer(passage.text):
                name = match["place"].split("(")[0].strip(" .,")
                lone = pattern is _IN_HEAD[-1] and "," not in name
                if name and not lone and not _NOT_A_PLACE.search(name):
                    start = match.start("place")
                    found.setdefault(name.casefold(), Term(name, passage.place(start, start + len(name))))
    return tuple(found.values())


def _languages(asking: Iterable[Passage]) -> Iterable[AskedLanguage]:
    found: dict[str, AskedLanguage] = {}
    for passage in asking:
        # `Spanish is a plus` asks for the language, `the Spanish market` does not.
        alone = passage.force is Force.PREFERRED and len(passage.text.split()) <= _FEW_WORDS
        if not alone and not _SPOKEN.search(passage.text):
            continue
        for code, names in _LANGUAGES.items():
            if match := names.search(passage.text):
                required = passage.force is Force.REQUIRED
                known = found.get(code)
                found[code] = AskedLanguage(
                    code,
                    required or (known is not None and known.required),
                    known.place if known else passage.place(*match.span()),
                )
    return found.values()
