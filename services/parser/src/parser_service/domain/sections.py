"""Divides a document into sections: headings are told by their words, their looks and their place."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from parser_service.domain.columns import Flow
from parser_service.domain.contents import kind_of_contents
from parser_service.domain.folding import tidy
from parser_service.domain.headings import Kind, heading_kind, is_label
from parser_service.domain.layout import Cell, Line, cut
from parser_service.domain.tongues import find_languages

_MAX_HEADING_WORDS = 6
_LABELLED_KINDS = frozenset({Kind.LANGUAGES, Kind.CERTIFICATIONS, Kind.AWARDS, Kind.PUBLICATIONS})
_BLOCK_SPACE = 1.0  # widest space between lines of one block, in type sizes
_INSIDE_SPACE = 0.5  # widest space between lines beside which a heading stands
_NUMBER = re.compile(r"^(?:\d{1,2}|[IVX]{1,4}|[A-Z])[.)]?$|^\W+$")  # before a heading: `01`, `II.`, an icon


@dataclass(frozen=True, slots=True)
class Section:
    """Lines under one heading. The lines before the first heading are PERSONAL, with no title."""

    kind: Kind
    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class _Heading:
    line: int
    cell: int
    kind: Kind
    span: int = 1  # lines that the heading's words take up


def find_sections(flows: Sequence[Flow], body_size: float) -> list[Section]:
    """The sections of a document in reading order; every line belongs to one."""
    candidates = [_candidates(flow.lines) for flow in flows]
    looks = _heading_looks([flow.lines for flow in flows], candidates)
    sections: list[Section] = []
    last_of: list[Section | None] = []
    for flow, found in zip(flows, candidates, strict=True):
        headings = [h for h in found if _stands_out(flow.lines, h, looks, body_size)]
        headings = [h for h in headings if not _labels_group(flow.lines, h, headings)]
        headings += _unnamed(flow.lines, headings, looks)
        divided = _divide(flow.lines, sorted(headings, key=lambda h: h.line))
        before = last_of[flow.after] if flow.after is not None else None
        if divided and before and not divided[0].title and before.title:
            # Lines without a heading go on with the section that was open where the flow began.
            place = sections.index(before)
            sections[place] = replace(before, lines=before.lines + divided[0].lines)
            last_of = [sections[place] if section is before else section for section in last_of]
            divided = divided[1:]
            before = sections[place]
        sections += [part for section in divided for part in _labelled_rows(section)]
        last_of.append(sections[-1] if divided else before)
    return _told_by_contents(sections)


def _told_by_contents(sections: list[Section]) -> list[Section]:
    """Sections under headings of unknown words, of the kinds that their contents tell and no known heading has opened."""
    kinds = {section.kind for section in sections}
    told: list[Section] = []
    for section in sections:
        unknown = section.kind is Kind.OTHER and heading_kind(section.title) is None
        kind = kind_of_contents(section.lines) if unknown else None
        if kind and (kind in (Kind.EXPERIENCE, Kind.EDUCATION) or kind not in kinds):
            section = replace(section, kind=kind)
            kinds.add(kind)
        told.append(section)
    return told


def _labelled_rows(section: Section) -> list[Section]:
    """Rows such as `Languages: English, Spanish` among the skills are sections of their own."""
    if section.kind not in (Kind.SKILLS, Kind.OTHER):
        return [section]
    rest: list[Line] = []
    told: list[Section] = []
    inside = False
    for line in section.lines:
        label, value = _label_and_value(line)
        kind = heading_kind(label)
        if kind is Kind.LANGUAGES and value and not find_languages(value.text):
            kind = None  # of machines
        if value and kind in _LABELLED_KINDS:
            told.append(Section(kind, label, (value,)))
            inside = True
        elif inside and not label and not line.bullet and line.gap < _BLOCK_SPACE * line.style.size:
            told[-1] = replace(told[-1], lines=(*told[-1].lines, line))
        else:
            rest.append(line)
            inside = False
    return [replace(section, lines=tuple(rest)), *told]


def _label_and_value(line: Line) -> tuple[str, Line | None]:
    first = line.cells[0]
    if len(line.cells) > 1:
        return first.text.strip(" :"), replace(line, cells=line.cells[1:])
    label, colon, value = first.text.partition(":")
    if not colon or not value.strip():
        return "", None
    text = "".join(span.text for span in first.spans)
    return label, replace(line, cells=(replace(first, spans=cut(first.spans, text.index(":") + 1)),))


def _candidates(flow: Sequence[Line]) -> list[_Heading]:
    found: list[_Heading] = []
    skip = -1
    for index, line in enumerate(flow):
        if index <= skip:
            continue
        for position, cell in enumerate(line.cells[:2]):
            if position and not _NUMBER.match(line.cells[0].text) and not _starts_column(flow, index, cell):
                continue
            if cell.bullet:
                continue
            below = _continued(flow, index, cell)
            joined = heading_kind(f"{cell.text} {below.text}") if below else None
            alone = len(line.cells) + len(flow[index + 1].cells) < 3 if joined else False
            if joined and not (alone and below and heading_kind(cell.text) and heading_kind(below.text)):
                found.append(_Heading(index, position, joined, span=2))
                skip = index + 1
                break
            if kind := heading_kind(cell.text):
                found.append(_Heading(index, position, kind))
                break
    return found


def _continued(flow: Sequence[Line], index: int, cell: Cell) -> Cell | None:
    """The cell right below that goes on in the same look, when a heading is broken over two lines."""
    if index + 1 >= len(flow):
        return None
    for other in flow[index + 1].cells[:1]:
        near = other.box.y0 - cell.box.y1 < cell.style.size * 0.6
        if (
            near
            and other.look == cell.look
            and not other.bullet
            and min(cell.box.x1, other.box.x1) > max(cell.box.x0, other.box.x0)
        ):
            return other
    return None


def _starts_column(flow: Sequence[Line], index: int, cell: Cell) -> bool:
    """A heading in the second cell heads a column of its own, with lines below it at the same left edge."""
    below = [
        line for line in flow[index + 1 : index + 4] if any(abs(c.box.x0 - cell.box.x0) < 3 for c in line.cells[1:])
    ]
    return len(below) >= 1 and heading_kind(flow[index].cells[0].text) is not None


def _heading_looks(
    flows: Sequence[Sequence[Line]], candidates: Sequence[Sequence[_Heading]]
) -> Counter[tuple[object, ...]]:
    """How many different sections are headed in each look."""
    kinds: dict[tuple[object, ...], set[Kind]] = {}
    for flow, found in zip(flows, candidates, strict=True):
        for heading in found:
            cell = flow[heading.line].cells[heading.cell]
            kinds.setdefault(_coarse(cell), set()).add(heading.kind)
    return Counter({look: len(names) for look, names in kinds.items()})


def _coarse(cell: Cell) -> tuple[object, ...]:
    return (round(cell.style.size), cell.style.bold, cell.capitals, cell.heading)


def _stands_out(flow: Sequence[Line], heading: _Heading, looks: Counter[tuple[object, ...]], body_size: float) -> bool:
    line = flow[heading.line]
    cell = line.cells[heading.cell]
    alone = len(line.cells) == 1
    look = _coarse(cell)
    top = max(looks.values(), default=1)
    strong = cell.heading or cell.style.size >= body_size * 1.15 or (cell.capitals and len(cell.text) > 3)
    if is_label(cell.text) and looks[look] < 3:
        return False
    if looks[look] >= max(2, top * 0.5):
        return alone or heading.cell > 0 or strong or cell.style.bold or looks[look] >= 3
    if strong or (cell.style.bold and alone):
        # A single odd one out, next to headings of another look, is more likely a group inside a section.
        best = max(looks, key=lambda other: looks[other])
        return top < 3 or cell.style.size >= float(str(best[0])) - 1 or cell.capitals
    return alone and top <= 1 and line.gap > 0.8 * cell.style.size


def _labels_group(flow: Sequence[Line], heading: _Heading, headings: Sequence[_Heading]) -> bool:
    """Right below a larger heading, the words of a heading label the first group of its section."""
    cell = flow[heading.line].cells[heading.cell]
    above = next((h for h in headings if h.line + h.span == heading.line), None)
    return above is not None and flow[above.line].cells[above.cell].style.size > cell.style.size + 0.9


def _unnamed(flow: Sequence[Line], headings: Sequence[_Heading], looks: Counter[tuple[object, ...]]) -> list[_Heading]:
    """Lines that look exactly like the known headings but say something else open a section that is not read."""
    if len(headings) < 2:
        return []
    known = [flow[h.line].cells[h.cell] for h in headings]
    exact = Counter(cell.look for cell in known)
    look, count = exact.most_common(1)[0]
    used = {h.line for h in headings}
    first = min(used)
    if count < 2 or sum(1 for line in flow for cell in line.cells if cell.look == look) > 2.5 * count + 2:
        return []
    edges = [cell.box.x0 for cell in known if cell.look == look]
    centres = [(cell.box.x0 + cell.box.x1) / 2 for cell in known if cell.look == look]
    found: list[_Heading] = []
    for index, line in enumerate(flow):
        cell = line.cells[0]
        placed = abs(cell.box.x0 - median(edges)) < 3 or abs((cell.box.x0 + cell.box.x1) / 2 - median(centres)) < 3
        if index > first and index not in used and cell.look == look and placed and len(line.cells) == 1:
            words = tidy(cell.text).split()
            if 0 < len(words) <= _MAX_HEADING_WORDS and not cell.bullet and line.gap > 0.4 * cell.style.size:
                found.append(_Heading(index, 0, Kind.OTHER))
    return found


def _divide(flow: Sequence[Line], headings: Sequence[_Heading]) -> list[Section]:
    sections: list[Section] = []
    heads = _lifted(flow, headings)
    starts = [start for start, _ in heads]
    first = starts[0] if starts else len(flow)
    if first:
        sections.append(Section(Kind.PERSONAL, "", tuple(flow[:first])))
    for position, (start, heading) in enumerate(heads):
        end = starts[position + 1] if position + 1 < len(starts) else len(flow)
        lines: list[Line] = []
        for index in range(start, end):
            line = flow[index]
            inside = heading.line <= index < heading.line + heading.span
            # The number or icon before a heading goes with it.
            cells = tuple(
                cell
                for place, cell in enumerate(line.cells)
                if not inside or place > heading.cell or (place < heading.cell and not _NUMBER.match(cell.text))
            )
            if cells:
                lines.append(replace(line, cells=cells))
        title = flow[heading.line].cells[heading.cell].text
        sections.append(Section(heading.kind, title, tuple(lines)))
    return sections


def _lifted(flow: Sequence[Line], headings: Sequence[_Heading]) -> list[tuple[int, _Heading]]:
    """Where each section starts: a heading centred beside its block begins the block, not the line that it stands on."""
    starts: list[tuple[int, _Heading]] = []
    floor = 0
    for number, heading in enumerate(headings):
        ceiling = headings[number + 1].line if number + 1 < len(headings) else len(flow)
        starts.append((_block_start(flow, heading, floor, ceiling), heading))
        floor = heading.line + heading.span
    return starts


def _block_start(flow: Sequence[Line], heading: _Heading, floor: int, ceiling: int) -> int:
    line = flow[heading.line]
    cell = line.cells[heading.cell]
    box = cell.box
    for below in flow[heading.line + 1 : heading.line + heading.span]:
        box = box.union(below.cells[0].box)
    beside = [c for other in flow[heading.line : heading.line + 2] for c in other.cells if c.box.x0 > box.x1]
    if not beside or len(flow[heading.line - 1].cells) == 0:
        return heading.line
    edge = min(c.box.x0 for c in beside) - 3

    def in_block(index: int) -> bool:
        cells = [c for c in flow[index].cells if not (c is cell or (index > heading.line and c.look == cell.look))]
        return flow[index].page == line.page and bool(cells) and all(c.box.x0 >= edge for c in cells)

    space = _BLOCK_SPACE * cell.style.size
    following = heading.line + heading.span
    between = len(line.cells) == 1 and not (following < len(flow) and in_block(following))
    if between or line.gap > _INSIDE_SPACE * cell.style.size:
        return heading.line
    start = heading.line
    while start > floor and flow[start].gap <= space and in_block(start - 1):
        start -= 1
    end = heading.line
    while end + 1 < ceiling and flow[end + 1].gap <= space and in_block(end + 1):
        end += 1
    middle = (flow[start].box.y0 + flow[end].box.y1) / 2
    return start if abs(middle - box.middle) < box.height else heading.line
