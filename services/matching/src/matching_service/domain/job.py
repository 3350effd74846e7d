"""A job text, read once for everything that follows."""

from collections.abc import Iterator
from dataclasses import dataclass

from matching_service.domain.keywords import Keyword, read_keywords
from matching_service.domain.passages import Place, passages
from matching_service.domain.requirements import Requirements, read_requirements
from matching_service.domain.words import stems_of
from taxonomy import SkillIndex


@dataclass(frozen=True, slots=True)
class Job:
    """What a job asks for, and its words beside the skills."""

    requirements: Requirements
    keywords: tuple[Keyword, ...]
    # Its first line, if that is short enough for a title.
    title: str


_LONGEST_TITLE = 100


def read_job(text: str, index: SkillIndex) -> Job:
    """Raises InvalidRequest when the text holds no word."""
    requirements = read_requirements(text, index)
    everything = list(passages(text))
    taken = {stem for place in _taken(requirements) for stem in stems_of(text[place.start : place.end])}
    taken |= {stem for asked in requirements.skills for stem in stems_of(asked.skill.name)}
    first = everything[0].text.strip() if everything else ""
    pay = requirements.terms.salary.place if requirements.terms.salary else None
    keywords = read_keywords(everything, taken, pay, requirements.language, index)
    return Job(requirements, keywords, first if len(first) <= _LONGEST_TITLE else "")


def _taken(requirements: Requirements) -> Iterator[Place]:
    """Places whose words count elsewhere."""
    terms = requirements.terms
    yield from (asked.place for asked in requirements.skills if asked.place)
    yield from (location.place for location in terms.locations)
    yield from (language.place for language in terms.languages)
    yield from (
        part.place for part in (terms.salary, terms.workplace, terms.seniority, terms.employment) if part is not None
    )
    yield from (
        part.place
        for part in (requirements.years, requirements.education)
        if part is not None and part.place is not None
    )
