"""Sentences that a model wrote about an analysis: taken where the two texts bear them out, dropped otherwise."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from matching_service.domain.analysis import Analysis
from matching_service.domain.flashcards import Flashcard
from matching_service.domain.grounding import Sources, admits, denies
from matching_service.domain.insights import Statement
from matching_service.domain.passages import Place
from matching_service.domain.reading import Quote
from matching_service.domain.report import Report
from matching_service.domain.wording import places, shown
from taxonomy import SkillIndex

# The model may be small: it gets the first of each kind.
_MOST_FINDINGS, MOST_CARDS = 4, 6
_MOST_CHARACTERS = 6000


@dataclass(frozen=True, slots=True)
class Task:
    """What a model is asked to word. Findings are numbered from 1."""

    job_title: str
    findings: Sequence[str] = field(repr=False)
    requirements: str = field(repr=False)
    resume: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A finding in other words. `group`: `strengths`, `improvements`, or empty where it may be either."""

    finding: int
    text: str = field(repr=False)
    group: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A question and what an answer can build on."""

    question: str = field(repr=False)
    answer: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Writing:
    """What a model wrote, and its id."""

    model: str
    sentences: Sequence[Sentence] = ()
    cards: Sequence[Card] = ()


def task_of(report: Report) -> Task:
    """The findings of a report, without name, contact data, employers and schools."""
    found = report.analysis
    return Task(
        job_title=found.job.title or "the job",
        findings=[statement.text for _, _, statement in _findings(report)],
        requirements="\n".join(dict.fromkeys(place.quote for place in places([*found.met, *found.unmet])))[
            :_MOST_CHARACTERS
        ],
        resume=found.resume.text[:_MOST_CHARACTERS],
    )


def written(report: Report, writing: Writing, job_text: str, index: SkillIndex) -> Report:
    """The report in the model's words, where they name nothing that is in neither text. Evidence stays that of the finding."""
    found = report.analysis
    sources = Sources.of((job_text, found.resume.preview, found.resume.text), found, index)
    groups = {"strengths": list(report.insights.strengths), "improvements": list(report.insights.improvements)}
    by_number = {number: (group, place) for number, (group, place, _) in enumerate(_findings(report), start=1)}
    kept = 0
    for sentence in writing.sentences:
        if sentence.finding not in by_number:
            continue
        group, place = by_number.pop(sentence.finding)
        statement = groups[group][place]
        turned = sentence.group not in ("", group) or (
            denies(sentence.text) if group == "strengths" else not admits(sentence.text)
        )
        if not turned and sources.bear_out(sentence.text, also=(statement.text, statement.finding)):
            groups[group][place] = replace(statement, text=sentence.text)
            kept += 1
    cards = tuple(_cards(found, writing.cards, sources, index))
    if not kept and not cards:
        return report
    insights = replace(
        report.insights, strengths=tuple(groups["strengths"]), improvements=tuple(groups["improvements"])
    )
    return replace(report, insights=insights, flashcards=_with_builtin(cards, report.flashcards), engine=writing.model)


def _findings(report: Report) -> Iterator[tuple[str, int, Statement]]:
    for group in ("strengths", "improvements"):
        statements: Sequence[Statement] = getattr(report.insights, group)
        for place, statement in enumerate(statements[:_MOST_FINDINGS]):
            yield group, place, statement


def _cards(found: Analysis, cards: Iterable[Card], sources: Sources, index: SkillIndex) -> Iterator[Flashcard]:
    """Those about something that the job asks for, one each."""
    asked = {one.skill.id: demand for demand in (*found.met, *found.unmet) for one in demand.skills}
    for card in list(cards)[:MOST_CARDS]:
        demand = next(
            (asked.pop(mention.skill.id) for mention in index.find(card.question) if mention.skill.id in asked), None
        )
        if demand is None or not sources.bear_out(f"{card.question}\n{card.answer}"):
            continue
        if demand in found.unmet and not admits(card.answer):
            continue  # it would have the person claim what the resume does not show
        evidence = shown(found, demand)
        yield Flashcard(card.question, card.answer, places([demand]), evidence[1] if evidence else ())


def _with_builtin(cards: Sequence[Flashcard], builtin: Sequence[Flashcard]) -> tuple[Flashcard, ...]:
    """The model's cards, and ours about everything else."""
    covered = {place for card in cards for place in _of(card)}
    return (*cards, *(card for card in builtin if not card.job or not covered.issuperset(_of(card))))


def _of(card: Flashcard) -> Iterator[Place | Quote]:
    yield from card.job
