"""Jobs that people post."""

from dataclasses import dataclass, replace
from datetime import datetime

from matching_service.domain.industries import industry_of
from matching_service.domain.requirements import Requirements, read_requirements
from matching_service.domain.terms import Employment, Seniority, Workplace
from meshkit.errors import FieldViolation, InvalidRequest
from taxonomy import SkillIndex


@dataclass(frozen=True, slots=True)
class Pay:
    """A year of full-time work; `currency` is ISO 4217."""

    minimum: float
    maximum: float
    currency: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What a poster says of a job. None and empty parts are read from the description."""

    title: str
    description: str
    company: str = ""
    location: str = ""
    workplace: Workplace | None = None
    employment: Employment | None = None
    seniority: Seniority | None = None
    pay: Pay | None = None
    industry: str = ""
    apply_url: str = ""
    expires_at: datetime | None = None

    @property
    def text(self) -> str:
        """What requirements are read from."""
        return f"{self.title}\n{self.description}"


@dataclass(frozen=True, slots=True)
class JobPosting:
    """A stored job: as said by its poster, and completed from the text."""

    id: str
    owner_id: str
    tenant: str
    said: Draft
    complete: Draft
    created_at: datetime
    updated_at: datetime
    closed: bool = False


def completed(draft: Draft, index: SkillIndex) -> Draft:
    """The draft with what its text says of place, contract, level and pay. Raises InvalidRequest for pay that is none."""
    if draft.pay is not None and (draft.pay.maximum < draft.pay.minimum or not draft.pay.currency):
        raise InvalidRequest(
            FieldViolation("salary_max", "must not be below salary_min, and needs a currency such as EUR")
        )
    return completed_from(draft, requirements_of(draft, index))


def completed_from(draft: Draft, requirements: Requirements) -> Draft:
    """The same for a draft whose requirements were read already."""
    terms = requirements.terms
    pay = draft.pay
    if pay is None and terms.salary is not None:
        pay = Pay(*terms.salary.a_year(), terms.salary.currency)
    return replace(
        draft,
        location=draft.location or next((place.value for place in terms.locations), ""),
        workplace=draft.workplace or (terms.workplace.value if terms.workplace else None),
        employment=draft.employment or (terms.employment.value if terms.employment else None),
        seniority=draft.seniority or (terms.seniority.value if terms.seniority else None),
        pay=pay,
        industry=draft.industry or industry_of(f"{draft.company}\n{draft.description}"),
    )


def requirements_of(draft: Draft, index: SkillIndex) -> Requirements:
    """Read from title and description, whose places they tell."""
    return read_requirements(draft.text, index)
