"""Places: told from other words, and split into city, region and country."""

import re

from parser_service.domain.countries import COUNTRY_CODES, COUNTRY_OF, REGION_OF
from parser_service.domain.folding import fold
from parser_service.domain.model import Location
from taxonomy.towns import towns

_POSTCODE = re.compile(
    r"^(?:[A-Z]{1,2}-?)?\d{4,6}(?:-\d{3,4})?\s+|\s+\d{5}(?:-\d{4})?$|\s*\b[A-Z]{1,2}\d[A-Z\d]?\s*\d[A-Z]{2}\b\s*"
    r"|\s*\b[A-Z]\d[A-Z]\s?\d[A-Z]\d\b\s*"
    r"|^\d{3}\s\d{2}\s+|\s+\d{4,6}$|^\d{4}\s?[A-Z]{2}\s+"
)
_POSTCODE_AND_TOWN = re.compile(
    r"^(?:[A-Z]{1,2}-)?\d{4,5}\s+[^\W\d_][^\d,]{2,30}$|^\d{3}\s\d{2}\s+[^\W\d_][^\d,]{2,30}$"
)
_STREET = re.compile(
    r"\d+\w?$|^\d+[\w/-]*\s|\b(?:street|str|st\.|road|rd|avenue|ave|lane|drive|blvd|boulevard|apartment|apt|suite"
    r"|unit|flat|floor|level|studio|square|place|court|crescent|terrace|quay|row)\b"
    r"|stra(?:ss|ß)e|(?<=\w)str\.|\b(?:rue|chemin|allee|impasse|calle|carrera|avenida|plaza|paseo|via|viale"
    r"|piazza|weg|gasse|platz|rua|postfach|p\.?o\.? box)\b",
    re.I,
)
_REMOTE = re.compile(
    r"^(?:fully |100 ?% )?(?:remote|hybrid|home ?office|teletravail|teletrabajo|remoto|a distance|on-?site"
    r"|worldwide)(?:\s*[,(/-].*)?$"
)
_NAME = re.compile(r"^['’]?[^\W\d_][\w'’.\- ]*(?:\([^)]*\))?$")


def town_country(text: str) -> str:
    """ISO code of the country of the largest town of that name; empty when no town is known by it."""
    return towns().get(fold(text).strip(" .").replace("’", "'"), "") if text[:1].isupper() or text[:1] in "'’" else ""


def country_code(text: str) -> str:
    """ISO code of a country's name or printed code; empty when it is none."""
    folded = fold(text).strip(" .")
    if code := COUNTRY_OF.get(folded):
        return code
    return text.strip() if text.strip() in COUNTRY_CODES else ""


def region_country(text: str) -> str:
    """ISO code of the country of a region, known by its name or its printed abbreviation."""
    bare = text.strip(" .")
    folded = fold(bare)
    if len(folded) <= 3 and not bare.isupper():
        return ""
    return REGION_OF.get(folded, "")


def place_score(text: str) -> float:
    """How much the text looks like a place, 0 to 1, by itself."""
    text = text.strip(" ,;()·|-")
    street = bool(_STREET.search(text))
    if not text or len(text) > (90 if street else 60) or "@" in text or "://" in text:
        return 0.0
    if _REMOTE.match(fold(text)):
        return 0.95
    parts = [part.strip() for part in text.split(",")]
    if len(parts) > (7 if street else 5) or len(text.split()) > (14 if street else 9):
        return 0.0
    last = _POSTCODE.sub(" ", parts[-1]).strip()
    names = all(_NAME.match(_POSTCODE.sub(" ", part).strip() or "a") or _STREET.search(part) for part in parts)
    if len(parts) == 1:
        if country_code(last):
            return 0.8 if len(last) > 3 else 0.3
        if town_country(last):
            return 0.65
        if _POSTCODE_AND_TOWN.match(parts[0]):
            return 0.7
        words = last.rsplit(" ", 1)
        if len(words) == 2 and words[1].isupper() and (country_code(words[1]) or region_country(words[1])):
            return 0.85 if town_country(words[0]) else 0.6 if len(words[0].split()) <= 3 else 0.0
        return 0.35 if region_country(last) and len(last) > 3 else 0.0
    if not names:
        return 0.0
    if country_code(last):
        # `Title, Employer, Town, Country` ends like a place.
        strange = len(parts) > 3 and not any(town_country(part) or _STREET.search(part) for part in parts[:-2])
        return 0.3 if strange else 0.95
    if region_country(last):
        return 0.9
    first = _POSTCODE.sub(" ", parts[0]).strip()
    if town_country(first) and len(last.split()) <= 3 and len(parts) <= 3:
        return 0.8
    if any(town_country(_POSTCODE.sub(" ", part).strip()) for part in parts) and any(map(_STREET.search, parts)):
        return 0.85
    return 0.25 if len(parts) == 2 and all(len(part.split()) <= 3 and part[:1].isupper() for part in parts) else 0.0


def split_place(text: str) -> Location:
    """City, region and country of a place as printed; streets and postcodes are left out."""
    parts = [part.strip() for part in re.split(r"[,|·•/]|\s[–—-]\s", text) if part.strip()]
    parts = [cleaned for part in parts if (cleaned := _POSTCODE.sub(" ", part).strip(" .")) and not cleaned.isdigit()]
    country = region = code = ""
    if (
        len(parts) > 1
        and (found := country_code(parts[-1]))
        and not (parts[-1] in ("CA", "IN", "DE", "CO", "IL", "GA") and region_country(parts[-1]) and len(parts) == 2)
    ):
        country, code = parts.pop(), found
    elif len(parts) == 1 and (found := country_code(parts[0])):
        return Location(country=parts[0], country_code=found)
    streets = [part for part in parts if _STREET.search(part)]
    if len(streets) < len(parts):
        parts = [part for part in parts if part not in streets]
    if len(parts) > 1:
        region = parts[-1]
        code = code or region_country(region)
    elif parts and not code and len(words := parts[0].rsplit(" ", 1)) == 2 and (found := region_country(words[1])):
        parts, region, code = [words[0]], words[1], found
    city = parts[-2] if region and len(parts) > 1 else parts[0] if parts else ""
    return Location(city=city, region=region, country=country, country_code=code)
