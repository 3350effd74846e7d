"""Skills by their numbers in features, and how rare each is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching_service.domain.rarity import rarity


@dataclass(frozen=True, slots=True)
class SkillKey:
    """A skill that some job asked for, and how many open jobs do, as of the last count."""

    key: int
    skill_id: str
    name: str
    jobs: int = 0


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """By key; keys without a skill, 0 among them, have empty ids."""

    keys: Mapping[str, int]
    ids: tuple[str, ...]
    names: tuple[str, ...]
    rarity: NDArray[np.float32]
    jobs: tuple[int, ...]
    # Open jobs, as of the last count.
    total: int

    def held(self, skill_ids: Iterable[str]) -> NDArray[np.bool_]:
        """Whether a key is one of these skills, by key."""
        marks = np.zeros(len(self.ids), bool)
        marks[[key for skill_id in skill_ids if (key := self.keys.get(skill_id)) is not None]] = True
        return marks

    def known(self, keys: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """Keys that are newer than this are taken for no skill, until it is read again."""
        return np.where(keys < len(self.ids), keys, 0).astype(np.uint32)


def vocabulary_of(rows: Iterable[SkillKey], *, jobs: int) -> Vocabulary:
    """`jobs` is how many open jobs there were when they were counted."""
    known = list(rows)
    size = max((row.key for row in known), default=0) + 1
    ids, names, counts = [""] * size, [""] * size, [0] * size
    rare = np.ones(size, np.float32)
    for row in known:
        ids[row.key], names[row.key], counts[row.key] = row.skill_id, row.name, row.jobs
        rare[row.key] = rarity(row.jobs, jobs)
    return Vocabulary({row.skill_id: row.key for row in known}, tuple(ids), tuple(names), rare, tuple(counts), jobs)
