"""Looking names up: one written skill, or all skills that a text mentions."""

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from taxonomy.catalogue import Care, Name, Skill
from taxonomy.context import is_enumerated, is_impossible, stands_by_itself
from taxonomy.spelling import Word, joins, key_of, singular, words_of

# Names without their spaces, `nodejs`, are looked up too; shorter ones would meet words (`ma` for M&A).
_SHORTEST_COMPACT = 5
_PARENTHESES = re.compile(r"\s*[(\[][^)\]]*[)\]]\s*")
_VERSION = re.compile(r"(?:[\s-]*v?\d+(?:\.\d+|\.x)*\+?)+$", re.IGNORECASE)
# Words around a skill that do not change which one it is.
_GENERIC_LAST = frozenset(
    [
        "programming",
        "language",
        "framework",
        "library",
        "development",
        "developer",
        "database",
        "skills",
        "skill",
        "experience",
        "knowledge",
        "software",
        "tools",
        "tool",
        "scripting",
    ]
)
_GENERIC_FIRST = frozenset(
    ["advanced", "basic", "intermediate", "programming", "knowledge", "experience", "proficient", "strong", "good"]
)
_GENERIC_LINKS = frozenset(["in", "of", "with"])

EXACT, VARIANT, STRIPPED = 1.0, 0.95, 0.85


@dataclass(frozen=True, slots=True)
class SkillLink:
    """What a written skill means, and how sure that is (0 to 1)."""

    skill: Skill
    confidence: float

    @property
    def id(self) -> str:
        """Id of the skill in its taxonomy."""
        return self.skill.id

    @property
    def taxonomy(self) -> str:
        """`hiremesh` or `esco`."""
        return self.skill.taxonomy

    @property
    def name(self) -> str:
        """Preferred name of the skill."""
        return self.skill.name


@dataclass(frozen=True, slots=True)
class SkillMention:
    """A skill in a text, at `text[start:end]`."""

    skill: Skill
    start: int
    end: int


@dataclass(slots=True)
class _Candidate:
    name: Name
    first: int
    last: int
    sure: bool


class SkillIndex:
    """An index over names; of two skills with one name, the one given first keeps it."""

    def __init__(self, names: Iterable[Name]) -> None:
        self._exact: dict[str, Name] = {}
        variants: list[tuple[str, Name]] = []
        for name in names:
            key = key_of(name.written)
            holder = self._exact.setdefault(key, name)
            if holder is not name:
                continue
            variants.append((singular(key), name))
            if " " in key and len(compact := key.replace(" ", "")) >= _SHORTEST_COMPACT and name.skill.kind:
                variants.append((compact, name))
        self._variants: dict[str, Name] = {}
        for key, name in variants:
            if key not in self._exact:
                self._variants.setdefault(key, name)
        # Longest name, in words, by its first word.
        self._reach: dict[str, int] = {}
        for key in (*self._exact, *self._variants):
            first, _, rest = key.partition(" ")
            self._reach[first] = max(self._reach.get(first, 0), 1 + rest.count(" ") + bool(rest))

    def vocabulary(self) -> frozenset[str]:
        """The ordinary words that skills are named with: those that names write in lower case."""
        return frozenset(word for name in self._exact.values() for word in name.written.split() if word.islower())

    def link(self, written: str) -> SkillLink | None:
        """The skill behind one item of a list of skills; None when it is not known. Never guesses by likeness."""
        key = key_of(written)
        if name := self._exact.get(key):
            return SkillLink(name.skill, EXACT)
        if name := self._variant(key):
            return SkillLink(name.skill, VARIANT)
        for stripped in _stripped(written):
            if name := self._exact.get(stripped) or self._variant(stripped):
                return SkillLink(name.skill, STRIPPED)
        return None

    def find(self, text: str) -> list[SkillMention]:
        """All mentions in running text, in its order: whole words, longest match, ambiguous names only where the context bears them out."""
        words = words_of(text)
        candidates = list(self._candidates(words, text))
        _spread(candidates, words, text)
        return [
            SkillMention(found.name.skill, words[found.first].start, words[found.last].end)
            for found in candidates
            if found.sure
        ]

    def _variant(self, key: str) -> Name | None:
        # `ci cd` is `cicd`, `node js` is `nodejs`, and plurals of all of them.
        one = singular(key)
        for variant in (key, one, key.replace(" ", ""), one.replace(" ", "")):
            if len(variant) >= 4 or variant == key:
                name = self._exact.get(variant) or self._variants.get(variant)
                if name is not None and (name.skill.kind or variant in (key, one)):
                    return name
        return None

    def _candidates(self, words: Sequence[Word], text: str) -> Iterator[_Candidate]:
        index = 0
        while index < len(words):
            found = self._longest_at(words, index, text)
            if found is None:
                index += 1
                continue
            name, last = found
            written = name.written
            if not is_impossible(name.care, written, words, index, last, text):
                sure = stands_by_itself(name.care, written, words, index, last, text)
                yield _Candidate(name, index, last, sure)
            index = last + 1

    def _longest_at(self, words: Sequence[Word], index: int, text: str) -> tuple[Name, int] | None:
        reach = self._reach.get(words[index].folded) or self._reach.get(singular(words[index].folded), 0)
        found: tuple[Name, int] | None = None
        key = ""
        for last in range(index, min(index + reach, len(words))):
            if last > index:
                if not joins(text[words[last - 1].end : words[last].start]):
                    break
                key += " "
            key += words[last].folded
            name = self._exact.get(key) or self._variants.get(key) or self._plural_of(key)
            if name is not None:
                found = name, last
        return found

    def _plural_of(self, key: str) -> Name | None:
        one = singular(key)
        if one == key:
            return None
        name = self._exact.get(one) or self._variants.get(one)
        return name if name is not None and name.care is Care.NONE else None


def _stripped(written: str) -> Iterator[str]:
    """Keys of the name without parentheses, version and generic words, from the least stripped on."""
    bare = _PARENTHESES.sub(" ", written).strip()
    yield key_of(bare)
    bare = _VERSION.sub("", bare).strip()
    yield key_of(bare)
    words = key_of(bare).split()
    while len(words) > 1 and words[-1] in _GENERIC_LAST:
        words = words[:-1]
        yield " ".join(words)
    while len(words) > 1 and words[0] in _GENERIC_FIRST:
        words = words[2:] if len(words) > 2 and words[1] in _GENERIC_LINKS else words[1:]
        yield " ".join(words)


def _spread(candidates: Sequence[_Candidate], words: Sequence[Word], text: str) -> None:
    """In an enumeration, a sure skill vouches for the ambiguous names beside it."""
    for sequence in (candidates, candidates[::-1]):
        for before, candidate in itertools.pairwise(sequence):
            left, right = sorted((before, candidate), key=lambda found: found.first)
            between = text[words[left.last].end : words[right.first].start]
            if before.sure and not candidate.sure and is_enumerated(between):
                candidate.sure = True
