"""What the reader hands over: the resume contract's nouns, without transport."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class EducationLevel(Enum):
    """Level of education after ISCED 2011."""

    UNSPECIFIED = 0
    SECONDARY = 1
    VOCATIONAL = 2
    SHORT_CYCLE = 3
    BACHELOR = 4
    MASTER = 5
    DOCTORATE = 6


@dataclass(frozen=True, slots=True)
class Location:
    """A place in parts; unknown parts are empty."""

    city: str = ""
    region: str = ""
    country: str = ""
    country_code: str = ""


@dataclass(frozen=True, slots=True)
class Personal:
    """Name and contact data."""

    name: str = ""
    email: str = ""
    phone: str = ""
    phone_e164: str = ""
    location: str = ""
    location_details: Location = field(default_factory=Location)
    links: tuple[str, ...] = ()
    headline: str = ""


@dataclass(frozen=True, slots=True)
class Experience:
    """One position at one employer. Dates are `YYYY-MM`, `YYYY`, `present` or empty."""

    title: str = ""
    company: str = ""
    location: str = ""
    start_date: str = ""
    end_date: str = ""
    duration: str = ""
    years: float | None = None
    description: str = ""
    highlights: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Education:
    """One degree, school or course of study."""

    degree: str = ""
    field: str = ""
    institution: str = ""
    location: str = ""
    start_date: str = ""
    end_date: str = ""
    year: str = ""
    level: EducationLevel = EducationLevel.UNSPECIFIED
    score: str = ""


@dataclass(frozen=True, slots=True)
class Language:
    """A spoken language; `code` is ISO 639-1 where one exists."""

    name: str
    code: str = ""
    level: str = ""


@dataclass(frozen=True, slots=True)
class Certification:
    """A certificate or licence."""

    name: str
    issuer: str = ""
    date: str = ""


@dataclass(frozen=True, slots=True)
class Project:
    """A project outside a job."""

    name: str
    description: str = ""
    url: str = ""
    start_date: str = ""
    end_date: str = ""


@dataclass(frozen=True, slots=True)
class Award:
    """A prize or honour."""

    name: str
    issuer: str = ""
    date: str = ""


@dataclass(frozen=True, slots=True)
class Publication:
    """An article, book or talk."""

    name: str
    publisher: str = ""
    date: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a value was found. Page 0 and no box where the format has no pages."""

    page: int
    box: tuple[float, float, float, float] | None
    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class ReadingInfo:
    """What the reader knows about its own reading."""

    engine: str
    extractor_version: str
    kind: str
    pages: int
    language: str
    ocr_pages: int = 0
    warnings: tuple[str, ...] = ()
    # Of the layout: `domain.traits`.
    traits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Doubt:
    """An entry of a list of the resume that the reader is unsure of, and all that the document says there, cell by cell."""

    list: str  # experience or education
    number: int
    lines: tuple[Provenance, ...]


@dataclass(frozen=True, slots=True)
class Resume:
    """A resume as structured data; `provenance` is keyed by JSON pointer."""

    personal: Personal
    reading: ReadingInfo
    summary: str = ""
    experience: tuple[Experience, ...] = ()
    education: tuple[Education, ...] = ()
    skills: tuple[str, ...] = ()
    languages: tuple[Language, ...] = ()
    certifications: tuple[Certification, ...] = ()
    projects: tuple[Project, ...] = ()
    awards: tuple[Award, ...] = ()
    publications: tuple[Publication, ...] = ()
    volunteering: tuple[Experience, ...] = ()
    total_years_experience: float = 0.0
    provenance: Mapping[str, Provenance] = field(default_factory=dict)
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelUse:
    """What models did for a result. Cost in US dollars."""

    model: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0

    def __add__(self, other: "ModelUse") -> "ModelUse":
        return ModelUse(
            self.model or other.model,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cost_usd + other.cost_usd,
        )


@dataclass(frozen=True, slots=True)
class Errand:
    """Whose work a model is asked to do, and the id of what it is for: for budgets, fair shares, metering and logs."""

    tenant: str = ""
    request_id: str = ""
    # Nobody waits for it.
    batch: bool = False


NOBODYS = Errand()


@dataclass(frozen=True, slots=True)
class SkillDetail:
    """A skill as written, and what a taxonomy calls it; `id` is empty where the taxonomy does not know it."""

    name: str
    id: str = ""
    taxonomy: str = ""
    canonical_name: str = ""
    confidence: float = 0.0


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """A reading with what was measured around it. `digest` is SHA-256, hexadecimal; `size` in bytes."""

    resume: Resume
    skill_details: tuple[SkillDetail, ...]
    digest: str
    size: int
    seconds: float
    model_use: ModelUse = field(default_factory=ModelUse)
