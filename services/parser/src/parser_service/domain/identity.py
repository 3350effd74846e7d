"""What gives a person away in a text: the name and its parts, addresses, numbers and handles, in any spelling."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers

from parser_service.domain.folding import fold, table
from parser_service.domain.particulars import PARTICULARS

Range = tuple[int, int]

_MIN_PART = 3  # shorter parts of names are ordinary words too often
_PARTICLES = table("van von der den des del della dos das the und ter ten bin ibn abu al el la le du zur zum auf")
_ROLES = table(
    "info hello contact mail email me job jobs office admin work dev cv resume kontakt hi post bewerbung career careers team support hr"
)
_NETWORKS = table("""
    linkedin.com github.com gitlab.com bitbucket.org twitter.com x.com xing.com medium.com behance.net dribbble.com instagram.com
    facebook.com
    stackoverflow.com stackexchange.com orcid.org kaggle.com researchgate.net youtube.com t.me dev.to huggingface.co scholar.google.com
    leetcode.com hackerrank.com codepen.io viadeo.com about.me linktr.ee
""")
_PATH_WORDS = table("in pub profile profiles users user u www people company add channel c mwlite de en fr es")
_BREAK = r"(?:[-‐‑]?\s*\n\s*)?"  # a line may end inside a word
_SEPARATORS = r"[\s().\-–—/·‐‑_\u2060]{0,4}"
_GENERIC = (
    # Written to be read by people only: `name (at) example (dot) org`.
    re.compile(
        r"[\w.+%'-]{1,64}\s?(?:@|[(\[{]\s?at\s?[)\]}])\s?[\w-]{1,63}(?:\s?(?:\.|[(\[{]\s?dot\s?[)\]}])\s?[\w-]{2,63}){1,4}"
    ),
    re.compile(r"(?:https?://|www\.)[^\s|•·<>()\[\]]+"),
    re.compile(rf"(?<![\w.])(?:[\w-]+\.){{0,2}}(?:{'|'.join(map(re.escape, sorted(_NETWORKS)))})/[^\s|•·<>()\[\],;]+"),
    re.compile(
        r"(?<!\w)(?:linkedin|github|gitlab|xing|skype|telegram|whatsapp|wechat|twitter|instagram|facebook|discord)\s*:\s*@?[\w.:/-]{2,60}"
    ),
)
_PHONE_SHAPED = re.compile(r"(?<![\w/.@])(?:\(?\+|00|\(?0|\(\d)[\d\s().\-–/‐‑]{5,24}\d(?![\w@])")
_LABELLED_PHONE = re.compile(
    r"(?<![^\W\d_])(?:phone|tel(?:efono?|ephone|efon|efone)?|mobile?|mobil(?:telefon)?|cell|handy|portable|movil|celular|cellulare|fax|whatsapp|[tmp])"
    r"\s*[.:]{1,2}\s*([+(\d][\d\s().\-–/‐‑]{5,24}\d)"
)
_SALUTATION = r"(?:(?:mr|mrs|ms|mx|miss|herrn?|frau|mme|mlle|monsieur|madame|sra?|sig|sig\.ra|dhr|mevr)\.?\s+(?:dr\.?\s+|prof\.?\s+)?)?"
_UNBOUNDED = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "THAI", "LAO", "KHMER", "MYANMAR")


@dataclass(frozen=True, slots=True)
class Identity:
    """Finds in texts what identifies one person."""

    values: tuple[re.Pattern[str], ...]
    # Only in the block with the contact data: a town there is where the person lives, elsewhere where something happened.
    contact_values: tuple[re.Pattern[str], ...]
    region: str

    @classmethod
    def of(cls, personal: Mapping[str, object], *, schools: Iterable[str] = ()) -> "Identity":
        """The identity behind the contract's `Personal`, as JSON. `schools` are identifying too, when given."""

        def text(key: str) -> str:
            value = personal.get(key)
            return value if isinstance(value, str) else ""

        details = personal.get("location_details")
        place = details if isinstance(details, Mapping) else {}
        links = personal.get("links")
        addresses = [link for link in links if isinstance(link, str)] if isinstance(links, Sequence) else []
        region = str(place.get("country_code", ""))
        residence = text("location")
        written_out = [residence] if re.search(r"\d|,.*,", residence) else []
        values = [
            *_of_name(text("name"), text("email"), addresses),
            *(_spaced(fold(value)) for value in (text("email"),) if value),
            *_of_phone(text("phone"), text("phone_e164"), region),
            *(_of_address(address) for address in addresses),
            *(_phrase(value) for value in (*written_out, *schools) if len(value) >= _MIN_PART),
        ]
        towns = [residence, *(str(place.get(part, "")) for part in ("city", "region", "country"))]
        return cls(
            values=tuple(map(re.compile, dict.fromkeys(values))),
            contact_values=tuple(
                re.compile(_with_postcode(_phrase(town))) for town in dict.fromkeys(towns) if len(town) > 1
            ),
            region=region,
        )

    def find(self, text: str, *, contact: bool = False) -> list[Range]:
        """Ranges of characters that identify, in order, without overlaps."""
        folded, places = _fold_with_places(text)
        patterns = [*self.values, *_GENERIC, *PARTICULARS, *(self.contact_values if contact else ())]
        ranges = [match.span() for pattern in patterns for match in pattern.finditer(folded)]
        ranges += self._phones(folded)
        return merged(text, ((places[start], places[end - 1] + 1) for start, end in ranges if end > start))

    def scrub(self, text: str, placeholder: str, *, contact: bool = False) -> str:
        """The text with a placeholder for each range."""
        kept: list[str] = []
        position = 0
        for start, end in self.find(text, contact=contact):
            kept += [text[position:start], placeholder]
            position = end
        return "".join([*kept, text[position:]])

    def _phones(self, folded: str) -> Iterator[Range]:
        for match in _LABELLED_PHONE.finditer(folded):
            yield match.span(1)
        for match in _PHONE_SHAPED.finditer(folded):
            digits = re.sub(r"\D", "", match[0])
            if 7 <= len(digits) <= 15 and (match[0].lstrip("(").startswith(("+", "00")) or self._is_phone(match[0])):
                yield match.span()

    def _is_phone(self, text: str) -> bool:
        try:
            return phonenumbers.is_possible_number(phonenumbers.parse(text, self.region or None))
        except phonenumbers.NumberParseException:
            # Without a country: a leading zero and three groups are how numbers are written, not amounts.
            return len(re.findall(r"\d+", text)) >= 2 and text.lstrip("(").startswith("0")


