"""Places of work: how they are compared, and their countries.

Names of countries, and of their best known cities in other languages, are Unicode's (CLDR, through babel); of towns, GeoNames'.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache

from babel import Locale
from babel.core import get_global

from taxonomy.towns import towns

_LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl")
_ALSO = {
    "usa": "US",
    "u.s.": "US",
    "u.s.a.": "US",
    "uk": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "holland": "NL",
    "uae": "AE",
}
_ACCENT = re.compile("[\u0300-\u036f]")
# In the names of towns; accents of other letters are taken away.
_LETTERS = str.maketrans({"ł": "l", "đ": "d", "ø": "o", "ß": "ss", "’": "'", "æ": "ae", "œ": "oe", "ı": "i"})
_BREAK = re.compile(r"[,;/|()\n]|\s[-–]\s")
_STATE = re.compile(
    r"A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY]"
)


def country_of(place: str) -> str:
    """ISO 3166-1 alpha-2; empty when it isn't known. The last part of the place that tells counts: `Paris, Texas, USA`."""
    parts: list[str] = [part.strip(" .") for part in _BREAK.split(place) if part.strip(" .")]
    names, cities = _names(), _cities()
    for position, part in reversed(list(enumerate(parts))):
        if code := names.get(bare(part)):
            return code
        # `New York, NY`; by itself, two letters are a country's.
        if position and _STATE.fullmatch(part):
            return "US"
        if part in names.values():
            return part
        if code := towns().get(bare(part).translate(_LETTERS)) or cities.get(bare(part)):
            return code
    return ""


@cache
def _names() -> dict[str, str]:
    found: dict[str, str] = {}
    for language in _LANGUAGES:
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha():
                found.setdefault(bare(name), code)
    return found | _ALSO


@cache
def _cities() -> dict[str, str]:
    """By which time zones are named: capitals and the like."""
    territories = _territories()
    cities = {
        bare(zone.rpartition("/")[2].replace("_", " ")): code for zone, code in territories.items() if "/" in zone
    }
    for language in _LANGUAGES:
        for zone, words in Locale(language).time_zones.items():
            if zone in territories and "city" in words:
                cities.setdefault(bare(words["city"]), territories[zone])
    return cities


def _territories() -> Mapping[str, str]:
    """Countries by time zone."""
    return get_global("zone_territories")


def bare(text: str) -> str:
    """Without case and accents: places are compared in this form."""
    return _ACCENT.sub("", unicodedata.normalize("NFKD", text.lower()))
