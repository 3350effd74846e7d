"""Divides a section into entries: one job, one degree, one project each.

Entries of a section share a template. The first one shows it: how many lines stand above its dates, and how its first
line looks. The others are found by that, whatever order title, employer, place and dates come in.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise, zip_longest

from parser_service.domain.dates import Period, find_periods, goes_on_below, is_date_only
from parser_service.domain.folding import tidy
from parser_service.domain.headings import is_label
from parser_service.domain.layout import Cell, Line
from parser_service.domain.places import place_score

_SENTENCE_WORDS = 4
_PROSE_WORDS = 9
_MOST_TOLD = 2  # lines about an employer above its first role
_MAX_HEADER_BELOW = 4  # lines under the dates that may still be header


_REMARK = re.compile(r"^\((?:[^()\s]+\s+){2,}[^()\s]+\)\.?$")  # `(Supermarket chain with 61 stores.)`


@dataclass(frozen=True, slots=True)
class Entry:
    """Header lines, which hold the facts, and body lines, which tell the story. The period may be missing."""

    header: tuple[Line, ...]
    body: tuple[Line, ...]
    period: Period | None = None
    period_line: Line | None = None
    nested: bool = False  # lacks lines of its template: another role at the employer above


@dataclass(slots=True)
class _Shape:
    """What the lines of a section are."""

    lines: Sequence[Line]
    body: list[bool] = field(default_factory=list)
    anchor: list[bool] = field(default_factory=list)


def split_entries(lines: Sequence[Line], *, wrapped: bool) -> list[Entry]:
    """The entries of a section, in its order."""
    lines = column_by_column([line for line in lines if line.text], dated=True)
    lines = _joined_dates(_told_apart(_whole_dates(lines)))
    if not lines:
        return []
    shape = _classify(lines, wrapped=wrapped)
    lines = _described_below(shape)
    if lines != list(shape.lines):
        shape = _classify(lines, wrapped=wrapped)
    starts = _starts_by_dates(shape) if any(shape.anchor) else _starts_by_look(shape)
    entries: list[Entry] = []
    above = _lines_above(*starts[0])
    for position, (start, anchor) in enumerate(starts):
        end = starts[position + 1][0] if position + 1 < len(starts) else len(lines)
        nested = position > 0 and _lines_above(start, anchor) < above
        entries.append(replace(_entry(shape, start, end, anchor), nested=nested))
    return entries


def _described_below(shape: _Shape) -> list[Line]:
    """The lines with what is told about an employer, between its name and the first role there, put below that role."""
    lines = list(shape.lines)
    fresh = True  # whether what stands here belongs to no entry that has its dates
    opened: int | None = None
    told: list[int] = []
    for index, line in enumerate(shape.lines):
        if shape.anchor[index]:
            role = told and told[-1] == index - 1 and not is_date_only(line.text)
            if opened is not None and role and len(told) <= _MOST_TOLD:
                moved = [lines[at] for at in told]
                lines[told[0] : index + 1] = [*lines[told[-1] + 1 : index + 1], *moved]
            fresh, opened, told = False, None, []
        elif shape.body[index]:
            if opened is not None and not line.bullet and told in ([], [*range(opened + 1, index)]):
                told.append(index)
            else:
                fresh, opened, told = True, None, []
        elif fresh:
            opened = index if opened is None or not told else opened
    return lines


def _lines_above(start: int, anchor: int | None) -> int:
    """Header lines above the line with the dates."""
    return 0 if anchor is None else anchor - start


def column_by_column(lines: Sequence[Line], *, dated: bool) -> list[Line]:
    """Entries that stand beside each other put one below the other: rows of cells that look the same at the same edges.

    With `dated` only rows of which one holds a date in every cell.
    """
    ordered: list[Line] = []
    index = 0
    while index < len(lines):
        run = index
        while run < len(lines) and _same_grid(lines[index], lines[run]):
            run += 1
        rows = lines[index:run]
        if len(rows) > 1 and (
            not dated or any(all(find_periods(c.text) for c in row.cells) for row in rows if len(row.cells) > 1)
        ):
            for column, first in enumerate(rows[0].cells):
                right = rows[0].cells[column + 1].box.x0 - 6 if column + 1 < len(rows[0].cells) else rows[0].right
                for row in rows:
                    cells = tuple(cell for cell in row.cells if abs(cell.box.x0 - first.box.x0) < 6)
                    if cells:
                        ordered.append(replace(row, cells=cells, right=right))
            index = run
        else:
            ordered.append(lines[index])
            index += 1
    return ordered


def _same_grid(first: Line, line: Line) -> bool:
    if (
        len(first.cells) < 2
        or len({cell.look for cell in first.cells}) > 1
        or len({cell.look for cell in line.cells}) > 1
    ):
        return False
    edges = [cell.box.x0 for cell in first.cells]
    fitting = [any(abs(cell.box.x0 - edge) < 6 for edge in edges) for cell in line.cells]
    return all(fitting) and line.page == first.page and (len(line.cells) > 1 or line.gap < 0.9 * line.style.size)


def _told_apart(lines: list[Line]) -> list[Line]:
    """Dates beside a sentence of the body stand on a line of their own."""
    told: list[Line] = []
    for line in lines:
        facts = tuple(cell for cell in line.cells if is_date_only(cell.text) or place_score(cell.text) >= 0.8)
        story = tuple(cell for cell in line.cells if cell not in facts)
        if facts and story and all(_is_sentence(cell.text) for cell in story) and find_periods(facts[0].text):
            told += [replace(line, cells=facts), replace(line, cells=story, gap=0.0)]
        else:
            told.append(line)
    return told


def _whole_dates(lines: Sequence[Line]) -> list[Line]:
    """A date or period that a narrow column broke over lines, made whole on the first of them."""
    whole = list(lines)
    for index in range(len(whole) - 1):
        for cell in whole[index].cells:
            joined = cell
            for below in range(index + 1, min(index + 4, len(whole))):
                rest = next((c for c in whole[below].cells if _right_below(joined, c)), None)
                if rest is None or not goes_on_below(joined.text, rest.text):
                    break
                text = (replace(joined.spans[0], text=f"{joined.text} {rest.text}"),)
                joined = replace(joined, box=joined.box.union(rest.box), spans=text)
                whole[below] = replace(whole[below], cells=tuple(c for c in whole[below].cells if c is not rest))
            if joined is not cell:
                cells = tuple(joined if c is cell else c for c in whole[index].cells)
                whole[index] = replace(whole[index], cells=cells)
    return [line for line in whole if line.cells]


def _right_below(upper: Cell, lower: Cell) -> bool:
    near = -upper.style.size < lower.box.y0 - upper.box.y1 < upper.style.size
    return near and (abs(lower.box.x0 - upper.box.x0) < 4 or abs(lower.box.x1 - upper.box.x1) < 4)


def _joined_dates(lines: Sequence[Line]) -> list[Line]:
    """Two dates, one above the other beside the rest of an entry, are the ends of one period."""
    joined: list[Line] = []
    taken: Cell | None = None
    for line, below in zip_longest(lines, lines[1:]):
        cells = [cell for cell in line.cells if cell is not taken]
        pair = _date_pair(cells, below) if below else None
        taken = pair[1] if pair else None
        if pair:
            upper, lower = pair
            ends = sorted(find_periods(cell.text)[0].end_text for cell in pair)
            spans = (replace(upper.spans[0], text=" – ".join(ends)),)
            cells[cells.index(upper)] = replace(upper, box=upper.box.union(lower.box), spans=spans)
        if cells:
            joined.append(replace(line, cells=tuple(cells)))
    return joined


def _date_pair(cells: Sequence[Cell], below: Line) -> tuple[Cell, Cell] | None:
    for upper in cells:
        others = [cell.opening for cell in cells if cell is not upper]
        for lower in below.cells:
            near = abs(lower.box.x0 - upper.box.x0) < 6 or abs(lower.box.x1 - upper.box.x1) < 6
            beside = [cell.opening for cell in below.cells if cell is not lower]
            if not near or not _one_date(upper.text) or not _one_date(lower.text) or not (others or beside):
                continue
            # Rows that look alike are two entries, each with a date of its own, unless one text goes on in both.
            if others != beside or goes_on(cells[-1], below.cells[-1], below):
                return upper, lower
    return None


def goes_on(last: Cell, first: Cell, line: Line, *, space: float = 0.35) -> bool:
    """Whether a text broken at the margin goes on: its next word would not have fitted on the line above.

    `space` is the widest gap between its lines, in type sizes.
    """
    return line.gap < space * first.style.size and line.right - last.box.x1 < first.first_word_width + 4


def _one_date(text: str) -> bool:
    periods = find_periods(text)
    return is_date_only(text) and len(periods) == 1 and not periods[0].is_range and periods[0].end is not None


def _classify(lines: Sequence[Line], *, wrapped: bool) -> _Shape:
    shape = _Shape(lines)
    header_looks = _looks_of_headers(lines)
    for index, line in enumerate(lines):
        previous = lines[index - 1] if index else None
        heads = line.cells[0].opening in header_looks
        anchor = _is_anchor(line) and (not line.bullet or heads or is_date_only(line.text))
        if anchor and previous and shape.body[index - 1] and _tells_on(previous, line):
            anchor = False
        body = not anchor and _is_body(line, previous, bool(index) and shape.body[index - 1], heads, wrapped)
        shape.anchor.append(anchor)
        shape.body.append(body)
    ranges = [any(p.is_range for p in find_periods(line.text)) for line in lines]
    if any(r and a for r, a in zip(ranges, shape.anchor, strict=True)):
        _drop_loose_dates(shape, ranges)
    return shape


def _looks_of_headers(lines: Sequence[Line]) -> set[object]:
    """How list items look that head entries: most have dates, or those with dates look like no other."""
    if not lines[0].bullet:
        return set()
    bullets = [line for line in lines if line.bullet]
    dated = [line for line in bullets if _is_anchor(line)]
    if len(dated) >= 0.6 * len(bullets):
        return {line.cells[0].opening for line in bullets}
    own: set[object] = {line.cells[0].opening for line in dated}
    return own if own.isdisjoint(line.cells[0].opening for line in bullets if line not in dated) else set()


def _tells_on(previous: Line, line: Line) -> bool:
    """Whether a line with a date in it only goes on with the text above: `... since the spring of / 2018. It ...`."""
    first, last = line.cells[0], previous.cells[-1]
    return (
        len(line.cells) == 1
        and not line.bullet
        and not is_date_only(line.text)
        and not any(period.is_range for period in find_periods(line.text))
        and first.look[:4] == last.look[:4]
        and line.gap < 0.5 * first.style.size
        and not last.text.rstrip().endswith((".", "!", ":"))
        and line.right - last.box.x1 < first.first_word_width + 4
    )


def _drop_loose_dates(shape: _Shape, ranges: list[bool]) -> None:
    """Beside periods, a single date counts only where it stands alone, or leads or ends its cell."""
    for index, line in enumerate(shape.lines):
        if shape.anchor[index] and not ranges[index]:
            periods = find_periods(line.text)
            at_edge = periods[0].begin <= 1 or periods[-1].finish >= len(line.text) - 1
            near = any(
                shape.anchor[k] and ranges[k] and shape.lines[k].cells[0].opening != line.cells[0].opening
                for k in range(max(0, index - 2), min(len(shape.lines), index + 3))
            )
            if not at_edge or (near and not any(is_date_only(cell.text) for cell in line.cells)):
                shape.anchor[index] = False


def _is_anchor(line: Line) -> bool:
    periods = find_periods(line.text)
    if not periods:
        return False
    if any(is_date_only(cell.text) for cell in line.cells):
        return True
    rest = line.text[: periods[0].begin] + line.text[periods[-1].finish :]
    if _is_sentence(line.text):
        return False
    return len(rest.split()) <= (14 if periods[0].is_range else 9)


def _is_sentence(text: str) -> bool:
    words = text.split()
    if len(words) < _SENTENCE_WORDS:
        return False
    lower = sum(word[0].islower() for word in words if word[0].isalpha())
    letters = sum(word[0].isalpha() for word in words) or 1
    return (text.rstrip().endswith((".", ";", "!")) and lower >= 0.4 * letters) or (
        len(words) >= _PROSE_WORDS and lower >= 0.6 * letters
    )


def _is_body(line: Line, previous: Line | None, after_body: bool, heads: bool, wrapped: bool) -> bool:
    if line.bullet and not heads:
        return place_score(line.text) < 0.9 or after_body
    if is_label(line.text.strip(" :")) or _is_sentence(line.text) or _REMARK.match(line.text):
        return True
    if not previous or not after_body:
        return False
    first = line.cells[0]
    if first.text[:1].islower():
        return True
    last = previous.cells[-1]
    same_look = first.look[:4] == last.look[:4]
    if not same_look or not wrapped or first.box.x0 < previous.cells[0].box.x0 - 3:
        return False
    near = line.gap < 0.9 * first.style.size
    would_fit = line.right - last.box.x1 > first.first_word_width + 4
    return near and not would_fit and not previous.text.rstrip().endswith(".")


def _starts_by_dates(shape: _Shape) -> list[tuple[int, int | None]]:
    anchors = [index for index, anchor in enumerate(shape.anchor) if anchor]
    first = anchors[0]
    lead = first
    # Sentences above the first dates introduce the section.
    start = next((k + 1 for k in range(first - 1, -1, -1) if shape.body[k]), 0)
    above = lead - start
    look = shape.lines[start].cells[0].opening
    edge = shape.lines[start].cells[0].box.x0
    starts: list[tuple[int, int | None]] = [(start, first)]
    for previous, anchor in pairwise(anchors):
        floor = next((k + 1 for k in range(anchor - 1, previous, -1) if shape.body[k]), previous + 1)
        openers = [k for k in range(floor, anchor) if _opens(shape.lines[k], look, edge)]
        openers = [k for k in openers if abs(shape.lines[k].cells[0].box.x0 - edge) < 4] or openers
        alone = is_date_only(shape.lines[anchor].text) and not is_date_only(shape.lines[first].text)
        if not above and alone and floor < anchor:
            # Dates below a text of their own, unlike the first entry's: a role at an employer whose line has dates, too.
            starts.append((anchor - 1, anchor))
            continue
        if not above and _opens(shape.lines[anchor], look, edge):
            openers = [anchor]
        found = min(openers, key=lambda k: (abs(anchor - k - above), k)) if openers else max(floor, anchor - above)
        if anchor - found > above + 2:
            found = max(floor, anchor - above)
        while found > floor and _same_text(shape.lines[found], shape.lines[found - 1]):
            found -= 1
        if found <= starts[-1][0]:
            continue
        if _same_header(shape, previous, anchor, found):
            continue
        starts.append((found, anchor))
    return starts


def _opens(line: Line, look: object, edge: float) -> bool:
    cell = line.cells[0]
    return cell.opening == look and not cell.bullet and (abs(cell.box.x0 - edge) < 4 or cell.box.x0 > edge + 40)


def _same_text(line: Line, above: Line) -> bool:
    """Whether a header text broken over two lines goes on here."""
    one, other = above.cells[0], line.cells[0]
    return (
        one.look == other.look
        and line.gap < 0.5 * other.style.size
        and len(above.cells) == 1
        and abs(one.box.x0 - other.box.x0) < 3
        and (above.right - one.box.x1 < 0.25 * (above.right - one.box.x0))
    )


def _same_header(shape: _Shape, previous: int, anchor: int, found: int) -> bool:
    """A second date right below the first one (`Graduated 2015` under `2011 - 2015`) opens no new entry."""
    return (
        anchor == previous + 1
        and found == anchor
        and not any(p.is_range for p in find_periods(shape.lines[anchor].text))
        and not is_date_only(shape.lines[anchor].text)
        and any(p.is_range for p in find_periods(shape.lines[previous].text))
        and shape.lines[anchor].cells[0].opening != shape.lines[previous].cells[0].opening
    )


def _starts_by_look(shape: _Shape) -> list[tuple[int, int | None]]:
    """Without dates, an entry starts where the look of the first line comes back."""
    start = next((k for k, body in enumerate(shape.body) if not body), 0)
    opener = shape.lines[start].cells[0]
    starts: list[tuple[int, int | None]] = []
    for index in range(start, len(shape.lines)):
        line = shape.lines[index]
        cell = line.cells[0]
        same = cell.opening == opener.opening and abs(cell.box.x0 - opener.box.x0) < 4 and cell.bullet == opener.bullet
        if not same or (shape.body[index] and not opener.bullet):
            continue
        if (
            starts
            and index == starts[-1][0] + 1
            and not cell.bullet
            and line.gap < 0.6 * cell.style.size
            and not shape.body[index - 1]
        ):
            # Neighbours of one look are one entry's lines, unless a space divides them.
            later = [other.gap for other in shape.lines[start + 1 :]]
            if later and max(later) > 1.5 * max(line.gap, 1.0):
                continue
        starts.append((index, None))
    return starts or [(0, None)]


def _entry(shape: _Shape, start: int, end: int, anchor: int | None) -> Entry:
    header: list[Line] = []
    body: list[Line] = []
    for index in range(start, end):
        line = shape.lines[index]
        past = anchor is not None and index > anchor + _MAX_HEADER_BELOW
        if (
            (shape.body[index] and index != anchor and index != start)
            or past
            or (body and (anchor is None or index > anchor))
        ):
            body.append(line)
        else:
            header.append(line)
    period: Period | None = None
    period_line: Line | None = None
    for line in header:
        for cell in line.cells:
            for candidate in find_periods(cell.text):
                if period is None or (candidate.is_range and not period.is_range):
                    period, period_line = candidate, line
    return Entry(tuple(header), tuple(body), period, period_line)


def paragraphs(lines: Sequence[Line], *, wrapped: bool) -> list[tuple[str, bool]]:
    """The body's texts with their lines joined, and whether each is a list item."""
    texts: list[tuple[str, bool]] = []
    previous: Line | None = None
    for line in lines:
        text = tidy(line.text)
        if not text or is_label(text):
            previous = None
            continue
        new = line.bullet or previous is None or not wrapped or line.gap > 1.1 * line.style.size
        if not new and texts and previous is not None:
            room = line.right - previous.box.x1
            ended = previous.text.rstrip().endswith((".", "!", "?", ":")) and room > 0.15 * (
                line.right - previous.box.x0
            )
            new = ended and not texts[-1][1]
        if new:
            texts.append((line.text.strip(), line.bullet))
        else:
            before, bullet = texts[-1]
            texts[-1] = (join_lines(before, line.text.strip()), bullet)
        previous = line
    return texts


def join_lines(before: str, after: str) -> str:
    """Two lines as one text; a word divided at the margin is made whole."""
    if before.endswith("-") and after[:1].islower() and re.search(r"[^\W\d_]{2}-$", before):
        return before[:-1] + after
    return f"{before} {after}"
