"""Years of experience that a job text asks for."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from matching_service.domain.passages import Passage, Place

_NUMBER_WORDS = {
    word: number
    for number, words in enumerate(
        (
            ("one", "einem", "un", "uno"),
            ("two", "zwei", "deux", "dos"),
            ("three", "drei", "trois", "tres"),
            ("four", "vier", "quatre", "cuatro"),
            ("five", "fünf", "cinq", "cinco"),
            ("six", "sechs", "seis"),
            ("seven", "sieben", "sept", "siete"),
            ("eight", "acht", "huit", "ocho"),
            ("nine", "neun", "neuf", "nueve"),
            ("ten", "zehn", "dix", "diez"),
        ),
        start=1,
    )
    for word in words
}
_NUMBER = rf"(?:\d{{1,2}}(?:[.,]\d)?|{'|'.join(_NUMBER_WORDS)})"
_YEARS = re.compile(
    rf"(?<![\d.,$€£])\b(?P<low>{_NUMBER})\s*(?:\([\d]+\)\s*)?(?:\+|plus)?\s*(?:(?:-|–|to|bis|à|a)\s*(?P<high>{_NUMBER})\s*)?\+?\s*"
    r"(?:or more\s+)?(?:years?|yrs?\b|jahren?|ans?\b|années?|años?)",
    re.IGNORECASE,
)
_EXPERIENCE = re.compile(
    r"experience|experienced|erfahrung|expérience|experiencia|\b(?:working|building|developing|designing|leading|managing|running|selling|teaching"
    r"|writing|operating|driving|programming) |\byears?['’]? (?:minimum|at least|in a)|\b(?:minimum|at least|mindestens|mínimo)\b",
    re.IGNORECASE,
)
# The company speaks of itself, or of the past.
_NOT_ASKED = re.compile(
    r"^\s*(?:ago|old|or older|of age|alt\b|warranty|in business|in a row)\b|\b(?:ago|founded|since)\b", re.IGNORECASE
)
# More than anybody asks for: a misreading.
_MOST = 30


@dataclass(frozen=True, slots=True)
class AskedYears:
    """At least `least`; `most` is the upper end of a range."""

    least: float
    most: float | None = None
    place: Place | None = field(default=None, compare=False)


def asked_years(required: Iterable[Passage]) -> AskedYears | None:
    """The most years that any passage asks for; a range asks for its lower end. None when no passage does."""
    found = [years for passage in required for years in _years_in(passage)]
    return max(found, key=lambda years: years.least, default=None)


def _years_in(passage: Passage) -> Iterable[AskedYears]:
    sentence = passage.text
    # A sentence or list item that is nothing but a number of years asks for them, too.
    if not _EXPERIENCE.search(sentence) and not _YEARS.fullmatch(sentence.strip(" .,;:()")):
        return
    for match in _YEARS.finditer(sentence):
        years = _number(match["low"])
        most = _number(match["high"]) if match["high"] else None
        if 0 < years <= _MOST and not _NOT_ASKED.search(sentence[match.end() : match.end() + 20]):
            yield AskedYears(years, most if most is not None and most > years else None, passage.place(*match.span()))


def _number(written: str) -> float:
    return float(_NUMBER_WORDS.get(written.lower()) or written.replace(",", "."))
