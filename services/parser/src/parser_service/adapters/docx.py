"""DOCX bytes to a layout: the parts are opened by python-docx, the text is laid out on one virtual page.

The XML is walked directly, because python-docx's object model skips text boxes, content controls and nested hyperlinks,
and raises on attribute values that Word accepts.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import docx
from docx.exceptions import PythonDocxError
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.exceptions import XmlchemyError
from lxml import etree

from parser_service.adapters.docx_looks import (
    DEFAULT_SIZE,
    Look,
    Styles,
    W,
    either,
    is_filled,
    is_unreadable,
    look_of_run,
    points,
    with_paragraph,
)
from parser_service.adapters.glyphs import legible
from parser_service.domain.errors import (
    DocumentEncrypted,
    DocumentTooComplex,
    DocumentUnreadable,
    NoTextInDocument,
    TooMuchText,
)
from parser_service.domain.layout import Box, Cell, Document, Link, Page, Span
from parser_service.domain.traits import COLUMNS, HEADER_TEXT, PICTURES, TABLES, TEXT_BOXES

_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_PAGE_WIDTH = 500.0
_CHARACTER = 0.5  # width of an average character in ems
# Limits on what a package unpacks to; all of it is read into memory, and a tree takes ten times its text.
_MAX_ENTRIES = 2_000
_MAX_UNPACKED_BYTES = 100_000_000
_MAX_XML_BYTES = 20_000_000
_MAX_PICTURES = 6  # read for their text where there is no other
_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_PICTURES = {"image/png": "png", "image/jpeg": "jpeg"}
_INSTRUCTION = re.compile(r'^\s*(\w+)(?:\s+"?([^"\s]*)"?)?')
_CONTAINERS = frozenset(f"{W}{name}" for name in ("sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag"))
_SIGNS = {f"{W}tab": "\t", f"{W}ptab": "\t", f"{W}noBreakHyphen": "-"}
_BEHIND_TEXT = (
    f"{W}background",
    f"{W}pict",
    "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}anchor",
)
_COUNTERS = frozenset({"PAGE", "NUMPAGES", "SECTIONPAGES"})
_CONTAINER = b"\xd0\xcf\x11\xe0"  # an encrypted package is wrapped in the format of DOC
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    PackageNotFoundError,
    PythonDocxError,
    XmlchemyError,
    etree.LxmlError,
    NotImplementedError,
    ValueError,
    LookupError,
    AttributeError,
    EOFError,
    OSError,
    RecursionError,
)


def read_docx(data: bytes, *, max_characters: int, kind: str = "docx") -> Document:
    """Lays out the text of a DOCX: body, tables, text boxes, headers and footers.

    Raises DocumentEncrypted, DocumentTooComplex, DocumentUnreadable, NoTextInDocument, TooMuchText.
    """
    if data.startswith(_CONTAINER):
        raise DocumentEncrypted(kind=kind)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if any(info.flag_bits & 1 for info in archive.infolist()):
                raise DocumentEncrypted(kind=kind)
            _check_sizes(archive.infolist())
        package = docx.Document(io.BytesIO(data))
        layout = _Layout(Styles.of(package), max_characters)
        layout.add_document(package)
        if not any(cell.text for cell in layout.cells):
            return _read_pictures(package)
    except _DAMAGE as error:
        raise DocumentUnreadable(kind=kind) from error
    page = Page(1, _PAGE_WIDTH, layout.bottom, tuple(layout.cells))
    return Document("docx", (page,), tuple(layout.links), paged=False, wrapped=False, traits=_traits_of(package))


def _traits_of(package: Any) -> tuple[str, ...]:
    try:
        return tuple(_traits(package))
    except _DAMAGE:
        return ()  # the text is there; a damaged part only keeps its traits to itself


def _traits(package: Any) -> Iterator[str]:
    body = package.element.body
    # A table of one cell is a frame.
    if any(sum(1 for _ in table.iter(f"{W}tc")) > 1 for table in body.iter(f"{W}tbl")):
        yield TABLES
    if next(body.iter(f"{W}txbxContent"), None) is not None:
        yield TEXT_BOXES
    if any(int(columns.get(f"{W}num") or 1) > 1 for columns in body.iter(f"{W}cols")):
        yield COLUMNS
    if next(body.iter(f"{_DRAWING}blip"), None) is not None:
        yield PICTURES
    headers = (section.header for section in package.sections)
    if any(
        "@" in paragraph.text
        for header in headers
        if not header.is_linked_to_previous
        for paragraph in header.paragraphs
    ):
        yield HEADER_TEXT


def _check_sizes(entries: Iterable[zipfile.ZipInfo]) -> None:
    # No more than its declared size is ever unpacked of an entry.
    sizes = [(info.file_size, info.filename.lower().endswith((".xml", ".rels"))) for info in entries]
    xml = sum(size for size, is_xml in sizes if is_xml)
    if len(sizes) > _MAX_ENTRIES or sum(size for size, _ in sizes) > _MAX_UNPACKED_BYTES or xml > _MAX_XML_BYTES:
        raise DocumentTooComplex(limit="size")


def _read_pictures(package: Any) -> Document:
    """The text of the pictures, in their order, of a document that holds nothing else. Raises NoTextInDocument."""
    from parser_service.adapters.picture import read_picture

    names = dict.fromkeys(blip.get(f"{_R}embed") for blip in package.element.body.iter(f"{_DRAWING}blip"))
    parts = [package.part.rels[name].target_part for name in names if name in package.part.rels]
    pages: list[Page] = []
    for part in [part for part in parts if part.content_type in _PICTURES][:_MAX_PICTURES]:
        with suppress(NoTextInDocument):
            read = read_picture(part.blob, _PICTURES[part.content_type])
            pages.append(replace(read.pages[0], number=len(pages) + 1))
    if not pages:
        raise NoTextInDocument(pages=1)
    warnings = ("scanned_pages_left_out",) * (len(parts) > _MAX_PICTURES)
    return Document("docx", tuple(pages), recognised_pages=len(pages), warnings=warnings)


@dataclass(slots=True)
class _Layout:
    """Cells and links of the virtual page, filled from top to bottom."""

    styles: Styles
    max_characters: int
    # Whether nothing is drawn that text may lie on.
    bare: bool = True
    cells: list[Cell] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    bottom: float = 0.0
    characters: int = 0

    def add_document(self, package: Any) -> None:
        """Headers, body, footers, each header and footer once."""
        headers: dict[str, Any] = {}
        footers: dict[str, Any] = {}
        for reference in package.element.body.iter(f"{W}headerReference", f"{W}footerReference"):
            parts = headers if reference.tag.endswith("headerReference") else footers
            name = reference.get(f"{_R}id")
            if name in package.part.rels:
                parts[name] = package.part.rels[name].target_part
        self.bare = not any(
            next(element.iter(*_BEHIND_TEXT), None) is not None
            for element in (package.part.element, *(part.element for part in (*headers.values(), *footers.values())))
        )
        for part in headers.values():
            self.bottom = self._flow(part.element, part, 0.0, _PAGE_WIDTH, self.bottom)
        self.bottom = self._flow(package.element.body, package.part, 0.0, _PAGE_WIDTH, self.bottom)
        for part in footers.values():
            self.bottom = self._flow(part.element, part, 0.0, _PAGE_WIDTH, self.bottom + DEFAULT_SIZE)

    def _flow(self, parent: Any, part: Any, x: float, width: float, y: float) -> float:
        for element in parent:
            if element.tag == f"{W}p":
                y = self._paragraph(element, part, x, width, y)
            elif element.tag == f"{W}tbl":
                y = self._table(element, part, x, width, y)
            elif element.tag in _CONTAINERS and not _is_placeholder(element):
                y = self._flow(element, part, x, width, y)
        return y

    def _table(self, table: Any, part: Any, x: float, width: float, y: float) -> float:
        grid = [either(points(column, "w", 20), 0.0) for column in table.iterfind(f"{W}tblGrid/{W}gridCol")]
        for row in table.iter(f"{W}tr"):
            if next(row.iterancestors(f"{W}tbl")) is not table or row.find(f"{W}trPr/{W}del") is not None:
                continue
            cells = [c for c in row.iter(f"{W}tc") if next(c.iterancestors(f"{W}tr")) is row]
            spans = [
                int(points(s, "val", 1) or 1) if (s := c.find(f"{W}tcPr/{W}gridSpan")) is not None else 1 for c in cells
            ]
            total, tallest, column = sum(spans) or 1, y, 0
            even = len(grid) < total or not sum(grid)
            for cell, span in zip(cells, spans, strict=True):
                share = span / total if even else sum(grid[column : column + span]) / sum(grid)
                offset = column / total if even else sum(grid[:column]) / sum(grid)
                tallest = max(tallest, self._flow(cell, part, x + offset * width, share * width - 6, y))
                column += span
            y = tallest
        return y

    def _paragraph(self, paragraph: Any, part: Any, x: float, width: float, y: float) -> float:
        look = self.styles.default
        if (properties := paragraph.find(f"{W}pPr")) is not None:
            if (name := properties.find(f"{W}pStyle")) is not None:
                look = self.styles.looks.get(name.get(f"{W}val"), look)
            look = with_paragraph(look, properties)
        for box in _text_boxes(paragraph):
            y = self._flow(box, part, x, width, y)
        y += look.before
        pitch = look.style.size * 1.25
        for row in _rows(paragraph, part, look, self.styles, on_paper=self.bare and not _lies_on_colour(paragraph)):
            if any(piece.span.text.strip() for piece in row):
                self._place(row, look, x + min(look.indent, width / 3), x + width, y)
            y += pitch
        return y + look.after

    def _place(self, row: list["_Piece"], look: Look, x: float, right: float, y: float) -> None:
        groups: list[list[_Piece]] = [[]]
        for piece in row:
            if piece.span.text == "\t":
                groups.append([])
            else:
                groups[-1].append(piece)
        groups = [group for group in groups if any(piece.span.text.strip() for piece in group)]
        position = x
        for index, group in enumerate(groups):
            size = max(piece.span.style.size for piece in group)
            text = "".join(piece.span.text for piece in group)
            self.characters += len(text)
            if self.characters > self.max_characters:
                raise TooMuchText(characters=self.characters, limit=self.max_characters)
            extent = len(text.strip()) * size * _CHARACTER
            last = index == len(groups) - 1
            x0 = max(position, right - extent) if index and last else position
            box = Box(x0, y, min(x0 + extent, max(right, x0 + 1)), y + size)
            spans = tuple(piece.span for piece in group)
            if look.listed and index == 0:
                spans = (Span("• ", spans[0].style), *spans)
            self.cells.append(Cell(box, spans, heading=look.heading))
            self.links += [Link(1, box, target) for target in dict.fromkeys(p.target for p in group) if target]
            position = box.x1 + 2 * size


@dataclass(frozen=True, slots=True)
class _Piece:
    span: Span
    target: str = ""


def _text_boxes(paragraph: Any) -> Iterator[Any]:
    for box in paragraph.iter(f"{W}txbxContent"):
        fallback = any(ancestor.tag == f"{_MC}Fallback" for ancestor in box.iterancestors())
        nested = next(box.iterancestors(f"{W}p")) is not paragraph
        if not fallback and not nested:
            yield box


@dataclass(slots=True)
class _Fields:
    """Where in a paragraph's fields (HYPERLINK, PAGE, ...) the walk is: a field has an instruction, then its result."""

    open: list[tuple[str, bool]] = field(default_factory=list)  # instruction so far; whether the result began

    def step(self, element: Any) -> None:
        """Takes note of an element that opens, divides or closes a field."""
        if element.tag == f"{W}instrText" and self.open:
            self.open[-1] = (self.open[-1][0] + (element.text or ""), self.open[-1][1])
        elif element.tag == f"{W}fldChar":
            kind = element.get(f"{W}fldCharType")
            if kind == "begin":
                self.open.append(("", False))
            elif kind == "separate" and self.open:
                self.open[-1] = (self.open[-1][0], True)
            elif kind == "end" and self.open:
                self.open.pop()

    def outcome(self, run: Any) -> tuple[bool, str]:
        """Whether the text of a run counts something, such as pages, and the target of its hyperlink."""
        simple = [element.get(f"{W}instr") or "" for element in run.iterancestors(f"{W}fldSimple")]
        found = [_INSTRUCTION.match(text) for text in (*simple, *(text for text, result in self.open if result))]
        counted = any(match and match[1].upper() in _COUNTERS for match in found)
        targets = [match[2] for match in found if match and match[1].upper() == "HYPERLINK" and match[2]]
        return counted, targets[-1] if targets and not targets[-1].startswith("\\") else ""


