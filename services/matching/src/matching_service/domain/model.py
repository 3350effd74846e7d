"""People and jobs, as matching sees them."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

Vector = tuple[float, ...]


class EducationLevel(IntEnum):
    """Level of education after ISCED 2011; higher is higher."""

    UNSPECIFIED = 0
    SECONDARY = 1
    VOCATIONAL = 2
    SHORT_CYCLE = 3
    BACHELOR = 4
    MASTER = 5
    DOCTORATE = 6


@dataclass(frozen=True, slots=True)
class Skill:
    """A skill of a resume. `id` is empty when no taxonomy knows it; `name` is then as written."""

    id: str
    taxonomy: str
    name: str


@dataclass(frozen=True, slots=True)
class Position:
    """A job held. Dates are `YYYY-MM`, `YYYY`, `present` or empty; years are None when the dates do not tell."""

    title: str
    start_date: str = ""
    end_date: str = ""
    years: float | None = None


@dataclass(frozen=True, slots=True)
class Degree:
    """A degree; the field as written."""

    level: EducationLevel
    field: str = ""


@dataclass(frozen=True, slots=True)
class Language:
    """A spoken language; `code` is ISO 639-1 where one exists."""

    name: str
    code: str = ""
    level: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a resume says that matters for matching. No name, no contact data, no employer, no school."""

    headline: str = ""
    skills: tuple[Skill, ...] = ()
    positions: tuple[Position, ...] = ()
    degrees: tuple[Degree, ...] = ()
    languages: tuple[Language, ...] = ()
    # Overlapping jobs counted once. 0 when no job has dates.
    total_years: float = 0.0


@dataclass(frozen=True, slots=True)
class Embedding:
    """A vector of unit length; those of different models must not be compared."""

    model: str
    vector: Vector


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stored resume."""

    resume_id: str
    owner_id: str
    parsed_at: datetime
    profile: Profile
    embedding: Embedding
