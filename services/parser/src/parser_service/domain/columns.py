"""Reading order: finds columns, then lines, on pages whose texts come in any order.

A gutter divides a page into columns only when both sides stand on their own. When one side holds labels, dates or
headings of what stands beside it, the page is a table there, and is read row by row.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import median

from parser_service.domain.dates import goes_on_below, is_date_only
from parser_service.domain.headings import heading_kind
from parser_service.domain.layout import BULLET, Cell, Document, Line, Page

_GUTTER = 4.0  # narrowest space between columns, in points
_MIN_LINES = 3  # fewer lines are no column
_BULLET_REACH = 40.0  # farthest that a bullet stands from its text
_STRAY = 0.04  # share of cells that may cross a gutter that goes on from the page before
_SHORTEST = 0.1  # share of the page that two columns stand beside each other
_DEEPEST = 4  # regions within regions
_LEVEL = 1.3  # points by which lines of a table may be out of true
_BLOCK_SPACE = 0.45  # space between blocks, in line heights
_SAME_ROW = 0.5  # share of the lower cell's height that must overlap


@dataclass(frozen=True, slots=True)
class Flow:
    """Lines read one after the other. `after` is the number of the flow that it goes on from, if any."""

    lines: tuple[Line, ...]
    after: int | None = None


@dataclass(frozen=True, slots=True)
class _Region:
    """Lines read together. `gutter` is the left edge of the right column, `side` -1 left, 1 right, 0 full width."""

    side: int
    gutter: float
    page: int
    cells: tuple[Cell, ...]


def reading_order(document: Document) -> list[Flow]:
    """Flows in the order in which a person reads them; a column goes on over all of its pages."""
    regions: list[_Region] = []
    for page in document.pages:
        regions += _regions(page, regions)
    flows: list[list[_Region]] = []
    after: list[int | None] = []
    for region in regions:
        number = next((n for n, flow in enumerate(flows) if _continues(flow[-1], region)), None)
        if number is not None and (region.side or number == len(flows) - 1):
            flows[number].append(region)
            continue
        full_width = [n for n, flow in enumerate(flows) if flow[-1].side == 0]
        before = len(flows) - 1 if region.side == 0 else max(full_width, default=None)
        after.append(before if flows else None)
        flows.append([region])
    return [Flow(tuple(_lines_of(flow)), before) for flow, before in zip(flows, after, strict=True)]


def _continues(before: _Region, region: _Region) -> bool:
    if region.side == 0:
        return before.side == 0
    return before.side == region.side and abs(before.gutter - region.gutter) < 12 and region.page - before.page <= 1


def _regions(page: Page, earlier: Sequence[_Region]) -> list[_Region]:
    cells = _joined_bullets([cell for cell in page.cells if cell.text])
    gutter = next((r.gutter for r in reversed(earlier) if r.side and r.page == page.number - 1), None)
    if gutter is not None and cells:
        crossing = sum(_crosses(cell, gutter) for cell in cells)
        if crossing <= _STRAY * len(cells):
            return _columns(cells, gutter, page, 0)
    return _divide(cells, page, 0)


def _split(cells: Sequence[Cell], gutter: float, page: int) -> list[_Region]:
    left = tuple(cell for cell in cells if cell.box.x0 < gutter - 1)
    right = tuple(cell for cell in cells if cell.box.x0 >= gutter - 1)
    return [_Region(side, gutter, page, part) for side, part in ((-1, left), (1, right)) if part]


def _columns(cells: Sequence[Cell], gutter: float, page: Page, depth: int) -> list[_Region]:
    """The columns beside a gutter, and those that a column consists of itself: a page may have three."""
    columns: list[_Region] = []
    for column in _split(cells, gutter, page.number):
        inner = _divide(list(column.cells), page, depth + 1)
        if len(inner) > 1:
            columns += [
                region if region.side else replace(region, side=column.side, gutter=column.gutter) for region in inner
            ]
        else:
            columns.append(column)
    return columns


def _divide(cells: list[Cell], page: Page, depth: int) -> list[_Region]:
    split = _best_gutter(cells, page.height * _SHORTEST) if depth < _DEEPEST else None
    if split is None:
        return [_Region(0, 0.0, page.number, tuple(cells))] if cells else []
    x, top, bottom = split
    return [
        *_divide([c for c in cells if c.box.middle < top], page, depth + 1),
        *_columns([c for c in cells if top <= c.box.middle <= bottom], x, page, depth),
        *_divide([c for c in cells if c.box.middle > bottom], page, depth + 1),
    ]


def _best_gutter(cells: list[Cell], shortest: float) -> tuple[float, float, float] | None:
    """Left edge of the right column, and the first and last line's middle of the stretch that it divides."""
    ordered = sorted(cells, key=lambda cell: cell.box.middle)
    best: tuple[float, tuple[float, float, float]] | None = None
    for x in _left_edges(cells):
        for stretch in _stretches(ordered, x):
            left = [c for c in stretch if c.box.x0 < x - 1]
            right = [c for c in stretch if c.box.x0 >= x - 1]
            if len(left) < _MIN_LINES or len(right) < _MIN_LINES:
                continue
            low, high = max(left[0].box.y0, right[0].box.y0), min(left[-1].box.y1, right[-1].box.y1)
            score = high - low
            if score <= shortest or (best and score <= best[0]):
                continue
            beside = [[c for c in side if c.box.y1 > low and c.box.y0 < high] for side in (left, right)]
            if not _independent(*beside):
                continue
            best = score, (x, stretch[0].box.middle, stretch[-1].box.middle)
    return best[1] if best else None


