"""Words of a text, folded so that forms of one word meet."""

import re
import unicodedata
from collections.abc import Iterator

_WORD = re.compile(r"[^\W\d_](?:[\w+#]|[-.'’/](?=[^\W_]))*[+#]*")
# Longest first. Enough to bring plural and tense together; a dictionary form is not needed.
_ENDINGS = (
    "ations", "ation", "ments", "ment", "ings", "ing", "ions", "ion", "ers", "er", "ies", "ied", "ed", "es", "en", "s", "e", "y",
)  # fmt: skip
_SHORTEST_STEM = 4


def words_of(text: str) -> Iterator[tuple[str, int]]:
    """Words as written, with their offsets."""
    for match in _WORD.finditer(text):
        yield match[0], match.start()


def stem(word: str) -> str:
    """A folded form: `Databases`, `database` → one stem."""
    bare = unicodedata.normalize("NFKD", word.casefold())
    folded = "".join(letter for letter in bare if letter.isalnum() or letter in "+#")
    for ending in _ENDINGS:
        if folded.endswith(ending) and len(folded) - len(ending) >= _SHORTEST_STEM:
            return folded[: -len(ending)]
    return folded


def stems_of(text: str) -> frozenset[str]:
    """All stems of a text; parts of compounds (`back-end`, `CI/CD`) count too."""
    found: set[str] = set()
    for word, _ in words_of(text):
        found.add(stem(word))
        found.update(stem(part) for part in re.split(r"[-./'’]", word) if part)
    return frozenset(found)
