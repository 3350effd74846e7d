"""Names made comparable: how people vary the writing of one name without meaning another."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

# A word with what belongs to it: `C++`, `C#`, `Security+`, and the dot in front of `.NET`.
_WORD = re.compile(r"(?:(?<![\w])\.(?=[^\W\d_]))?[^\W_]+(?:\+\+|\+(?!\w)|#)?")
# What may stand between the words of one name; a full stop and a space end a sentence instead.
_JOINER = re.compile(r"[ \t\xa0]*[-‐‑–/&_][ \t\xa0]*|[.'’]|[ \t\xa0]*\n?[ \t\xa0]*")
# Shorter words are not told apart from words that end in s by nature: `rails`, `sales`, `aws`.
_SHORTEST_PLURAL = 6


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text and its place."""

    folded: str
    start: int
    end: int


@lru_cache(maxsize=16384)
def fold(word: str) -> str:
    """Lower case without accents; `.NET` becomes `dotnet`."""
    if word.startswith("."):
        word = f"dot{word[1:]}"
    if word.isascii():
        return word.lower()
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def words_of(text: str) -> list[Word]:
    """Words with their offsets in `text`."""
    return [Word(fold(match.group()), match.start(), match.end()) for match in _WORD.finditer(text)]


def key_of(name: str) -> str:
    """The folded words of a name, joined by spaces."""
    return " ".join(fold(word) for word in _WORD.findall(name))


def singular(key: str) -> str:
    """The key with its last word in the singular, for plurals that end in s."""
    last = key.rpartition(" ")[2]
    long_enough = len(last) >= _SHORTEST_PLURAL or (" " in key and len(last) > 3)
    return key[:-1] if long_enough and last.endswith("s") and not last.endswith(("ss", "us", "is")) else key


def joins(between: str) -> bool:
    """Whether the text between two words lets them be one name."""
    return _JOINER.fullmatch(between) is not None
