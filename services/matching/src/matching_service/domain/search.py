"""Searching jobs: what is asked for, and how rankings become one."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from matching_service.domain.terms import Employment, Seniority, Workplace
from taxonomy import SkillIndex

# Cormack, Clarke and Büttcher 2009: the constant that reciprocal rank fusion was found best with.
RANK_OFFSET = 60
# Below this cosine of all-MiniLM-L6-v2 a job is not about the query: words without sense reach 0.14, other professions 0.30 now and then.
LEAST_NEARNESS = 0.25
# Shorter words are like too many others to be misspelt.
LEAST_LETTERS = 4
_WORD = re.compile(r"[^\W\d_]+")
_EXCLUDED = re.compile(r'(?<!\S)-(?:"([^"]+)"|(\w\S*))')


@dataclass(frozen=True, slots=True)
class JobFilter:
    """None and empty parts let everything through. `pay` is the least a year that a job must reach, in `currency` if that is given."""

    location: str = ""
    workplace: Workplace | None = None
    employment: Employment | None = None
    seniority: Seniority | None = None
    pay: float = 0.0
    currency: str = ""


@dataclass(frozen=True, slots=True)
class JobQuery:
    """What is looked for. `written` may have quotations, `or` and words with a minus before them, which jobs must not have."""

    written: str
    # Ids of those that it names, by whatever name.
    skill_ids: tuple[str, ...] = ()

    @property
    def wanted(self) -> str:
        """Without what is excluded."""
        return " ".join(_EXCLUDED.sub(" ", self.written).split())

    @property
    def excluded(self) -> tuple[str, ...]:
        """Words and phrases that jobs must not have."""
        return tuple(phrase or word for phrase, word in _EXCLUDED.findall(self.written))

    @property
    def long_words(self) -> tuple[str, ...]:
        """Words that may be misspelt, in lower case."""
        return tuple(word.lower() for word in _WORD.findall(self.wanted) if len(word) >= LEAST_LETTERS)


def job_query(written: str, index: SkillIndex) -> JobQuery:
    """Reads what somebody wrote."""
    wanted = JobQuery(written).wanted
    links = [mention.skill.id for mention in index.find(wanted)]
    whole = index.link(wanted) if wanted else None
    return JobQuery(written, tuple(dict.fromkeys([*links, *([whole.id] if whole else [])])))


def fuse(rankings: Iterable[Sequence[str]]) -> list[str]:
    """One ranking of all ids, best first; ids of equal standing in the order of their text."""
    standing: dict[str, float] = {}
    for ranking in rankings:
        for rank, item in enumerate(ranking, start=1):
            standing[item] = standing.get(item, 0.0) + 1 / (RANK_OFFSET + rank)
    return sorted(standing, key=lambda item: (-standing[item], item))
