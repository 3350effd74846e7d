"""Searching jobs: what is asked for, and how rankings become one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from matching_service.domain.terms import Employment, Seniority, Workplace

# Cormack, Clarke and Büttcher 2009: the constant that reciprocal rank fusion was found best with.
RANK_OFFSET = 60


@dataclass(frozen=True, slots=True)
class JobFilter:
    """None and empty parts let everything through. `pay` is the least a year that a job must reach."""

    location: str = ""
    workplace: Workplace | None = None
    employment: Employment | None = None
    seniority: Seniority | None = None
    pay: float = 0.0


def fuse(rankings: Iterable[Sequence[str]]) -> list[str]:
    """One ranking of all ids, best first; ids of equal standing in the order of their text."""
    standing: dict[str, float] = {}
    for ranking in rankings:
        for rank, item in enumerate(ranking, start=1):
            standing[item] = standing.get(item, 0.0) + 1 / (RANK_OFFSET + rank)
    return sorted(standing, key=lambda item: (-standing[item], item))
