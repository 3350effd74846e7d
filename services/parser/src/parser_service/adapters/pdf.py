"""PDF bytes to a layout, with PyMuPDF."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pymupdf

from parser_service.adapters.glyphs import is_bullet, legible
from parser_service.adapters.pages import tell
from parser_service.domain.errors import (
    DocumentEncrypted,
    DocumentUnreadable,
    NoTextInDocument,
    TooManyPages,
    TooMuchText,
)
from parser_service.domain.layout import Box, Cell, Document, Link, Page, Span, Style
from parser_service.domain.traits import PICTURES

_FLAGS = pymupdf.TEXT_PRESERVE_WHITESPACE | pymupdf.TEXT_MEDIABOX_CLIP
_ICON_FONT = re.compile(r"awesome|icon|glyph|symbols?$|dingbat|entypo|typicons|material|fontello|ionicons", re.I)
_BOLD_NAME = re.compile(r"bold|black|heavy|semib|demi|extra(?!light)|medi(?:um)?$", re.I)
_ITALIC_NAME = re.compile(r"ital|obli|slant", re.I)
_TRAILER_WITHIN = 2048  # a whole PDF ends with its trailer, give or take junk
_SMALL_CAPS_RATIO = 0.62  # small capitals are set at 65-80 % of the size of their capitals
# A page takes two seconds of a core, and a document has twenty.
MAX_RECOGNISED_PAGES = 6
_RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
_LEVEL = 0.99  # cosine of the slope up to which a line is level
_SMALLEST_TYPE = 2.0  # points; smaller type is meant for machines, not for readers
_LIGHT = 0xD0  # colours all of whose channels are lighter may be the paper's
_CONTRAST = 20  # least difference of brightness, of 255, that an eye sees
_SIGHT_SIDE = 1200.0  # pixels of the drawing in which hidden text is looked for
_PICTURE = 0.05  # share of the page from which a picture may hold text
_PHOTO, _BACKGROUND = 0.01, 0.8  # shares of the page between which a picture is neither an icon nor the paper
_SPARSE = 150  # characters on a picture of the page's size that are a stamp or a running header, and not its text
_OUTLINED = 200.0  # dots per inch at which text without a resolution of its own is drawn
_SPACED_OUT = re.compile(r"^(?:\S{1,2} ){3,}|(?:\S ){3,}")

_tools: Any = pymupdf.TOOLS
_tools.mupdf_display_errors(False)
_tools.mupdf_display_warnings(False)


def read_pdf(data: bytes, *, max_pages: int, max_characters: int) -> Document:
    """Lays out the text of a PDF.

    Raises DocumentEncrypted, DocumentUnreadable, NoTextInDocument, TooManyPages, TooMuchText.
    """
    try:
        with pymupdf.open(stream=data, filetype="pdf") as document:  # type: ignore[no-untyped-call]  # ships no types
            _check(document, data, max_pages)
            return _read_pages(document, max_characters)
    except (RuntimeError, ValueError, LookupError, pymupdf.mupdf.FzErrorBase) as error:
        raise DocumentUnreadable(kind="pdf") from error


def _check(document: Any, data: bytes, max_pages: int) -> None:
    if document.needs_pass:
        raise DocumentEncrypted(kind="pdf")
    cut_off = document.is_repaired and b"%%EOF" not in data[-_TRAILER_WITHIN:]
    if document.page_count == 0 or cut_off:
        raise DocumentUnreadable(kind="pdf")
    if document.page_count > max_pages:
        raise TooManyPages(pages=document.page_count, limit=max_pages)


def _read_pages(document: Any, max_characters: int) -> Document:
    pages: list[Page] = []
    links: list[Link] = []
    characters = 0
    recognised = left_out = 0
    pictured = False
    for number, page in enumerate(document, start=1):
        laid_out = _laid_out(page, number)
        pictured = pictured or _is_pictured(page)
        regions = _bare_pictures(page, laid_out)
        if regions and recognised == MAX_RECOGNISED_PAGES:
            left_out += 1
        elif regions and (scanned := _recognised(page, laid_out, regions)):
            laid_out = scanned
            recognised += 1
        characters += sum(len(cell.text) for cell in laid_out.cells)
        if characters > max_characters:
            raise TooMuchText(characters=characters, limit=max_characters)
        pages.append(laid_out)
        tell(number, document.page_count)
        links += [
            Link(number, Box(*link["from"]), link["uri"])
            for link in page.get_links()
            if link["kind"] == pymupdf.LINK_URI and link.get("uri")
        ]
    if not any(re.search(r"\w", cell.text) for page in pages for cell in page.cells):
        if document.is_repaired:
            raise DocumentUnreadable(kind="pdf")
        raise NoTextInDocument(pages=len(pages))
    if recognised:
        from parser_service.adapters.scan import levelled

        pages = list(levelled(pages))
    return Document(
        "pdf",
        tuple(pages),
        tuple(links),
        recognised_pages=recognised,
        warnings=("scanned_pages_left_out",) * bool(left_out),
        traits=(PICTURES,) * pictured,
    )


def _is_pictured(page: Any) -> bool:
    """Whether a photo or drawing stands on the page: larger than an icon, smaller than the page."""
    area = max(page.rect.width * page.rect.height, 1.0)
    boxes = [pymupdf.Rect(image["bbox"]) & page.rect for image in page.get_image_info()]  # type: ignore[no-untyped-call]
    shares = [box.get_area() / area for box in boxes]
    return any(_PHOTO < share < _BACKGROUND for share in shares)


def _recognised(page: Any, laid_out: Page, regions: list[tuple[Any, float]]) -> Page | None:
    """The page with what its pictures say, or None when they say nothing."""
    # Models and OpenCV are loaded only by a process that meets a scan.
    from parser_service.adapters.picture import drawn, page_of
    from parser_service.adapters.scan import read_scan

    cells = [cell for cell in laid_out.cells if re.search(r"\w", cell.text)]
    found = False
    for clip, resolution in regions:
        picture = drawn(page, clip, resolution)
        scan = read_scan(picture, clip.width / picture.shape[1], left=clip.x0, top=clip.y0)
        if not cells and len(regions) == 1 and clip == page.rect:
            return page_of(scan, laid_out.number) if scan.cells else None
        new = [cell for cell in scan.cells if not any(_overlap(cell.box, other.box) for other in cells)]
        if scan.turns == 0 and new:
            cells += new
            found = True
    return replace(laid_out, cells=tuple(cells)) if found else None


def _bare_pictures(page: Any, laid_out: Page) -> list[tuple[Any, float]]:
    """Pictures that may hold text, because hardly any stands on them: where, and their dots per inch."""
    area = max(page.rect.width * page.rect.height, 1.0)
    words = [cell for cell in laid_out.cells if re.search(r"\w", cell.text)]
    pictures = [(image, pymupdf.Rect(image["bbox"]) & page.rect) for image in page.get_image_info()]  # type: ignore[no-untyped-call]
    large = [(image, rect) for image, rect in pictures if not rect.is_empty and rect.get_area() > _PICTURE * area]
    if not words:
        # Text may also have been turned into outlines, or cut into many small pictures.
        resolution = max((_resolution(image) for image, _ in large), default=_OUTLINED)
        return [(page.rect, resolution)] if pictures or page.get_cdrawings() else []
    bare = []
    for image, rect in large:
        inside = sum(
            len(cell.text)
            for cell in words
            if rect.x0 < (cell.box.x0 + cell.box.x1) / 2 < rect.x1 and rect.y0 < cell.box.middle < rect.y1
        )
        if inside < _SPARSE * rect.get_area() / area:
            bare.append((rect, _resolution(image)))
    return bare


def _resolution(image: Any) -> float:
    """Dots per inch of a picture as placed. Raises DocumentTooComplex when it has too many."""
    from parser_service.adapters.picture import require_moderate

    require_moderate(image["width"], image["height"])
    x0, y0, x1, y1 = image["bbox"]
    return float(max(image["width"], image["height"]) / max(x1 - x0, y1 - y0, 1.0) * 72)


def _overlap(one: Box, other: Box) -> bool:
    wide = min(one.x1, other.x1) - max(one.x0, other.x0)
    high = min(one.y1, other.y1) - max(one.y0, other.y0)
    return wide > 0.2 * (one.x1 - one.x0) and high > 0.3 * one.height


def _laid_out(page: Any, number: int) -> Page:
    """The page's text that can be seen, upright even where all of it is turned."""
    width, height = page.rect.width, page.rect.height
    lines = _text_lines(page, _FLAGS)
    quarter = _direction(lines)
    if quarter:
        lines = [_turned(line, quarter, width, height) for line in lines]
    lines = [line for line in lines if line["dir"][0] > _LEVEL]
    if quarter == 0:
        lines = _seen(page, lines)
        if any(_SPACED_OUT.search(_raw_text(line)) for line in lines):
            lines = _with_real_spaces(page, lines)
    elif quarter % 2:
        width, height = height, width
    return Page(number, width, height, tuple(_cells(lines)))


