"""Questions to prepare for an interview with: what the job asks for, and what the resume has to answer it with."""

from collections.abc import Iterator
from dataclasses import dataclass

from matching_service.domain.analysis import Analysis
from matching_service.domain.passages import Place
from matching_service.domain.reading import Quote, ResumePassage
from matching_service.domain.scoring import LEVEL_NAMES, years_in_words
from matching_service.domain.wording import (
    figure_in,
    is_tool,
    label,
    named,
    near,
    only_listed,
    places,
    quoted,
    sentence,
    shown,
)
from matching_service.domain.words import stems_of

_MOST_SHOWN, _MOST_LISTED, _MOST_MISSING, _MOST_DUTIES, _MOST_GAPS = 4, 2, 3, 2, 2
# Stems that a duty and a passage of the resume must share to be called close.
_CLOSE = 2

# In turn, so that no two cards in a row ask the same way.
_OF_TOOLS = (
    "Tell us about something that you built or solved with {}.",
    "Why did you choose {}, and what would you choose today?",
    "What went wrong when you worked with {}, and what did you change?",
    "How would you explain {} to somebody who starts tomorrow?",
)
_OF_WORK = (
    "Give us an example of your work in {}.",
    "How do you go about {}, from the first step to the last?",
    "What is hard about {}, and how do you deal with it?",
    "How do you know that you did {} well?",
)


_ON_FIGURES = "Know what stands behind the figure {}."


@dataclass(frozen=True, slots=True)
class Flashcard:
    """A question, what an answer can build on, and what both rest on."""

    front: str
    back: str
    job: tuple[Place, ...] = ()
    resume: tuple[Quote, ...] = ()


def flashcards(found: Analysis) -> tuple[Flashcard, ...]:
    """Skills that the resume shows, those it lists, those it does not show, duties of the job, then dates and degrees."""
    return (*_proven(found), *_listed(found), *_missing(found), *_duties(found), *_demands(found), *_gaps(found))


def _proven(found: Analysis) -> Iterator[Flashcard]:
    number = 0
    for demand in found.met:
        evidence = shown(found, demand)
        if evidence is None or only_listed(evidence[1]) or number == _MOST_SHOWN:
            continue
        asked, quotes = evidence
        questions = _OF_TOOLS if is_tool(demand) else _OF_WORK
        words = quotes[0].words
        figure = figure_in(words)
        end = _ON_FIGURES.format(figure) if figure else "Add a figure if you can: here your resume gives none."
        back = f"Build on your resume: {quoted(words)} Say what was asked, what you did yourself and what came of it. {end}"
        yield Flashcard(questions[number].format(named(asked.skill)), back, places([demand]), quotes)
        number += 1


def _listed(found: Analysis) -> Iterator[Flashcard]:
    number = 0
    for demand in found.met:
        evidence = shown(found, demand)
        if evidence is None or not only_listed(evidence[1]) or number == _MOST_LISTED:
            continue
        asked, quotes = evidence
        back = "You list it without an example. Have one ready: where it was, what you did, and what came of it."
        yield Flashcard(f"How well do you know {named(asked.skill)}?", back, places([demand]), quotes)
        number += 1


def _missing(found: Analysis) -> Iterator[Flashcard]:
    for demand in found.unmet[:_MOST_MISSING]:
        where = places([demand])
        said = f"The job says: {quoted(sentence(where[0]))} " if where else ""
        closest = near(found, demand)
        if closest is None:
            front = f"The job {'needs' if demand.required else 'would like'} {label(demand)}. What have you done that comes near it?"
            back = f"{said}Your resume does not show it. Name what is closest in your own work, and how you would learn the rest."
            yield Flashcard(front, back, where)
            continue
        skill, quotes = closest
        front = f"You know {named(skill)}. How would you get into {label(demand)}?"
        back = f"{said}Your resume does not show it. Say what carries over from {named(skill)}, and what you would learn first."
        yield Flashcard(front, back, where, quotes[:1])


def _duties(found: Analysis) -> Iterator[Flashcard]:
    for duty in found.job.duties[:_MOST_DUTIES]:
        front = f"The job says: “{sentence(duty)}” What have you done that is like it?"
        closest = _closest(found, duty)
        if closest is None:
            back = "Nothing in your resume is close to it in words. Think of one example before the interview."
            yield Flashcard(front, back, (duty,))
        else:
            quote = closest.quote(0, len(closest.text))
            back = f"Closest in your resume: {quoted(quote.words)} Say what is the same there, and what would be new to you."
            yield Flashcard(front, back, (duty,), (quote,))


def _closest(found: Analysis, duty: Place) -> ResumePassage | None:
    telling = stems_of(duty.quote) & {keyword.stem for keyword in found.job.keywords}
    ranked = [
        (len(telling & stems_of(passage.text)), passage)
        for passage in found.resume.passages
        if not passage.pointer.startswith("/skills/")
    ]
    shared, passage = max(ranked, key=lambda one: one[0], default=(0, None))
    return passage if shared >= _CLOSE else None


def _demands(found: Analysis) -> Iterator[Flashcard]:
    titles = tuple(_titles(found))
    years = found.job.requirements.years
    if years is not None and years.place is not None:
        held = years_in_words(found.resume.profile.total_years)
        yield Flashcard(
            f"The job asks for {years_in_words(years.least)} of experience. Which of yours count most for it?",
            f"Your positions add up to {held}. Begin with the one that is closest to this job, and say what you were trusted with there.",
            (years.place,),
            titles,
        )
    asked = found.job.requirements.education
    if asked is not None and asked.place is not None and not found.education_met:
        quote = found.resume.degree_quote
        yield Flashcard(
            f"The job asks for {LEVEL_NAMES[asked.level]}. Why should we hear you without it?",
            "Name courses, certificates and work that taught you the same, with an example for each.",
            (asked.place,),
            (quote,) if quote else (),
        )


def _gaps(found: Analysis) -> Iterator[Flashcard]:
    for gap in found.resume.gaps[:_MOST_GAPS]:
        yield Flashcard(
            f"What did you do from {gap.start} to {gap.end}?",
            f"Your resume shows no position in these {gap.months} months. A short, plain answer is enough.",
            resume=tuple(_titles(found)),
        )


def _titles(found: Analysis) -> Iterator[Quote]:
    for passage in found.resume.passages:
        if passage.pointer.endswith("/title"):
            yield passage.quote(0, len(passage.text))
