"""Marks what has to go from a page: in the words of its lines, and where the reader found it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from parser_service.domain.columns import reading_order
from parser_service.domain.folding import fold
from parser_service.domain.headings import Kind
from parser_service.domain.identity import Identity, Range, merged
from parser_service.domain.layout import Box, Document, Page
from parser_service.domain.particulars import LABEL_ALONE
from parser_service.domain.redaction import YEAR, JsonObject, RedactionOptions
from parser_service.domain.sections import find_sections

_ALWAYS = ("/personal/name", "/personal/email", "/personal/phone", "/personal/location")


@dataclass(frozen=True, slots=True)
class TextLine:
    """Words that stand side by side."""

    text: str
    box: Box


@dataclass(frozen=True, slots=True)
class Spot:
    """A place that the reader told: a box, or for formats without pages the text that was read there."""

    box: Box | None
    text: str

    def holds(self, line: TextLine) -> bool:
        """Whether the line stands here."""
        if self.box is None:
            return line.text in self.text
        return (
            self.box.y0 - 1 <= line.box.middle <= self.box.y1 + 1
            and line.box.x0 < self.box.x1
            and line.box.x1 > self.box.x0
        )


@dataclass(frozen=True, slots=True)
class Places:
    """Where on one page the reader found what has to go."""

    certain: tuple[Spot, ...]  # holds a name or contact data: when no words tell which, all of it goes
    contact: tuple[Spot, ...]
    schooling: tuple[Spot, ...]  # years here are years of education
    head: tuple[Spot, ...] = ()  # goes as a whole


def places_on(page: Page, layout: Document, resume: JsonObject, options: RedactionOptions) -> Places:
    """The places on a page. When no name is known, one of the lines before the first heading may be it: all of them go."""
    number = page.number if layout.paged else 0
    spots = {
        pointer: Spot(Box(*found["box"]) if found.get("box") else None, found.get("text", ""))
        for pointer, found in resume.get("provenance", {}).items()
        if found.get("page", 0) == number
    }
    return Places(
        certain=tuple(spot for pointer, spot in spots.items() if pointer in _ALWAYS),
        contact=tuple(spot for pointer, spot in spots.items() if pointer.startswith("/personal/")),
        head=() if resume.get("personal", {}).get("name") else tuple(_head(layout, page.number)),
        schooling=tuple(
            spot for pointer, spot in spots.items() if options.schools and pointer.startswith("/education/")
        ),
    )


def _head(layout: Document, page: int) -> Iterator[Spot]:
    for section in find_sections(reading_order(layout), layout.body_size):
        if section.kind is Kind.PERSONAL and not section.title:
            yield from (Spot(line.box, line.text) for line in section.lines if line.page == page)


def mark(lines: Sequence[TextLine], identity: Identity, places: Places) -> list[list[Range]]:
    """For each line, the ranges of its characters that have to go. Values may run over several lines."""
    marks: list[list[Range]] = [[] for _ in lines]
    offset = 0
    starts: list[int] = []
    for line in lines:
        starts.append(offset)
        offset += len(line.text) + 1
    for start, end in identity.find("\n".join(line.text for line in lines)):
        for number, line in enumerate(lines):
            low, high = max(start - starts[number], 0), min(end - starts[number], len(line.text))
            if low < high:
                marks[number].append((low, high))
    for number, line in enumerate(lines):
        if any(spot.holds(line) for spot in places.contact):
            marks[number] += identity.find(line.text, contact=True)
        if any(spot.holds(line) for spot in places.schooling):
            marks[number] += [match.span() for match in YEAR.finditer(line.text)]
        if any(spot.holds(line) for spot in places.head):
            marks[number].append((0, len(line.text)))
        if LABEL_ALONE.fullmatch(fold(line.text)):
            marks[number].append((0, len(line.text)))
            if (value := _labelled(lines, line)) is not None:
                marks[value].append((0, len(lines[value].text)))
    for spot in places.certain:
        inside = [number for number, line in enumerate(lines) if spot.holds(line)]
        if not any(marks[number] for number in inside):
            for number in inside:
                marks[number].append((0, len(lines[number].text)))
    return [merged(line.text, found) for line, found in zip(lines, marks, strict=True)]


def _labelled(lines: Sequence[TextLine], label: TextLine) -> int | None:
    """The line with the value of a label that has a line of its own: to its right, or else below."""
    box = label.box
    beside = [
        (line.box.x0, number)
        for number, line in enumerate(lines)
        if line.box.x0 >= box.x1 - 1 and box.y0 < line.box.middle < box.y1
    ]
    below = [
        (line.box.y0, number)
        for number, line in enumerate(lines)
        if box.y1 - 1 <= line.box.y0 < box.y1 + 1.5 * box.height and line.box.x0 < box.x1 and line.box.x1 > box.x0
    ]
    return min(beside or below, default=(0.0, None))[1]