def _left_edges(cells: Iterable[Cell]) -> list[float]:
    edges: dict[int, float] = {}
    for cell in cells:
        bucket = round(cell.box.x0 / 3)
        edges[bucket] = min(edges.get(bucket, cell.box.x0), cell.box.x0)
    return sorted(edges.values())


def _stretches(ordered: list[Cell], x: float) -> list[list[Cell]]:
    """Runs of cells from top to bottom of which none crosses the gutter left of x."""
    stretches: list[list[Cell]] = [[]]
    for cell in ordered:
        if _crosses(cell, x):
            stretches.append([])
        else:
            stretches[-1].append(cell)
    return [stretch for stretch in stretches if len(stretch) >= 2 * _MIN_LINES]


def _crosses(cell: Cell, x: float) -> bool:
    return cell.box.x0 < x - 1 and cell.box.x1 > x - _GUTTER


def _independent(left: list[Cell], right: list[Cell]) -> bool:
    """Whether the two sides are columns of their own and not the two halves of a table."""
    left_headings, right_headings = _headings(left), _headings(right)
    left_text = [cell for cell in left if cell not in left_headings]
    right_text = [cell for cell in right if cell not in right_headings]
    for texts in (left_text, right_text):
        if not texts or sum(map(_is_label, texts)) >= 0.7 * len(texts):
            return False
    beside = _beside(left_text, right_text)
    ranked = [(one, other) for one in left_headings for other in right_headings if _alike(one, other)]
    if any(heading_kind(one.text) is not heading_kind(other.text) for one, other in ranked) or (
        ranked and beside < 0.9
    ):
        return True
    if left_headings and right_headings and beside < 0.8:
        return True
    tops = [_block_tops(side) for side in (left_text, right_text)]
    if _beside(*tops) > 0.6 or beside > 0.8 or min(len(left), len(right)) < 2 * _MIN_LINES:
        return False
    if left_headings or right_headings:
        headings, headed = (left_headings, left) if left_headings else (right_headings, right)
        return len(headed) >= 2 * len(headings)
    return _beside(*tops) < 0.4


def _beside(one: Sequence[Cell], other: Sequence[Cell]) -> float:
    """Share of the shorter side's cells that stand on a line with a cell of the other side."""
    sparse, dense = sorted((one, other), key=len)
    return sum(any(_level(cell, opposite) for opposite in dense) for cell in sparse) / max(len(sparse), 1)


def _level(one: Cell, other: Cell) -> bool:
    """Whether two cells stand on one line by intention and not by chance."""
    a, b = one.box, other.box
    return min(abs(a.y0 - b.y0), abs(a.middle - b.middle), abs(a.y1 - b.y1)) <= _LEVEL


def _alike(one: Cell, other: Cell) -> bool:
    """Whether two headings are of one rank."""
    a, b = one.style, other.style
    return one.capitals == other.capitals and abs(a.size - b.size) < 0.6 and a.bold == b.bold


