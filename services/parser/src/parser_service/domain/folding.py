"""Text made comparable: no case, no accents, no punctuation."""

import re
import unicodedata
from functools import lru_cache

_SPECIAL = str.maketrans(
    {"ı": "i", "ł": "l", "đ": "d", "ø": "o", "ß": "ss", "’": "'", "æ": "ae", "œ": "oe", "\xad": ""}
)


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """Lower case without accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_SPECIAL))
    return "".join(c for c in decomposed if not unicodedata.combining(c))


@lru_cache(maxsize=8192)
def words(text: str) -> tuple[str, ...]:
    """Folded words; `c++`, `c#` and `.net` stay whole."""
    return tuple(re.findall(r"[\w][\w+#]*|\.\w+", fold(text)))


def key(text: str) -> str:
    """Folded words joined by single spaces."""
    return " ".join(words(text))


def tidy(text: str) -> str:
    """Without white space and loose punctuation at both ends."""
    return re.sub(r"\s+", " ", text).strip(" \t,;:|•·◦◆–—-/\xa0").strip()


def table(text: str) -> frozenset[str]:
    """A written-out word list as a set: entries divided by `|` if there is one, otherwise by white space."""
    entries = text.split("|") if "|" in text else text.split()
    return frozenset(" ".join(entry.split()) for entry in entries)
