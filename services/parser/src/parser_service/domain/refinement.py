"""Second opinions on entries that the rules are unsure of.

A model points at lines; fields are made of these lines and of nothing else.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from parser_service.domain.dates import Month, find_periods
from parser_service.domain.degrees import split_degree
from parser_service.domain.findings import Finding, Source
from parser_service.domain.folding import tidy
from parser_service.domain.headings import Kind
from parser_service.domain.layout import Line
from parser_service.domain.model import Doubt, Education, Experience, Provenance, Resume
from parser_service.domain.tenure import total_years, years_of

# Calibrated confidence below which a field may be read anew.
DOUBTED = 0.75
# More entries, or longer ones, are no doubt about an entry but about the document.
MAX_DOUBTS = 12
MAX_LINES = 60
# Added to the extractor's version: results without a second opinion are other results, and gateway keeps them apart.
VERSION_SUFFIX = "+refined"
# Most for a value that comes from a model alone. Not measured: no model that was at hand gained anything.
_UNMEASURED = 0.5
# The fields that tell one entry from another, by list: pointed at as title, organisation and dates.
_FIELDS = {"experience": ("title", "company", "start_date"), "education": ("degree", "institution", "end_date")}
_KINDS = {"job": "experience", "education": "education"}


@dataclass(frozen=True, slots=True)
class Pointed:
    """An entry as a model sees it: numbers of lines, from 1. None: there is no such line."""

    kind: str  # job, education or other
    first: int
    last: int
    title: int | None = None
    organisation: int | None = None
    dates: int | None = None


# Values of fields, and the lines that they were read from.
_Found = dict[str, tuple[Any, Provenance]]


@dataclass(frozen=True, slots=True)
class _Reading:
    """An entry and the places of its fields."""

    value: Experience | Education
    places: dict[str, Provenance]


def find_doubts(
    findings: Mapping[str, Sequence[Finding[object]]],
    lines: Mapping[Kind, Sequence[Sequence[Line]]],
    provenance: Mapping[str, Provenance],
    *,
    paged: bool,
) -> tuple[Doubt, ...]:
    """Jobs and degrees of which a telling field is missing or below `DOUBTED`, with all their lines."""
    doubts: list[Doubt] = []
    for name, kind in (("experience", Kind.EXPERIENCE), ("education", Kind.EDUCATION)):
        flat = [line for section in lines[kind] for line in section]
        starts = [_start(finding, flat) for finding in findings[name]]
        for number, (start, end) in enumerate(pairwise([*starts, len(flat)])):
            is_sure = all(_is_sure(provenance.get(f"/{name}/{number}/{field}")) for field in _FIELDS[name])
            if start is None or end is None or is_sure or not 0 < end - start <= MAX_LINES:
                continue
            cells = [(line.page, cell) for line in flat[start:end] for cell in line.cells if cell.text]
            places = tuple(_place(Source.of(cell, 1.0, page=page), paged=paged) for page, cell in cells)
            doubts.append(Doubt(name, number, places))
    return tuple(doubts[:MAX_DOUBTS])


def _start(finding: Finding[object], lines: Sequence[Line]) -> int | None:
    """The first line that holds one of the finding's sources."""
    found = (
        index
        for index, line in enumerate(lines)
        for source in finding.sources.values()
        if line.page == source.page and _holds(line, source)
    )
    return next(found, None)


def _holds(line: Line, source: Source) -> bool:
    left, top, right, bottom = source.box
    box = line.box
    return box.x0 - 1 <= left and right <= box.x1 + 1 and box.y0 - 1 <= top and bottom <= box.y1 + 1


def _place(source: Source, *, paged: bool) -> Provenance:
    return Provenance(source.page if paged else 0, source.box if paged else None, source.text, source.confidence)


def _is_sure(found: Provenance | None) -> bool:
    return found is not None and found.confidence >= DOUBTED


def refined(resume: Resume, answers: Iterable[tuple[Doubt, Sequence[Pointed]]], today: Month) -> Resume:
    """The resume with doubted entries read as pointed. Answers that point nowhere, or at one line twice, change nothing."""
    pointed = {
        (doubt.list, doubt.number): (doubt, entries)
        for doubt, entries in answers
        if entries and _is_possible(entries, len(doubt.lines))
    }
    provenance = {pointer: place for pointer, place in resume.provenance.items() if _list_of(pointer) not in _FIELDS}
    lists: dict[str, list[_Reading]] = {}
    values: Mapping[str, Sequence[Experience | Education]] = {
        "experience": resume.experience,
        "education": resume.education,
    }
    for name, old in values.items():
        lists[name] = []
        for number, value in enumerate(old):
            reading = _Reading(value, _places(resume.provenance, f"/{name}/{number}/"))
            lists[name] += (
                _read_anew(reading, *pointed[name, number], today) if (name, number) in pointed else [reading]
            )
        for number, reading in enumerate(lists[name]):
            provenance |= {f"/{name}/{number}/{field}": place for field, place in reading.places.items()}
    experience = tuple(r.value for r in lists["experience"] if isinstance(r.value, Experience))
    return replace(
        resume,
        experience=experience,
        education=tuple(r.value for r in lists["education"] if isinstance(r.value, Education)),
        total_years_experience=total_years([(job.start_date, job.end_date) for job in experience], today),
        provenance=provenance,
    )