def _cells(lines: list[dict[str, Any]]) -> list[Cell]:
    cells: list[Cell] = []
    printed: dict[str, list[Box]] = {}
    for line in lines:
        for cell in _split_at_gaps(line):
            # Shadows and poor man's bold print the same words twice, a fraction of a point apart.
            again = any(
                abs(box.x0 - cell.box.x0) < 3 and abs(box.y0 - cell.box.y0) < 3 for box in printed.get(cell.text, ())
            )
            if cell.text and not again:
                printed.setdefault(cell.text, []).append(cell.box)
                cells.append(cell)
    return cells


def _text_lines(page: Any, flags: int) -> list[dict[str, Any]]:
    """Lines as they lie on the page that is shown. Transparent text and text too small for the eye is left out."""
    blocks = page.get_text("dict", flags=flags)["blocks"]
    lines = [
        line | {"spans": spans}
        for block in blocks
        for line in block.get("lines", ())
        if (spans := [span for span in line["spans"] if span["alpha"] and span["size"] > _SMALLEST_TYPE])
    ]
    if not page.rotation:
        return lines
    matrix = page.rotation_matrix

    def shown(bbox: Any) -> tuple[float, ...]:
        rect = pymupdf.Rect(bbox) * matrix  # type: ignore[no-untyped-call]
        return (rect.x0, rect.y0, rect.x1, rect.y1)

    def direction(x: float, y: float) -> tuple[float, float]:
        return (x * matrix.a + y * matrix.c, x * matrix.b + y * matrix.d)

    return [_moved(line, direction(*line["dir"]), shown) for line in lines]