def _block_tops(cells: Sequence[Cell]) -> list[Cell]:
    """The cells that stand first in their blocks, a block being lines without a wider space between them."""
    tops: list[Cell] = []
    bottom = float("-inf")
    for cell in sorted(cells, key=lambda cell: cell.box.y0):
        if cell.box.y0 - bottom > _BLOCK_SPACE * cell.box.height:
            tops.append(cell)
        bottom = max(bottom, cell.box.y1)
    return tops


def _headings(cells: list[Cell]) -> list[Cell]:
    return [cell for cell in cells if len(cell.text) < 40 and heading_kind(cell.text)]


def _is_label(cell: Cell) -> bool:
    return is_date_only(cell.text) or not any(c.isalpha() for c in cell.text)


def _joined_bullets(cells: list[Cell]) -> list[Cell]:
    """Bullets that stand apart from their text are put before it."""
    lone = [cell for cell in cells if BULLET.match(cell.text) and BULLET.match(cell.text).end() >= len(cell.text)]  # type: ignore[union-attr]
    if not lone:
        return [cell.without_bullet() for cell in cells]
    texts = [cell for cell in cells if cell not in lone]
    for bullet in lone:
        if _divides_dates(bullet, texts):
            texts = _with_period(bullet, texts)
            continue
        reach = [
            (cell.box.x0 - bullet.box.x0, index)
            for index, cell in enumerate(texts)
            if -1 <= cell.box.x0 - bullet.box.x1 <= _BULLET_REACH and _same_row(cell, bullet)
        ]
        if reach:
            index = min(reach)[1]
            texts[index] = replace(texts[index], bullet=True)
    return [cell if cell.bullet else cell.without_bullet() for cell in texts]


def _neighbours(bullet: Cell, cells: Sequence[Cell]) -> tuple[Cell | None, Cell | None]:
    row = [cell for cell in cells if _same_row(cell, bullet)]
    left = max((c for c in row if c.box.x1 <= bullet.box.x0 + 1), key=lambda c: c.box.x1, default=None)
    right = min((c for c in row if c.box.x0 >= bullet.box.x1 - 1), key=lambda c: c.box.x0, default=None)
    return left, right


def _divides_dates(bullet: Cell, cells: Sequence[Cell]) -> bool:
    """A dash between two dates set apart is no bullet."""
    left, right = _neighbours(bullet, cells)
    return bool(left and right and is_date_only(left.text) and goes_on_below(f"{left.text} –", right.text))


def _with_period(dash: Cell, cells: list[Cell]) -> list[Cell]:
    left, right = _neighbours(dash, cells)
    if left is None or right is None:
        return cells
    spans = (replace(left.spans[0], text=f"{left.text} – {right.text}"),)
    joined = replace(left, box=left.box.union(right.box), spans=spans)
    return [joined if cell is left else cell for cell in cells if cell is not right]


def _same_row(one: Cell, other: Cell) -> bool:
    overlap = min(one.box.y1, other.box.y1) - max(one.box.y0, other.box.y0)
    return overlap >= _SAME_ROW * min(one.box.height, other.box.height)


def _lines_of(flow: list[_Region]) -> list[Line]:
    lines: list[Line] = []
    for region in flow:
        right = max(cell.box.x1 for cell in region.cells) if region.cells else 0.0
        lines += _rows(region, right)
    return lines


def _rows(region: _Region, right: float) -> list[Line]:
    rows: list[list[Cell]] = []
    for cell in sorted(region.cells, key=lambda cell: (cell.box.middle, cell.box.x0)):
        last = rows[-1] if rows else None
        if last and _same_row(last[0], cell) and not any(_stacked(other, cell) for other in last):
            last.append(cell)
        else:
            rows.append([cell])
    lines: list[Line] = []
    bottom: float | None = None
    for row in rows:
        cells = tuple(sorted((cell for cell in row if cell.text), key=lambda cell: cell.box.x0))
        if not cells:
            continue
        top = min(cell.box.y0 for cell in cells)
        lines.append(Line(region.page, cells, gap=top - bottom if bottom is not None else 50.0, right=right))
        bottom = median(cell.box.y1 for cell in cells)
    return lines


def _stacked(one: Cell, other: Cell) -> bool:
    """Two cells over the same stretch of x can't be in one row."""
    overlap = min(one.box.x1, other.box.x1) - max(one.box.x0, other.box.x0)
    return overlap > 0.3 * min(one.box.x1 - one.box.x0, other.box.x1 - other.box.x0)
