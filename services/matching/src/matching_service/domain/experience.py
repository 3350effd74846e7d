"""Years of experience that a job text asks for."""

import re
from collections.abc import Iterable

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
    rf"(?<![\d.,$€£])\b(?P<low>{_NUMBER})\s*(?:\([\d]+\)\s*)?(?:\+|plus)?\s*(?:(?:-|–|to|bis|à|a)\s*{_NUMBER}\s*)?\+?\s*"
    r"(?:or more\s+)?(?:years?|yrs?\b|jahren?|ans?\b|années?|años?)",
    re.IGNORECASE,
)
_EXPERIENCE = re.compile(
    r"experience|experienced|erfahrung|expérience|experiencia|working (?:with|in|as)", re.IGNORECASE
)
# The company speaks of itself, or of the past.
_NOT_ASKED = re.compile(r"^\s*(?:ago|old|warranty|in business|in a row)\b|\b(?:ago|founded|since)\b", re.IGNORECASE)
# More than anybody asks for: a misreading.
_MOST = 30


def asked_years(sentences: Iterable[str]) -> float | None:
    """The most years that any sentence asks for; a range asks for its lower end. None when no sentence does."""
    found = [years for sentence in sentences for years in _years_in(sentence)]
    return max(found, default=None)


def _years_in(sentence: str) -> Iterable[float]:
    if not _EXPERIENCE.search(sentence):
        return
    for match in _YEARS.finditer(sentence):
        years = _number(match["low"])
        if 0 < years <= _MOST and not _NOT_ASKED.search(sentence[match.end() : match.end() + 20]):
            yield years


def _number(written: str) -> float:
    return float(_NUMBER_WORDS.get(written.lower()) or written.replace(",", "."))
