"""What a person wants of a job, and which jobs it hides from them."""

from dataclasses import dataclass, field, fields
from datetime import datetime

from matching_service.domain.places import bare, country_of
from matching_service.domain.posting import Draft, Pay
from matching_service.domain.salary import PERIODS_PER_YEAR, PayPeriod
from matching_service.domain.terms import Employment, Seniority, Workplace


@dataclass(frozen=True, slots=True)
class SalaryWish:
    """Amounts for a `period`; `maximum` is 0 when not said, and hides nothing."""

    minimum: float
    maximum: float
    currency: str
    period: PayPeriod = PayPeriod.YEAR

    @property
    def least_a_year(self) -> float:
        """For a year of full-time work."""
        return self.minimum * PERIODS_PER_YEAR[self.period]


@dataclass(frozen=True, slots=True)
class Preferences:
    """Empty parts let everything through. Jobs that don't tell are let through unless `hide_unknown`."""

    salary: SalaryWish | None = None
    countries: frozenset[str] = frozenset()
    locations: tuple[str, ...] = ()
    workplaces: frozenset[Workplace] = frozenset()
    remote_anywhere: bool = False
    employments: frozenset[Employment] = frozenset()
    seniorities: frozenset[Seniority] = frozenset()
    ignored_industries: frozenset[str] = frozenset()
    ignored_companies: tuple[str, ...] = ()
    languages: frozenset[str] = frozenset()
    hide_unknown: bool = False
    visible_to_employers: bool = False
    updated_at: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class JobTerms:
    """What preferences ask of a job. Empty parts and None: the job does not tell. Texts in lower case, the location without accents too."""

    country: str = ""
    location: str = ""
    workplace: Workplace | None = None
    employment: Employment | None = None
    seniority: Seniority | None = None
    pay: Pay | None = None
    industry: str = ""
    company: str = ""
    languages: frozenset[str] = frozenset()


def terms_of(complete: Draft, languages: frozenset[str]) -> JobTerms:
    """Of a job that was completed from its text, and the languages that it requires."""
    return JobTerms(
        country=country_of(complete.location),
        location=bare(complete.location),
        workplace=complete.workplace,
        employment=complete.employment,
        seniority=complete.seniority,
        pay=complete.pay,
        industry=complete.industry.lower(),
        company=complete.company.lower(),
        languages=languages,
    )


def lets_through(wanted: Preferences, job: JobTerms) -> bool:
    """Whether the job is shown. The store asks the same of many at once; a conformance test holds the two together."""
    unknown = not wanted.hide_unknown
    asked = (
        (wanted.workplaces, job.workplace),
        (wanted.employments, job.employment),
        (wanted.seniorities, job.seniority),
    )
    if any(accepted and (value not in accepted if value else not unknown) for accepted, value in asked):
        return False
    if (wanted.countries or wanted.locations) and not _is_near(wanted, job, unknown=unknown):
        return False
    if wanted.salary is not None and not _pays(wanted.salary, job.pay, unknown=unknown):
        return False
    if job.industry in {name.lower() for name in wanted.ignored_industries}:
        return False
    if any(name.lower() in job.company for name in wanted.ignored_companies):
        return False
    return not wanted.languages or job.languages <= wanted.languages


def _is_near(wanted: Preferences, job: JobTerms, *, unknown: bool) -> bool:
    if wanted.remote_anywhere and job.workplace is Workplace.REMOTE:
        return True
    if any(bare(place) in job.location for place in wanted.locations):
        return True
    if job.country:
        return job.country in wanted.countries
    # A place without a known country is no place that was asked for by its name.
    return unknown and (not job.location or not wanted.locations)


def _pays(wish: SalaryWish, pay: Pay | None, *, unknown: bool) -> bool:
    if pay is None or pay.currency != wish.currency:
        return unknown
    return pay.maximum >= wish.least_a_year


def fingerprint(wanted: Preferences) -> bytes:
    """Equal for equal preferences, in every process."""
    parts = [getattr(wanted, one.name) for one in fields(wanted) if one.compare]
    return repr([sorted(map(str, part)) if isinstance(part, frozenset) else part for part in parts]).encode()
