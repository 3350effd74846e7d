"""Words of a job text that software which filters applications may look for."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from matching_service.domain.passages import Force, Passage, Place
from matching_service.domain.words import stem, words_of
from taxonomy import SkillIndex

MOST = 20
_SHORTEST = 3
# In languages without a vocabulary of work here, short words are mostly grammar.
_SHORTEST_FOREIGN = 5
# A title tells more than a sentence, a demand more than a wish.
_TITLE_WEIGHT, _REQUIRED_WEIGHT, _PREFERRED_WEIGHT = 3, 2, 1
_LONGEST_TITLE = 8

# Words of every job advertisement, and of every text.
COMMON = frozenset(map(stem, (files("matching_service.domain") / "common_words.txt").read_text("utf-8").split()))
# `m/w/d`, `H/F`; `you'll`, `d'expérience`.
_NO_KEYWORD = re.compile(
    r"(?:\w{1,2}/)+\w{1,2}|\w+/(?:a|e|in|r)|\w+['’](?:ll|re|ve|s|t|d)|[dlnscmj]['’]\w+", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Keyword:
    """A word as the job writes it; forms of one word are one keyword."""

    written: str
    stem: str
    weight: int
    place: Place


@cache
def work_words(index: SkillIndex) -> frozenset[str]:
    """Stems of the words that skills are named with: English words that speak of work."""
    return frozenset(map(stem, index.vocabulary()))


def read_keywords(
    passages: Sequence[Passage], taken: Iterable[str], pay: Place | None, language: str, index: SkillIndex
) -> tuple[Keyword, ...]:
    """The weightiest words of what the job asks for.

    `taken` are stems that count elsewhere: those of skills. A word counts when skills are named with it, when it is an acronym, stands in
    the title, or comes back.
    """
    found: dict[str, Keyword] = {}
    skipped = COMMON | frozenset(taken)
    known, foreign = work_words(index), language not in ("", "en")
    telling: set[str] = set()
    asking = [passage for passage in passages if passage.force is not Force.NONE and not _holds(passage, pay)]
    for number, passage in enumerate(asking):
        weight = _REQUIRED_WEIGHT if passage.force is Force.REQUIRED else _PREFERRED_WEIGHT
        title = number == 0 and len(passage.text.split()) <= _LONGEST_TITLE
        for word, start in words_of(passage.text):
            key = stem(word)
            if len(key) < _SHORTEST or key in skipped or _NO_KEYWORD.fullmatch(word):
                continue
            acronym = sum(letter.isupper() for letter in word) >= 2
            noun = foreign and len(word) >= _SHORTEST_FOREIGN and (language != "de" or word[0].isupper())
            earlier = found.get(key)
            if title or acronym or noun or earlier is not None or (key in known and not foreign):
                telling.add(key)
            found[key] = Keyword(
                earlier.written if earlier else word,
                key,
                (_TITLE_WEIGHT if title else weight) + (earlier.weight if earlier else 0),
                earlier.place if earlier else passage.place(start, start + len(word)),
            )
    kept = [keyword for key, keyword in found.items() if key in telling]
    return tuple(sorted(kept, key=lambda keyword: (-keyword.weight, keyword.place.start))[:MOST])


def _holds(passage: Passage, place: Place | None) -> bool:
    return place is not None and passage.start <= place.start < passage.start + len(passage.text)
