"""PDFs without what tells who the person is: same pages, same layout, the words truly gone.

Only the pages' contents are carried over into a new file: no catalog, outline, form, script, attachment, metadata, link, comment or
earlier revision. Pictures larger than an icon go: they may be portraits, signatures, or codes that lead to a profile. Pages that are
pictures are set anew from the words that were recognised on them.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pymupdf

from parser_service.adapters.typeset import typeset
from parser_service.domain.errors import DocumentUnreadable, RedactionIncomplete
from parser_service.domain.identity import Identity, Range
from parser_service.domain.layout import Box, Cell, Document, Page
from parser_service.domain.marking import Places, TextLine, mark, places_on
from parser_service.domain.redaction import JsonObject, RedactionOptions, identity_of

_FLAGS = pymupdf.TEXT_PRESERVE_WHITESPACE
_ICON = 20.0  # points; pictures larger than this go
_COVERING = 0.6  # share of the page from which a picture is the page
_FAR = 100_000.0
_PASSES = 3
_BAR = (0.13, 0.13, 0.13)
_INVISIBLE = 3  # text rendering mode
# Properties of marked content: ActualText, Alt and E repeat words in plain text.
_PROPERTIES = re.compile(
    rb"(?:<<(?:[^<>()]|\((?:\\.|[^\\()])*\)|<[0-9A-Fa-f\s]*>|<<[^<>]*>>)*>>|/[^\s/<>()\[\]]+)\s*BDC\b"
)
_LEAKING_KEYS = (
    "Metadata",
    "PieceInfo",
    "LastModified",
    "Thumb",
    "AA",
    "StructParent",
    "StructParents",
    "Alternates",
    "OPI",
    "Properties",
)

_tools: Any = pymupdf.TOOLS
_mupdf: Any = pymupdf


def redact_pdf(data: bytes, layout: Document, resume: JsonObject, options: RedactionOptions) -> bytes:
    """The redacted PDF. `layout` is how the reader laid out the same bytes. Raises DocumentUnreadable, RedactionIncomplete."""
    identity = identity_of(resume, options)
    try:
        with _mupdf.open(stream=data, filetype="pdf") as document, _mupdf.open() as result:
            # Fields of forms and comments become words of the page, and are treated like them.
            document.bake()
            for page, laid_out in zip(document, layout.pages, strict=True):
                places = places_on(laid_out, layout, resume, options)
                if _is_picture(page, laid_out):
                    lines = [TextLine(cell.text, cell.box) for cell in laid_out.cells]
                    marks = mark(lines, identity, places)
                    typeset(result, laid_out.cells, marks, width=laid_out.width, height=laid_out.height, flowing=False)
                else:
                    _redact_page(page, identity, places)
                    result.insert_pdf(
                        document, from_page=page.number, to_page=page.number, links=False, annots=False, widgets=False
                    )
            _strip(result)
            redacted: bytes = result.tobytes(garbage=4, deflate=True, clean=True, no_new_id=True)
        _require_clean(redacted, identity)
    except (RuntimeError, ValueError, LookupError, pymupdf.mupdf.FzErrorBase) as error:
        raise DocumentUnreadable(kind="pdf") from error
    return redacted


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    boxes: tuple[Any, ...]  # one for each character
    upright: bool

    @property
    def line(self) -> TextLine:
        box = pymupdf.Rect(self.boxes[0])  # type: ignore[no-untyped-call]
        for other in self.boxes[1:]:
            box |= other
        return TextLine(self.text, Box(box.x0, box.y0, box.x1, box.y1))


def _lines(page: Any) -> Iterator[_Line]:
    for block in page.get_text("rawdict", flags=_FLAGS)["blocks"]:
        for line in block.get("lines", ()):
            characters = [c for span in line["spans"] for c in span["chars"]]
            for run in _runs(characters, line["dir"]):
                if any(c["c"].strip() for c in run):
                    text = "".join(c["c"][:1] or " " for c in run)
                    yield _Line(text, tuple(pymupdf.Rect(c["bbox"]) for c in run), abs(line["dir"][0]) > 0.99)  # type: ignore[no-untyped-call]


def _runs(characters: Sequence[Any], direction: tuple[float, float]) -> Iterator[Sequence[Any]]:
    """Cuts a line where a word is printed over another: side by side in the text, the two would be one word that nobody knows.

    Right-to-left letters step back too, but each stands beside the one before it.
    """
    start = 0
    extents = [_extent(c["bbox"], direction) for c in characters]
    for at in range(1, len(characters)):
        (low, high), (before, before_high) = extents[at], extents[at - 1]
        beside = abs(high - before) <= max(high - low, before_high - before) * 0.5
        if low < before - 0.5 and not beside:
            yield characters[start:at]
            start = at
    yield characters[start:]


def _extent(box: Sequence[float], direction: tuple[float, float]) -> tuple[float, float]:
    """Where a box begins and ends along the direction of its line."""
    places = [x * direction[0] + y * direction[1] for x in (box[0], box[2]) for y in (box[1], box[3])]
    return min(places), max(places)


def _is_picture(page: Any, laid_out: Page) -> bool:
    """Whether what is read on the page is not in its text: a scan, a scan with invisible text, words turned into outlines."""
    backed = [line.line.box for line in _lines(page)]
    unbacked = sum(len(cell.text) for cell in laid_out.cells if not any(_meet(cell, box) for box in backed))
    if unbacked and unbacked >= 0.5 * sum(len(cell.text) for cell in laid_out.cells):
        return True
    covered = any(_share(image["bbox"], page) > _COVERING for image in page.get_image_info())
    return covered and (not backed or any(trace["type"] == _INVISIBLE for trace in page.get_texttrace()))


def _meet(cell: Cell, box: Box) -> bool:
    return box.x0 < cell.box.x1 and box.x1 > cell.box.x0 and box.y0 < cell.box.middle < box.y1


def _share(box: Sequence[float], page: Any) -> float:
    rect = pymupdf.Rect(box) & page.rect  # type: ignore[no-untyped-call]
    return float(rect.get_area() / max(page.rect.get_area(), 1.0)) if not rect.is_empty else 0.0


def _redact_page(page: Any, identity: Identity, places: Places) -> None:
    """Removes words, pictures and lines under them, and all that lies outside of the visible page."""
    pictures = [_mupdf.Rect(image["bbox"]) for image in page.get_image_info() if _is_large(image["bbox"])]
    edge = _mupdf.Rect(0, 0, page.cropbox.width, page.cropbox.height)
    outside = [
        _mupdf.Rect(-_FAR, -_FAR, _FAR, edge.y0 - 1),
        _mupdf.Rect(-_FAR, edge.y1 + 1, _FAR, _FAR),
        _mupdf.Rect(-_FAR, -_FAR, edge.x0 - 1, _FAR),
        _mupdf.Rect(edge.x1 + 1, -_FAR, _FAR, _FAR),
    ]
    for image in page.get_image_info(xrefs=True):
        if image["xref"] and _is_large(image["bbox"]):
            page.delete_image(image["xref"])
    bars: list[Any] = []
    # What is removed may bring together what stood apart: look again until nothing is found.
    for turn in range(_PASSES):
        lines = list(_lines(page))
        marks = mark([line.line for line in lines], identity, places)
        found = [(line, ranges) for line, ranges in zip(lines, marks, strict=True) if ranges]
        if turn and not found:
            break
        for rect in [] if turn else [*outside, *pictures]:
            page.add_redact_annot(rect, fill=False)
        for line, ranges in found:
            for rect in _rects(line, ranges):
                page.add_redact_annot(_core(rect, upright=line.upright), fill=False)
                bars.append(rect)
        page.apply_redactions(
            images=_mupdf.PDF_REDACT_IMAGE_PIXELS,
            graphics=_mupdf.PDF_REDACT_LINE_ART_REMOVE_IF_COVERED,
            text=_mupdf.PDF_REDACT_TEXT_REMOVE,
        )
        places = replace(places, certain=(), head=())
    for bar in bars:
        page.draw_rect(bar, color=None, fill=_BAR, overlay=True)


def _is_large(box: Sequence[float]) -> bool:
    return box[2] - box[0] > _ICON or box[3] - box[1] > _ICON


def _rects(line: _Line, ranges: Sequence[Range]) -> Iterator[Any]:
    for start, end in ranges:
        rect = _mupdf.Rect(line.boxes[start])
        for box in line.boxes[start + 1 : end]:
            rect |= box
        yield rect


def _core(rect: Any, *, upright: bool) -> Any:
    """The middle of a run of words: touches none of the lines and characters around it."""
    across, along = (rect.height * 0.3, 0.1) if upright else (0.1, rect.width * 0.3)
    return _mupdf.Rect(rect.x0 + along, rect.y0 + across, rect.x1 - along, rect.y1 - across)


def _strip(document: Any) -> None:
    """Removes what pages bring along besides their looks."""
    document.set_metadata({})
    document.del_xml_metadata()
    for xref in range(1, document.xref_length()):
        keys = document.xref_get_keys(xref)
        for key in keys:
            if key in _LEAKING_KEYS:
                document.xref_set_key(xref, key, "null")
        if document.xref_get_key(xref, "Resources")[0] == "dict":
            document.xref_set_key(xref, "Resources/Properties", "null")
    contents = {xref for page in document for xref in page.get_contents()}
    forms = {
        xref for xref in range(1, document.xref_length()) if document.xref_get_key(xref, "Subtype") == ("name", "/Form")
    }
    for xref in contents | forms:
        stream = document.xref_stream(xref)
        if b"BDC" in stream:
            document.update_stream(xref, _PROPERTIES.sub(b" BMC", stream))


def _require_clean(data: bytes, identity: Identity) -> None:
    """Raises RedactionIncomplete when anything identifying can still be extracted."""
    with _mupdf.open(stream=data, filetype="pdf") as document:
        for page in document:
            lines = [line.text for line in _lines(page)]
            everything = page.get_text("text", clip=_mupdf.INFINITE_RECT())
            if identity.find("\n".join(lines)) or identity.find(everything):
                raise RedactionIncomplete(page=page.number + 1)
