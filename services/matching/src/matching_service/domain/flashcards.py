"""Questions to prepare for an interview with: what the job asks for, and what the resume has to answer it with."""

from collections.abc import Iterator
from dataclasses import dataclass

from matching_service.domain.analysis import Analysis
from matching_service.domain.insights import places
from matching_service.domain.passages import Place
from matching_service.domain.reading import Quote
from matching_service.domain.scoring import years_in_words
from matching_service.domain.timeline import gaps

MOST_SHOWN, MOST_MISSING, MOST_GAPS = 5, 4, 2


@dataclass(frozen=True, slots=True)
class Flashcard:
    """A question, what an answer can build on, and what both rest on."""

    front: str
    back: str
    job: tuple[Place, ...] = ()
    resume: tuple[Quote, ...] = ()


def flashcards(found: Analysis) -> tuple[Flashcard, ...]:
    """Skills that the resume shows, then those it does not, then its dates."""
    return (*_shown(found), *_missing(found), *_dates(found))


def _shown(found: Analysis) -> Iterator[Flashcard]:
    for demand in found.met[:MOST_SHOWN]:
        for asked in demand.held(frozenset(found.evidence))[:1]:
            quotes = found.evidence[asked.skill.id]
            yield Flashcard(
                f"Where have you used {asked.skill.name}, and what came of it?",
                "Build on your resume: " + "; ".join(f"“{quote.words}”" for quote in quotes),
                places(demand),
                quotes,
            )


def _missing(found: Analysis) -> Iterator[Flashcard]:
    for demand in found.unmet[:MOST_MISSING]:
        where = places(demand)
        quoted = f" The job says: “{where[0].quote}”" if where else ""
        yield Flashcard(
            f"What do you know about {demand.name}?",
            f"Your resume does not show it. Say plainly what you have done that comes near it, and how you would learn the rest.{quoted}",
            where,
        )


def _dates(found: Analysis) -> Iterator[Flashcard]:
    years = found.job.requirements.years
    if years is not None and years.place is not None:
        held = years_in_words(found.resume.profile.total_years)
        yield Flashcard(
            f"The job asks for {years_in_words(years.least)} of experience. How do yours compare?",
            f"Your resume shows {held} of work. Name the positions that are closest to this job first.",
            (years.place,),
            tuple(quote for quote in _titles(found)),
        )
    for gap in gaps(found.resume.profile.positions)[:MOST_GAPS]:
        yield Flashcard(
            f"What did you do from {gap.start} to {gap.end}?",
            f"Your resume shows no position in these {gap.months} months. Prepare a short, plain answer.",
            resume=tuple(_titles(found)),
        )


def _titles(found: Analysis) -> Iterator[Quote]:
    for passage in found.resume.passages:
        if passage.pointer.endswith("/title"):
            yield passage.quote(0, len(passage.text))