def _is_possible(entries: Sequence[Pointed], lines: int) -> bool:
    """Ranges inside of the document that do not overlap, and pointers inside of their range."""
    taken: set[int] = set()
    for entry in entries:
        numbers = range(entry.first, entry.last + 1)
        pointers = [number for number in (entry.title, entry.organisation, entry.dates) if number is not None]
        if not numbers or entry.first < 1 or entry.last > lines or taken & set(numbers):
            return False
        if any(number not in numbers for number in pointers):
            return False
        taken |= set(numbers)
    return True


def _read_anew(reading: _Reading, doubt: Doubt, entries: Sequence[Pointed], today: Month) -> list[_Reading]:
    """The entry with its doubted fields as pointed; several entries where the model sees several in its lines."""
    own = [entry for entry in entries if _KINDS.get(entry.kind) == doubt.list]
    if not own:
        return [reading]
    if len(own) == 1:
        return [_pointed_at(reading, own[0], doubt, today)]
    empty = Experience() if doubt.list == "experience" else Education()
    anew = [_pointed_at(_Reading(empty, {}), entry, doubt, today, tell=True) for entry in own]
    told = [reading for reading in anew if any(getattr(reading.value, field) for field in _FIELDS[doubt.list][:2])]
    return told if len(told) > 1 else [reading]


def _pointed_at(reading: _Reading, entry: Pointed, doubt: Doubt, today: Month, *, tell: bool = False) -> _Reading:
    """The entry with what it is pointed at, where the rules are not sure. `tell`: the lines that name nothing tell the story."""
    found = _names(reading, entry, doubt) | _dates(reading, entry, doubt)
    changes: dict[str, Any] = {name: value for name, (value, _) in found.items()}
    places = reading.places | {name: _weighed(reading, name, value, place) for name, (value, place) in found.items()}
    if tell and doubt.list == "experience":
        facts = {entry.title, entry.organisation, entry.dates}
        numbers = range(entry.first, entry.last + 1)
        changes["description"] = " ".join(doubt.lines[number - 1].text for number in numbers if number not in facts)
    value = reading.value
    if isinstance(value, Experience):
        value = replace(value, **changes)
        if "end_date" in changes:
            value = replace(value, years=years_of(value.start_date, value.end_date, today), duration="")
    else:
        value = replace(value, **changes)
        if "end_date" in changes:
            value = replace(value, year=value.end_date[:4] if value.end_date[:4].isdigit() else "")
    return _Reading(value, {name: place for name, place in places.items() if getattr(value, name)})


def _weighed(reading: _Reading, name: str, value: object, place: Provenance) -> Provenance:
    """The place of a value, as sure as one can be of it.

    Where rules and model agree, it is what the rules found, with their calibrated confidence: how much a second voice adds nobody measured.
    Where they don't, the value is right with no more than what the rules leave for others.
    """
    rules = reading.places.get(name)
    if rules is None or not getattr(reading.value, name):
        return replace(place, confidence=_UNMEASURED)
    if value == getattr(reading.value, name):
        return rules
    return replace(place, confidence=min(_UNMEASURED, 1 - rules.confidence))


def _names(reading: _Reading, entry: Pointed, doubt: Doubt) -> _Found:
    """Title and organisation together: who doubts one doubts the other, because they are mistaken for each other."""
    title, organisation, _ = _FIELDS[doubt.list]
    found: _Found = {}
    if not (_is_doubted(reading, title) or _is_doubted(reading, organisation)):
        return found
    if entry.title is not None:
        line = doubt.lines[entry.title - 1]
        found |= {name: (value, line) for name, value in _titles(doubt.list, _without_dates(line.text)).items()}
    if entry.organisation is not None:
        line = doubt.lines[entry.organisation - 1]
        if name := _without_dates(line.text):
            found[organisation] = name, line
    # One line for both can't tell where one ends and the other begins.
    one, other = (found[name][0] if name in found else getattr(reading.value, name) for name in (title, organisation))
    return {} if one == other or entry.title == entry.organisation else found


def _dates(reading: _Reading, entry: Pointed, doubt: Doubt) -> _Found:
    if entry.dates is None or not _is_doubted(reading, _FIELDS[doubt.list][2]):
        return {}
    line = doubt.lines[entry.dates - 1]
    periods = find_periods(line.text)
    return {"start_date": (periods[0].start_text, line), "end_date": (periods[0].end_text, line)} if periods else {}


def _is_doubted(reading: _Reading, name: str) -> bool:
    return not getattr(reading.value, name) or not _is_sure(reading.places.get(name))


def _titles(list_: str, text: str) -> dict[str, Any]:
    if list_ == "experience" or not text:
        return {"title": text} if text else {}
    degree, subject, level = split_degree(text)
    found = {"degree": degree or text, "level": level}
    return found | ({"field": subject} if subject else {})


def _without_dates(text: str) -> str:
    for period in reversed(find_periods(text)):
        text = f"{text[: max(period.begin, 0)]} {text[period.finish :]}"
    return tidy(text).strip(" ,;|–—-·•()")


def _places(provenance: Mapping[str, Provenance], prefix: str) -> dict[str, Provenance]:
    return {pointer.removeprefix(prefix): place for pointer, place in provenance.items() if pointer.startswith(prefix)}


def _list_of(pointer: str) -> str:
    return pointer.split("/")[1]