def _of_name(name: str, email: str, addresses: Sequence[str]) -> Iterator[str]:
    folded = fold(name)
    words = [word for word in re.split(r"[\s,]+", folded) if re.search(r"[^\W\d_]", word)]
    if words:
        yield _SALUTATION + _between_words(_spaced(folded), folded)
    # A particle stands between other names; at either end the same word is a name.
    own = [word for number, word in enumerate(words) if word not in _PARTICLES or number in (0, len(words) - 1)]
    parts = [piece for word in own for piece in [*re.split(r"[-‐.]", word), *re.split(r"[-‐.'’]", word)]]
    long = [part for part in dict.fromkeys(parts) if len(part) >= _MIN_PART]
    for part in long:
        letters = [re.escape(c) if c.isalnum() else r"\W?" for c in part]
        joined, spaced = _BREAK.join(letters), r"\s{1,3}".join(letters)
        yield _SALUTATION + _between_words(f"(?:{joined}|{spaced})(?:['’]?s)?", part)
        if len(part) >= 5:
            yield rf"[\w.-]{{0,40}}{re.escape(part)}[\w-]{{0,40}}\.[a-z]{{2,}}(?:/\S*)?"  # in the name of a site
    if len(words) > 1:
        first, last = re.sub(r"\W", "", words[0]), re.sub(r"\W", "", "".join(words[1:]))
        for handle in (
            first + last,
            last + first,
            first[:1] + last,
            first + last[:1],
            first + re.sub(r"\W", "", words[-1]),
        ):
            if len(handle) >= 5:
                yield _as_handle(handle)
    for handle in [email.partition("@")[0], *map(_handle_in, addresses)]:
        folded_handle = fold(handle)
        if len(folded_handle) >= 4 and folded_handle not in _ROLES:
            yield _as_handle(folded_handle)