def _lies_on_colour(paragraph: Any) -> bool:
    """Whether a cell, table or text box that holds the paragraph may be coloured; a table's style may do so."""
    for ancestor in paragraph.iterancestors(f"{W}tc", f"{W}tbl", f"{W}txbxContent"):
        properties = next(ancestor.iterchildren(f"{W}tcPr", f"{W}tblPr"), None)
        if ancestor.tag == f"{W}txbxContent" or (
            properties is not None and (is_filled(properties) or properties.find(f"{W}tblStyle") is not None)
        ):
            return True
    return False


def _rows(paragraph: Any, part: Any, look: Look, styles: Styles, *, on_paper: bool) -> list[list[_Piece]]:
    """The paragraph's pieces, a list for each line that the author broke.

    `on_paper`: nothing lies behind them but what their own look says, so white ones are not meant for readers.
    """
    rows: list[list[_Piece]] = [[]]
    fields = _Fields()
    for run in paragraph.iter(f"{W}r"):
        if next(run.iterancestors(f"{W}p")) is not paragraph or _is_left_out(run, paragraph):
            continue
        run_look = look_of_run(run, look, styles)
        for element in run:
            fields.step(element)
            counted, target = fields.outcome(run)
            if counted or run_look.hidden or (on_paper and is_unreadable(run_look)):
                continue
            target = _target(run, part) or target
            text = _SIGNS.get(element.tag)
            if element.tag in (f"{W}br", f"{W}cr"):
                rows.append([])
            elif element.tag == f"{W}t" and element.text:
                text = legible(element.text.replace("\xad", ""))
                text = text.upper() if run_look.capitals else text
            elif element.tag == f"{W}sym":
                text = legible(_symbol(element))
            if text:
                rows[-1].append(_Piece(Span(text, run_look.style), "" if text == "\t" else target))
    return rows


def _symbol(element: Any) -> str:
    """The character of a symbol font, in the private-use area."""
    try:
        code = int(element.get(f"{W}char") or "", 16)
    except ValueError:
        return ""
    return chr(0xF000 + code % 0x1000) if code < 0x100 or 0xF000 <= code < 0xF100 else ""


def _is_placeholder(element: Any) -> bool:
    """Whether a content control still shows what to write into it."""
    return element.tag == f"{W}sdt" and element.find(f"{W}sdtPr/{W}showingPlcHdr") is not None


def _is_left_out(run: Any, paragraph: Any) -> bool:
    """Whether a run was deleted by a tracked change, is shown only by old programs, or is a placeholder."""
    for ancestor in run.iterancestors():
        if ancestor is paragraph:
            return False
        if ancestor.tag in (f"{W}del", f"{W}moveFrom", f"{_MC}Fallback") or _is_placeholder(ancestor):
            return True
    return False


def _target(run: Any, part: Any) -> str:
    for ancestor in run.iterancestors(f"{W}hyperlink"):
        name = ancestor.get(f"{_R}id")
        if name in part.rels and part.rels[name].is_external:
            return str(part.rels[name].target_ref)
    return ""
