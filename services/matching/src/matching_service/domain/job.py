"""A job text, read once for everything that follows."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from matching_service.domain.keywords import Keyword, read_keywords
from matching_service.domain.passages import Force, Passage, Place, passages
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
    # Sentences about the work that name no known skill, years, degree or terms.
    duties: tuple[Place, ...] = ()


_LONGEST_TITLE = 100
# Words of a sentence that says enough of the work to ask about.
_FEWEST_WORDS, _MOST_WORDS = 5, 40
# List items, and sentences that speak to the reader; others speak of the employer.
_OF_WORK = re.compile(r"\s*(?:[-*•·◦▪‣–—]|\d+[.)])\s|\s*(?:you|sie|du|vous|usted|tú)\b", re.IGNORECASE)
_OF_TERMS = re.compile(
    r"\b(?:pay|salary|diploma|degree|licen[cs]e|gehalt|lohn|studium|ausbildung|salaire|diplôme|salario|título|willing\w*|bereitschaft)\b",
    re.IGNORECASE,
)


def read_job(text: str, index: SkillIndex) -> Job:
    """Raises InvalidRequest when the text holds no word."""
    requirements = read_requirements(text, index)
    everything = list(passages(text))
    taken = {stem for place in _taken(requirements) for stem in stems_of(text[place.start : place.end])}
    taken |= {stem for asked in requirements.skills for stem in stems_of(asked.skill.name)}
    first = everything[0].text.strip() if everything else ""
    pay = requirements.terms.salary.place if requirements.terms.salary else None
    keywords = read_keywords(everything, taken, pay, requirements.language, index)
    duties = tuple(_duties(everything, requirements, {keyword.stem for keyword in keywords}))
    return Job(requirements, keywords, first if len(first) <= _LONGEST_TITLE else "", duties)


def _duties(everything: Sequence[Passage], requirements: Requirements, telling: set[str]) -> Iterator[Place]:
    taken = [(place.start, place.end) for place in _taken(requirements)]
    for number, passage in enumerate(everything):
        end = passage.start + len(passage.text)
        free = not any(start < end and passage.start < stop for start, stop in taken)
        long_enough = _FEWEST_WORDS <= len(passage.text.split()) <= _MOST_WORDS
        of_work = _OF_WORK.match(passage.text) and not _OF_TERMS.search(passage.text)
        if (
            number
            and passage.force is Force.REQUIRED
            and free
            and long_enough
            and of_work
            and stems_of(passage.text) & telling
        ):
            yield passage.place(0, len(passage.text))


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