def _moved(
    line: dict[str, Any], direction: tuple[float, float], box: Callable[[Any], tuple[float, ...]]
) -> dict[str, Any]:
    spans = [span | {"bbox": box(span["bbox"])} for span in line["spans"]]
    return line | {"dir": direction, "bbox": box(line["bbox"]), "spans": spans}


def _direction(lines: list[dict[str, Any]]) -> int:
    """Quarter turns clockwise from level, of the direction in which most of the text runs."""
    weights = [0, 0, 0, 0]
    for line in lines:
        x, y = line["dir"]
        weights[(0 if x > 0 else 2) if abs(x) >= abs(y) else (1 if y > 0 else 3)] += len(_raw_text(line))
    return weights.index(max(weights))


def _turned(line: dict[str, Any], quarter: int, width: float, height: float) -> dict[str, Any]:
    """The line after the page was turned back by quarter turns."""
    x, y = line["dir"]

    def box(bbox: Any) -> tuple[float, ...]:
        x0, y0, x1, y1 = bbox
        if quarter == 1:
            return (y0, width - x1, y1, width - x0)
        if quarter == 2:
            return (width - x1, height - y1, width - x0, height - y0)
        return (height - y1, x0, height - y0, x1)

    return _moved(line, ((y, -x), (-x, -y), (-y, x))[quarter - 1], box)


