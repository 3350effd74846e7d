"""Matches of people with jobs: what was found, what people did with it, and who was shown it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, IntEnum

from matching_service.domain.features import PersonFeatures
from matching_service.domain.posting import JobPosting
from matching_service.domain.scoring import (
    Component,
)
from matching_service.domain.terms import Seniority

# Changes with the rules or weights of `judging`, `ranking`, `scoring`, `calibration`, `feedback` and `rarity`.
SCORER_VERSION = "engine-1"
# Kept for each person. The rest is found again when something changes.
MOST_KEPT = 200
# So many of the nearest are judged at most; all, where preferences leave no more than that.
JUDGED, JUDGED_ALL = 1000, 400
# Where the hundredth has a score below this, few jobs fit, and vectors tell less of which: then it is looked for again, deeper.
MOST_LOOKED_AT, POOR, JUDGED_FOR_POOR = 100, 50.0, 1000


@dataclass(frozen=True, slots=True)
class Found:
    """A score, 0 to 100, and what it is made of."""

    score: float
    components: tuple[Component, ...]
    matching_skills: tuple[str, ...]
    missing_skills: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """A job for a person. Equal digests: the inputs were the same."""

    owner_id: str
    job_id: str
    resume_id: str
    found: Found
    digest: bytes
    matched_at: datetime
    scorer_version: str = SCORER_VERSION


class Verdict(IntEnum):
    """What a person thinks of a job; values are those of the contract."""

    UP = 1
    DOWN = 2


@dataclass(frozen=True, slots=True)
class Mark:
    """What a person did with a job."""

    job_id: str
    removed: bool = False
    verdict: Verdict | None = None
    applied_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ListedMatch:
    """A match as it is listed."""

    match: Match
    job: JobPosting
    mark: Mark


class Order(Enum):
    """Of a list of matches; values are those of the contract."""

    SCORE = 1
    SALARY = 2
    LOCATION = 3
    NEWEST = 4


@dataclass(frozen=True, slots=True)
class Person:
    """A person's newest resume, made ready to be matched."""

    owner_id: str
    tenant: str
    resume_id: str
    features: PersonFeatures
    digest: bytes
    matched_at: datetime | None = None
    pending: bool = False


class Audience(IntEnum):
    """Whom a score was shown."""

    PERSON = 1
    POSTER = 2


@dataclass(frozen=True, slots=True)
class Shown:
    """A score that somebody was shown."""

    viewer: str
    audience: Audience
    match: Match
    shown_at: datetime


class State(Enum):
    """Whether there are matches to list; values are those of the contract."""

    READY = 1
    NO_RESUME = 2
    PENDING = 3


@dataclass(frozen=True, slots=True)
class MatchPage:
    """Matches, and the cursor of the next page; empty on the last."""

    matches: Sequence[ListedMatch]
    next_cursor: str
    state: State
    matched_at: datetime | None


@dataclass(frozen=True, slots=True)
class AnonymousCandidate:
    """A person as the poster of a job sees them."""

    pseudonym: str
    found: Found
    total_years: float
    seniority: Seniority | None
