"""Words of a job text that software which filters applications may look for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files

from matching_service.domain.passages import Force, Passage, Place
from matching_service.domain.words import stem, words_of

MOST = 20
_SHORTEST = 3
# A title tells more than a sentence, a demand more than a wish.
_TITLE_WEIGHT, _REQUIRED_WEIGHT, _PREFERRED_WEIGHT = 3, 2, 1

# Words of every job advertisement, and of every text.
_COMMON = frozenset(map(stem, (files("matching_service.domain") / "common_words.txt").read_text("utf-8").split()))


@dataclass(frozen=True, slots=True)
class Keyword:
    """A word as the job writes it; forms of one word are one keyword."""

    written: str
    stem: str
    weight: int
    place: Place


def read_keywords(passages: Sequence[Passage], taken: Iterable[str]) -> tuple[Keyword, ...]:
    """The weightiest words of what the job asks for. `taken` are stems that count elsewhere: those of skills."""
    found: dict[str, Keyword] = {}
    skipped = _COMMON | frozenset(taken)
    asking = [passage for passage in passages if passage.force is not Force.NONE]
    for number, passage in enumerate(asking):
        weight = _REQUIRED_WEIGHT if passage.force is Force.REQUIRED else _PREFERRED_WEIGHT
        if number == 0 and len(passage.text.split()) <= 8:
            weight = _TITLE_WEIGHT
        for word, start in words_of(passage.text):
            key = stem(word)
            if len(key) < _SHORTEST or key in skipped:
                continue
            known = found.get(key)
            found[key] = Keyword(
                known.written if known else word,
                key,
                weight + (known.weight if known else 0),
                known.place if known else passage.place(start, start + len(word)),
            )
    ranked = sorted(found.values(), key=lambda keyword: (-keyword.weight, keyword.place.start))
    return tuple(ranked[:MOST])
