"""What an analysis means for the person, in sentences that each rest on a place in one of the texts or on a fact of the file."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from matching_service.domain.analysis import Analysis
from matching_service.domain.findings import findings
from matching_service.domain.passages import Place
from matching_service.domain.reading import Quote
from matching_service.domain.requirements import Demand
from matching_service.domain.scoring import LEVEL_NAMES, years_in_words
from matching_service.domain.terms import LANGUAGE_NAMES
from matching_service.domain.wording import kind_of, label, named, names, near, only_listed, places, quoted, shown

_MOST = 6
_GRAVE = 10
# Missing skills that get a sentence each; more are told together.
_MOST_ALONE = 3


# In turn, so that no two recommendations in a row end the same way.
_ADVICE_FOR_ONE = (
    "If you have experience with it, say where and what came of it.",
    "Add it under the position where you did it, if you did.",
    "Where it is true of you, show it with a result.",
)
_ADVICE_FOR_SEVERAL = (
    "Name those that you have experience with, and say where and what came of it.",
    "Add those that are true of you under the positions where you did them.",
    "Show at least one of them with a result, if you can.",
)


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
    high = chain(_to_show(found, required=True), _to_mend(found, urgency=0))
    medium = chain(_to_show(found, required=False), _to_reuse(found), _to_mend(found, urgency=1))
    low = chain(_to_mend(found, urgency=2), _to_polish(found))
    return Insights(
        tuple(_strengths(found))[:_MOST],
        tuple(_improvements(found))[: _MOST + 2],
        (tuple(high)[:_MOST], tuple(medium)[:_MOST], tuple(low)[:_MOST]),
    )


def _strengths(found: Analysis) -> Iterator[Statement]:
    # Under the words of the resume that show them: one sentence may show several.
    by_place: dict[tuple[str, bool], list[tuple[Demand, str, tuple[Quote, ...]]]] = {}
    listed: list[tuple[Demand, str, tuple[Quote, ...]]] = []
    for demand in found.met:
        if (evidence := shown(found, demand)) is None:
            continue
        asked, quotes = evidence
        if only_listed(quotes):
            listed.append((demand, named(asked.skill), quotes))
        else:
            by_place.setdefault((quotes[0].pointer, demand.required), []).append((demand, named(asked.skill), quotes))
    proven = [
        Statement(
            f"The job {'requires' if required else 'would like'} {names(name for _, name, _ in them)}, "
            f"and you show {_pronoun(len(them))}: {quoted(them[0][2][0].words)}",
            places(demand for demand, _, _ in them),
            _unique(quote for _, _, quotes in them for quote in quotes),
        )
        for (_, required), them in by_place.items()
    ]
    yield from proven[:_MOST_ALONE]
    yield from _years(found, enough=True)
    yield from _education(found, enough=True)
    yield from _languages(found, spoken=True)
    yield from proven[_MOST_ALONE:]
    if listed:
        of = [demand for demand, _, _ in listed]
        text = f"You list {names(name for _, name, _ in listed)}, which the job names too."
        yield Statement(text, places(of), tuple(quotes[0] for _, _, quotes in listed))


def _pronoun(number: int) -> str:
    return {1: "it", 2: "both"}.get(number, "all of them")


def _unique(quotes: Iterable[Quote]) -> tuple[Quote, ...]:
    return tuple(dict.fromkeys(quotes))


def _improvements(found: Analysis) -> Iterator[Statement]:
    required = [demand for demand in found.unmet if demand.required]
    preferred = [demand for demand in found.unmet if not demand.required]
    alone = required if len(required) <= _MOST_ALONE + 1 else required[:_MOST_ALONE]
    for demand in alone:
        yield _missing(found, demand)
    if rest := required[len(alone) :]:
        text = f"It also requires {names(map(label, rest))}; your resume shows none of them."
        yield Statement(text, places(rest))
    if preferred:
        none = {1: "does not show it", 2: "shows neither"}.get(len(preferred), "shows none of them")
        yield Statement(f"The job would like {names(map(label, preferred))}; your resume {none}.", places(preferred))
    yield from _years(found, enough=False)
    yield from _education(found, enough=False)
    yield from _languages(found, spoken=False)
    for fault in findings(found.resume):
        if fault.cost >= _GRAVE:
            yield Statement(fault.fact, finding=fault.fact)


def _missing(found: Analysis, demand: Demand) -> Statement:
    closest = near(found, demand)
    if closest is None:
        return Statement(f"The job requires {label(demand)}; your resume does not show it.", places([demand]))
    skill, quotes = closest
    text = f"The job requires {label(demand)}. Your resume does not show it, but it shows {named(skill)} from the same field."
    return Statement(text, places([demand]), quotes[:1])


def _years(found: Analysis, *, enough: bool) -> Iterator[Statement]:
    years, has = found.job.requirements.years, found.resume.profile.total_years
    if years is None or years.place is None or (has >= years.least) is not enough:
        return
    finding = f"The positions of the resume add up to {years_in_words(has)}."
    if enough:
        text = f"You bring {years_in_words(has)} of work; the job asks for {years_in_words(years.least)}."
    elif has:
        text = f"The job asks for {years_in_words(years.least)} of experience; the dates of your positions add up to {years_in_words(has)}."
    else:
        text = f"The job asks for {years_in_words(years.least)} of experience; your resume has no position with dates that could be read."
    yield Statement(text, (years.place,), finding=finding)


def _education(found: Analysis, *, enough: bool) -> Iterator[Statement]:
    asked, quote = found.job.requirements.education, found.resume.degree_quote
    if asked is None or asked.place is None:
        return
    level = max((degree.level for degree in found.resume.profile.degrees), default=None)
    held = level is not None and level >= asked.level
    wanted = LEVEL_NAMES[asked.level]
    if enough and held and level is not None and quote is not None:
        more = "" if level == asked.level else ", which is above that"
        yield Statement(f"The job asks for {wanted}; you have “{quote.words}”{more}.", (asked.place,), (quote,))
    if not enough and not found.education_met:
        has = f"the highest degree on your resume is “{quote.words}”" if quote else "your resume shows no degree"
        yield Statement(f"The job asks for {wanted}; {has}.", (asked.place,), (quote,) if quote else ())


def _languages(found: Analysis, *, spoken: bool) -> Iterator[Statement]:
    held = {language.code: language for language in found.resume.profile.languages if language.code}
    for asked in found.job.requirements.terms.languages:
        name = LANGUAGE_NAMES[asked.code]
        verb = "asks for" if asked.required else "would like"
        language = held.get(asked.code)
        if language is not None and spoken:
            level = f" ({language.level})" if language.level else ""
            finding = f"The resume names {name}{level} among its languages."
            yield Statement(f"The job {verb} {name}; your resume names it{level}.", (asked.place,), finding=finding)
        elif language is None and not spoken and found.resume.facts.language != asked.code:
            finding = f"The resume does not name {name} among its languages."
            yield Statement(f"The job {verb} {name}; your resume does not name it.", (asked.place,), finding=finding)


def _to_show(found: Analysis, *, required: bool) -> Iterator[Statement]:
    """Missing skills under the headings of their kinds, most of them first."""
    kinds: dict[str, list[Demand]] = {}
    for demand in found.unmet:
        if demand.required is required:
            kinds.setdefault(kind_of(demand), []).append(demand)
    for number, (kind, demands) in enumerate(sorted(kinds.items(), key=lambda item: -len(item[1]))):
        verb = "requires" if required else "would like"
        advice = (_ADVICE_FOR_ONE if len(demands) == 1 else _ADVICE_FOR_SEVERAL)[number % len(_ADVICE_FOR_ONE)]
        closest = next((one for demand in demands if (one := near(found, demand)) is not None), None)
        so_far = f" So far your resume shows {named(closest[0])} there." if closest else ""
        text = f"{kind}: the job {verb} {names(map(label, demands))}. {advice}{so_far}"
        yield Statement(text, places(demands), closest[1][:1] if closest else ())


def _to_mend(found: Analysis, *, urgency: int) -> Iterator[Statement]:
    for edit in found.edits:
        if edit.finding and edit.urgency == urgency:
            yield Statement(edit.text, finding=edit.finding)


def _to_reuse(found: Analysis) -> Iterator[Statement]:
    for edit in found.edits:
        if edit.keywords:
            yield Statement(edit.text, tuple(keyword.place for keyword in edit.keywords))


def _to_polish(found: Analysis) -> Iterator[Statement]:
    evidenced = [(demand, evidence) for demand in found.met if (evidence := shown(found, demand)) is not None]
    listed = {skill.id for skill, _ in found.resume.listed}
    bare = [(demand, asked, quotes) for demand, (asked, quotes) in evidenced if only_listed(quotes)]
    if bare:
        which = names(named(asked.skill) for _, asked, _ in bare)
        text = f"You list {which} without an example: add one under the position where you used {'it' if len(bare) == 1 else 'them'}."
        yield _of(text, [demand for demand, _, _ in bare], (quotes for _, _, quotes in bare))
    hidden = [
        (demand, asked, quotes)
        for demand, (asked, quotes) in evidenced
        if asked.skill.id not in listed and not quotes[0].pointer.endswith(("/title", "/headline", "/field", "/degree"))
    ]
    if hidden and found.resume.listed:
        which = names(named(asked.skill) for _, asked, _ in hidden)
        text = f"Add {which} to your list of skills too: so far only the text names {'it' if len(hidden) == 1 else 'them'}."
        yield _of(text, [demand for demand, _, _ in hidden], (quotes for _, _, quotes in hidden))
    for gap in found.resume.gaps:
        fact = f"No position covers {gap.start} to {gap.end}."
        yield Statement(f"Say in a line what you did from {gap.start} to {gap.end}.", finding=fact)


def _of(text: str, demands: Sequence[Demand], quotes: Iterable[tuple[Quote, ...]]) -> Statement:
    return Statement(text, places(demands), tuple(of[0] for of in quotes))
