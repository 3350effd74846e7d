"""Marks what has to go from a page: in the words of its lines, and where the reader found it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from parser_service.domain.folding import fold
from parser_service.domain.identity import Identity, Range, merged
from parser_service.domain.layout import Box
from parser_service.domain.particulars import LABEL_ALONE
from parser_service.domain.redaction import YEAR, RedactionOptions

_ALWAYS = ("/personal/name", "/personal/email", "/personal/phone", "/personal/location")


@dataclass(frozen=True, slots=True)
class TextLine:
    """Words that stand side by side."""

    text: str
    box: Box


@dataclass(frozen=True, slots=True)
class Places:
    """Where on one page the reader found what has to go. For formats without pages all are empty."""

    certain: tuple[Box, ...]  # holds a name or contact data: when no words tell which, all of it goes
    contact: tuple[Box, ...]
    schooling: tuple[Box, ...]  # years here are years of education


def places_on(page: int, provenance: Mapping[str, Any], options: RedactionOptions) -> Places:
    """The places that the provenance of a resume tells for a page."""
    boxes = {
        pointer: Box(*found["box"])
        for pointer, found in provenance.items()
        if found.get("page") == page and len(found.get("box", ())) == 4
    }
    return Places(
        certain=tuple(box for pointer, box in boxes.items() if pointer in _ALWAYS),
        contact=tuple(box for pointer, box in boxes.items() if pointer.startswith("/personal/")),
        schooling=tuple(box for pointer, box in boxes.items() if options.schools and pointer.startswith("/education/")),
    )


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
        if any(_stands_in(line.box, box) for box in places.contact):
            marks[number] += identity.find(line.text, contact=True)
        if any(_stands_in(line.box, box) for box in places.schooling):
            marks[number] += [match.span() for match in YEAR.finditer(line.text)]
        if LABEL_ALONE.fullmatch(fold(line.text)):
            marks[number].append((0, len(line.text)))
            if (value := _labelled(lines, line)) is not None:
                marks[value].append((0, len(lines[value].text)))
    for box in places.certain:
        inside = [number for number, line in enumerate(lines) if _stands_in(line.box, box)]
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


def _stands_in(line: Box, box: Box) -> bool:
    return box.y0 - 1 <= line.middle <= box.y1 + 1 and line.x0 < box.x1 and line.x1 > box.x0
