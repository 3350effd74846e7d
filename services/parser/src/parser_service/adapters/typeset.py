"""A PDF made of nothing but words: for formats without a layout of their own, and for pages that are pictures."""

from collections.abc import Sequence
from html import escape
from typing import Any

import pymupdf

from parser_service.domain.identity import Range
from parser_service.domain.layout import Cell, Document
from parser_service.domain.marking import TextLine, mark, places_on
from parser_service.domain.redaction import PLACEHOLDER, JsonObject, RedactionOptions, identity_of

_PAGE_HEIGHT = 800.0
_MARGIN = 40.0  # around texts that had no page
_LARGEST = 48.0
_CSS = "* {margin: 0; padding: 0; font-family: sans-serif; line-height: 1;}"


def redact_words(layout: Document, resume: JsonObject, options: RedactionOptions) -> bytes:
    """The words of a document as a PDF, without what tells who the person is."""
    identity = identity_of(resume, options)
    with pymupdf.open() as result:  # type: ignore[no-untyped-call]  # ships no types
        for page in layout.pages:
            lines = [TextLine(cell.text, cell.box) for cell in page.cells]
            marks = mark(lines, identity, places_on(page, layout, resume, options))
            typeset(result, page.cells, marks, width=page.width, height=page.height, flowing=not layout.paged)
        data: bytes = result.tobytes(garbage=4, deflate=True, clean=True, no_new_id=True)
    return data


def typeset(
    document: Any,
    cells: Sequence[Cell],
    marks: Sequence[Sequence[Range]],
    *,
    width: float,
    height: float,
    flowing: bool,
) -> None:
    """Adds a page with the cells' words at the cells' places, `[removed]` for what is marked; several pages when the text is `flowing`."""
    margin = _MARGIN if flowing else 0.0
    size_of_page = {"width": width + 2 * margin, "height": (_PAGE_HEIGHT if flowing else height) + 2 * margin}
    page = document.new_page(**size_of_page)
    top = 0.0
    for cell, ranges in sorted(zip(cells, marks, strict=True), key=lambda pair: pair[0].box.y0):
        text = _without(cell.text, ranges)
        if flowing and cell.box.y1 - top > _PAGE_HEIGHT:
            top = cell.box.y0
            page = document.new_page(**size_of_page)
        if not text.strip():
            continue
        size = min(cell.style.size, _LARGEST)
        weight = "bold" if cell.style.bold or cell.heading else "normal"
        left, y = cell.box.x0 + margin, cell.box.y0 - top + margin
        right = max(cell.box.x1 + margin, left + 0.62 * size * len(text))
        rect = pymupdf.Rect(left, y, min(right, width + 2 * margin - 4), y + max(1.4 * size, cell.box.height))  # type: ignore[no-untyped-call]
        html = f'<p style="font-size: {size}px; font-weight: {weight}">{escape(text)}</p>'
        page.insert_htmlbox(rect, html, css=_CSS, scale_low=0)


def _without(text: str, ranges: Sequence[Range]) -> str:
    for start, end in reversed(ranges):
        text = text[:start] + PLACEHOLDER + text[end:]
    return text