def _handle_in(address: str) -> str:
    """The person's handle in the address of a profile; empty for other addresses."""
    site, _, path = re.sub(r"^(?:https?://)?(?:www\.)?", "", address.lower()).partition("/")
    if not any(site == network or site.endswith(f".{network}") for network in _NETWORKS):
        return ""
    steps = [step.lstrip("@~") for step in re.split(r"[/?#]", path) if step and step not in _PATH_WORDS]
    return next((step for step in steps if not step.isdigit()), "")


def _of_phone(phone: str, e164: str, region: str) -> Iterator[str]:
    numbers = {re.sub(r"\D", "", phone)}
    try:
        parsed = phonenumbers.parse(e164 or phone, region or None)
        numbers.add(str(parsed.national_number))
    except phonenumbers.NumberParseException:
        pass
    for digits in sorted(numbers, key=len):
        if len(digits) >= 6:
            body = _SEPARATORS.join(digits)
            yield rf"(?<!\d)(?:\(?(?:\+|00)\s?\d{{1,3}}\)?{_SEPARATORS})?(?:\(?0\)?{_SEPARATORS})?{body}(?!\d)"


def _of_address(address: str) -> str:
    bare = fold(re.sub(r"^(?:https?://)?(?:www\.)?", "", address.strip(), flags=re.I)).rstrip("/")
    return rf"(?:https?\s*:\s*/\s*/\s*)?(?:www\s*\.\s*)?{_spaced(bare)}(?:/[^\s|,;)]*)?"


def _spaced(text: str) -> str:
    """The characters in order, however much white space or how many line breaks lie between."""
    return r"\s*(?:[-‐]\s*\n\s*)?".join(re.escape(c) for c in text if not c.isspace())


def _phrase(text: str) -> str:
    words = re.findall(r"\w+", fold(text))
    return _between_words(r"[\W_]{1,4}".join(re.escape(word) for word in words), fold(text)) if words else r"(?!)"


def _with_postcode(town: str) -> str:
    return rf"(?:(?<!\w)(?:[a-z]{{1,3}}[- ])?\d{{4,6}}[^\S\n]+)?{town}(?:,?[^\S\n]+[a-z]{{2}}[^\S\n]+\d{{5}}(?:-\d{{4}})?(?!\d))?"


def _as_handle(handle: str) -> str:
    return rf"@?(?<![^\W_]){re.escape(handle)}(?![^\W_])|@?(?<![^\W_]){re.escape(handle)}(?=\d{{1,4}}(?!\w))\d+"


def _between_words(pattern: str, sample: str) -> str:
    """Letters may not touch the match, unless the script writes no spaces between words."""
    if any(unicodedata.name(c, "").startswith(_UNBOUNDED) for c in sample):
        return pattern
    return rf"(?<![^\W\d_]){pattern}(?![^\W\d_])"


@lru_cache(maxsize=4096)
def _fold_character(c: str) -> str:
    return c if c == "\n" else " " if c.isspace() else fold(c)


def _fold_with_places(text: str) -> tuple[str, list[int]]:
    """The folded text, and for each of its characters the place of the one it came from."""
    folded: list[str] = []
    places: list[int] = []
    for place, c in enumerate(text):
        for part in _fold_character(c):
            folded.append(part)
            places.append(place)
    return "".join(folded), places


def merged(text: str, ranges: Iterable[Range]) -> list[Range]:
    """Overlapping ranges, and those with nothing but white space between them, as one; without white space at their ends."""
    merged: list[Range] = []
    for start, end in sorted(ranges):
        while start < end and text[start].isspace():
            start += 1
        while end > start and text[end - 1].isspace():
            end -= 1
        if start == end:
            continue
        if merged and (start <= merged[-1][1] or not text[merged[-1][1] : start].strip(" ")):
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
