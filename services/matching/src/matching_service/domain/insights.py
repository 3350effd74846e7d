"""What an analysis means for the person, in sentences that each rest on a place in one of the texts or on a fact of the file."""

from collections.abc import Iterator
from dataclasses import dataclass

from matching_service.domain.analysis import Analysis, Edit
from matching_service.domain.findings import findings
from matching_service.domain.passages import Place
from matching_service.domain.reading import Quote
from matching_service.domain.requirements import Demand
from matching_service.domain.scoring import LEVEL_NAMES, years_in_words
from matching_service.domain.timeline import gaps

_MOST = 6
_GRAVE = 10


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence and what it rests on; at least one of the three is there."""

    text: str
    job: tuple[Place, ...] = ()
    resume: tuple[Quote, ...] = ()
    finding: str = ""


@dataclass(frozen=True, slots=True)
class Insights:
    """Recommendations by urgency: high, medium, low."""

    strengths: tuple[Statement, ...]
    improvements: tuple[Statement, ...]
    recommendations: tuple[tuple[Statement, ...], tuple[Statement, ...], tuple[Statement, ...]]

    def all(self) -> Iterator[Statement]:
        """Every statement."""
        yield from self.strengths
        yield from self.improvements
        for group in self.recommendations:
            yield from group


def insights(found: Analysis) -> Insights:
    """Words an analysis."""
    recommended = [_recommendation(edit) for edit in found.edits]
    return Insights(
        tuple(_strengths(found)),
        tuple(_improvements(found)),
        (
            tuple(statement for edit, statement in recommended if edit.urgency == 0)[:_MOST],
            tuple(statement for edit, statement in recommended if edit.urgency == 1)[:_MOST],
            tuple([*(statement for edit, statement in recommended if edit.urgency == 2), *_polish(found)][:_MOST]),
        ),
    )


def _strengths(found: Analysis) -> Iterator[Statement]:
    for demand in found.met[:_MOST]:
        skill = demand.held(frozenset(found.evidence))
        quotes = tuple(quote for one in skill[:1] for quote in found.evidence[one.skill.id])
        if quotes:
            verb = "requires" if demand.required else "would like"
            yield Statement(f"You show {skill[0].skill.name}, which the job {verb}.", places(demand), quotes)
    years, has = found.job.requirements.years, found.resume.profile.total_years
    if years is not None and years.place and has >= years.least:
        finding = f"The positions of the resume add up to {years_in_words(has)}."
        text = f"Your {years_in_words(has)} of work meet the {years_in_words(years.least)} that the job asks for."
        yield Statement(text, (years.place,), finding=finding)
    asked, quote = found.job.requirements.education, found.resume.degree_quote
    level = max((degree.level for degree in found.resume.profile.degrees), default=None)
    if asked is not None and asked.place and level is not None and level >= asked.level and quote is not None:
        text = f"Your degree is at the level that the job asks for, {LEVEL_NAMES[asked.level]}, or above."
        yield Statement(text, (asked.place,), (quote,))


def _improvements(found: Analysis) -> Iterator[Statement]:
    for demand in found.unmet[:_MOST]:
        verb = "requires" if demand.required else "would like"
        yield Statement(f"The job {verb} {demand.name}; the resume does not show it.", places(demand))
    years, has = found.job.requirements.years, found.resume.profile.total_years
    if years is not None and years.place and has < years.least:
        finding = f"The positions of the resume add up to {years_in_words(has)}."
        text = f"The job asks for {years_in_words(years.least)} of experience; the resume shows {years_in_words(has)}."
        yield Statement(text, (years.place,), finding=finding)
    asked = found.job.requirements.education
    if asked is not None and asked.place and not found.education_met:
        quotes = (found.resume.degree_quote,) if found.resume.degree_quote else ()
        text = f"The job asks for {LEVEL_NAMES[asked.level]}; the resume shows no degree of that level."
        yield Statement(text, (asked.place,), quotes)
    for fault in findings(found.resume):
        if fault.cost >= _GRAVE:
            yield Statement(fault.fact, finding=fault.fact)


def _recommendation(edit: Edit) -> tuple[Edit, Statement]:
    where = places(edit.demand) if edit.demand else tuple(keyword.place for keyword in edit.keywords)
    return edit, Statement(edit.text, where, finding=edit.finding)


def _polish(found: Analysis) -> Iterator[Statement]:
    for gap in gaps(found.resume.profile.positions):
        fact = f"No position covers {gap.start} to {gap.end}."
        yield Statement(f"Say in a line what you did from {gap.start} to {gap.end}.", finding=fact)
    listed = {skill.id for skill, _ in found.resume.listed}
    for demand in found.met:
        for asked in demand.held(frozenset(found.evidence)):
            quotes = found.evidence[asked.skill.id]
            by_title = any(quote.pointer.endswith(("/title", "/headline")) for quote in quotes)
            if asked.skill.id not in listed and not by_title:
                text = f"List {asked.skill.name} among your skills too: so far it stands in the text only."
                yield Statement(text, places(demand), quotes)


def places(demand: Demand) -> tuple[Place, ...]:
    """Where the job asks for it."""
    return tuple(asked.place for asked in demand.skills if asked.place is not None)