def _seen(page: Any, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The lines without spans that a reader does not see: in the colour of the paper, or under a picture."""
    area = max(page.rect.width * page.rect.height, 1.0)
    rects = [pymupdf.Rect(image["bbox"]) for image in page.get_image_info()]  # type: ignore[no-untyped-call]
    pictures = [rect for rect in rects if rect.get_area() > _PICTURE * area]
    sight: _Sight | None = None
    kept: list[dict[str, Any]] = []
    for line in lines:
        spans = []
        for span in line["spans"]:
            x0, y0, x1, y1 = span["bbox"]
            covered = any(r.x0 < (x0 + x1) / 2 < r.x1 and r.y0 < (y0 + y1) / 2 < r.y1 for r in pictures)
            if span["text"].strip() and (covered or min(span["color"].to_bytes(3)) >= _LIGHT):
                sight = sight or _Sight(page)
                if not sight.shows(span["bbox"]):
                    continue
            spans.append(span)
        if spans:
            kept.append(line if len(spans) == len(line["spans"]) else line | {"spans": spans})
    return kept


class _Sight:
    """What a reader sees of a page. Drawn only for pages with text that may be hidden."""

    def __init__(self, page: Any) -> None:
        scale = min(1.0, _SIGHT_SIDE / max(page.rect.width, page.rect.height, 1.0))
        pixmap = page.get_pixmap(
            matrix=pymupdf.Matrix(scale, scale),  # type: ignore[no-untyped-call]
            colorspace=pymupdf.csGRAY,
            alpha=False,
        )
        self._scale, self._width, self._height = scale, pixmap.width, pixmap.height
        self._samples = bytes(pixmap.samples_mv)

    def shows(self, box: tuple[float, float, float, float]) -> bool:
        """Whether anything stands out inside a box."""
        x0, x1 = (min(max(int(x * self._scale), 0), self._width - 1) for x in (box[0], box[2]))
        y0, y1 = (min(max(round(y * self._scale), 0), self._height - 1) for y in (box[1], box[3]))
        rows = [self._samples[y * self._width + x0 : y * self._width + x1 + 1] for y in range(y0 + 1, max(y1, y0 + 2))]
        return max(map(max, rows)) - min(map(min, rows)) >= _CONTRAST if rows and rows[0] else False


def _raw_text(line: dict[str, Any]) -> str:
    return "".join(span["text"] for span in line["spans"]).strip()


def _with_real_spaces(page: Any, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Lines of letter-spaced text replaced by their text without the spaces that only wide tracking suggests."""
    plain = [line for line in _text_lines(page, _FLAGS | pymupdf.TEXT_INHIBIT_SPACES) if line["dir"][0] > _LEVEL]
    replaced: list[dict[str, Any]] = []
    for line in lines:
        if not _SPACED_OUT.search(_raw_text(line)):
            replaced.append(line)
            continue
        x0, y0, x1, y1 = line["bbox"]
        parts = [
            other
            for other in plain
            if abs((other["bbox"][1] + other["bbox"][3]) / 2 - (y0 + y1) / 2) < 2
            and other["bbox"][0] < x1
            and other["bbox"][2] > x0
        ]
        replaced += [part for part in parts if part not in replaced] or [line]
    return replaced


def _split_at_gaps(line: dict[str, Any]) -> list[Cell]:
    """The line as cells, broken where the gap is too wide for a word space."""
    groups: list[list[tuple[Box, Span]]] = []
    previous: Box | None = None
    line_text = _raw_text(line)
    for raw in line["spans"]:
        style = _style(raw)
        if _ICON_FONT.search(raw["font"]) and "bullet" not in raw["font"].lower():
            text = "".join(c for c in raw["text"] if is_bullet(c) or c.isspace())
        else:
            text = raw["text"]
        text = legible(text)
        box = Box(*raw["bbox"])
        if not text:
            continue
        gap = box.x0 - previous.x1 if previous else 0.0
        if previous and box.x1 <= previous.x0 + 1 and _RIGHT_TO_LEFT.search(line_text):
            gap = previous.x0 - box.x1
        if not groups or gap > _cell_gap(groups[-1][-1][1].style, style) or gap < -3 * style.size:
            groups.append([])
        groups[-1].append((box, Span(text, style)))
        if text.strip():
            previous = box
    return [cell for group in groups if (cell := _cell(group))]


def _cell_gap(before: Style, after: Style) -> float:
    """Widest word space; where the type size changes, a smaller gap already divides cells."""
    changed = not 0.8 < before.size / after.size < 1.25
    return (0.6 if changed else 0.95) * min(before.size, after.size)


def _cell(group: list[tuple[Box, Span]]) -> Cell | None:
    printed = [(box, span) for box, span in group if span.text.strip()]
    if not printed:
        return None
    box = printed[0][0]
    for other, _ in printed[1:]:
        box = box.union(other)
    first = group.index(printed[0])
    last = len(group) - group[::-1].index(printed[-1])
    return Cell(box, _merged([span for _, span in group[first:last]]))


def _merged(spans: list[Span]) -> tuple[Span, ...]:
    """Neighbours of one style joined; white space and small capitals take the style of what stands before."""
    merged: list[Span] = []
    for span in spans:
        last = merged[-1] if merged else None
        if last and (last.style == span.style or not span.text.strip() or _is_small_capital_tail(last, span)):
            merged[-1] = Span(last.text + span.text, last.style)
        else:
            merged.append(span)
    return tuple(merged)


def _is_small_capital_tail(last: Span, span: Span) -> bool:
    same = last.style.font == span.style.font and last.style.colour == span.style.colour
    ratio = min(last.style.size, span.style.size) / max(last.style.size, span.style.size)
    return same and _SMALL_CAPS_RATIO < ratio < 1


def _style(raw: dict[str, Any]) -> Style:
    font, flags = raw["font"].split("+")[-1], raw["flags"]
    return Style(
        font=font,
        size=round(raw["size"], 1),
        bold=bool(flags & pymupdf.TEXT_FONT_BOLD) or bool(_BOLD_NAME.search(font)),
        italic=bool(flags & pymupdf.TEXT_FONT_ITALIC) or bool(_ITALIC_NAME.search(font)),
        colour=raw["color"],
    )
