"""PNG and JPEG to a layout; also draws pages of a PDF for recognition."""

from typing import Any

import numpy as np
import pymupdf

from parser_service.adapters.ocr import Picture
from parser_service.adapters.scan import Scan, levelled, read_scan
from parser_service.domain.errors import DocumentTooComplex, DocumentUnreadable, NoTextInDocument
from parser_service.domain.layout import Document, Page

# Phones make pictures of 50 megapixels. They are told by the header, before memory is taken for the pixels.
MAX_PIXELS = 64_000_000
_LARGEST_SIDE = 3000  # pixels of what is recognised; A4 at 250 dpi
_FINEST, _COARSEST = 220.0, 150.0  # dots per inch between which a page is drawn
_PAGE_WIDTHS = (400.0, 900.0)  # points; the width of a page whose resolution the file tells right
_A4_WIDTH = 595.0
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # JPEG's start-of-frame markers


def read_picture(data: bytes, kind: str) -> Document:
    """Lays out the text of one picture. Raises DocumentTooComplex, DocumentUnreadable, NoTextInDocument."""
    try:
        pixels = _pixels(data, kind)
        require_moderate(*pixels)
        with pymupdf.open(stream=data, filetype=kind) as document:  # type: ignore[no-untyped-call]  # ships no types
            page = document[0]
            width, height = page.rect.width, page.rect.height
            picture = drawn(page, page.rect, max(pixels) / max(width, height) * 72, coarsest=0)
    except (RuntimeError, ValueError, LookupError, pymupdf.mupdf.FzErrorBase) as error:
        raise DocumentUnreadable(kind=kind) from error
    if not _PAGE_WIDTHS[0] <= width <= _PAGE_WIDTHS[1]:
        width = _A4_WIDTH
    scan = read_scan(picture, width / picture.shape[1])
    if not scan.cells:
        raise NoTextInDocument(pages=1)
    return Document(kind, levelled([page_of(scan, 1)]), recognised_pages=1)


def _pixels(data: bytes, kind: str) -> tuple[int, int]:
    """Width and height from the header. Raises LookupError or ValueError when there is none."""
    if kind == "png":
        return int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    position = 2
    while data[position] == 0xFF:
        marker = data[position + 1]
        if marker in _FRAMES:
            height, width = data[position + 5 : position + 7], data[position + 7 : position + 9]
            return int.from_bytes(width), int.from_bytes(height)
        # Fill bytes, and markers that stand alone, have no length.
        alone = marker in (0xFF, 0x01) or 0xD0 <= marker <= 0xD8
        position += 1 if marker == 0xFF else 2 if alone else 2 + int.from_bytes(data[position + 2 : position + 4])
    raise ValueError(position)


def require_moderate(width: int, height: int) -> None:
    """Raises DocumentTooComplex when a picture has too many pixels to be unpacked."""
    if width * height > MAX_PIXELS:
        raise DocumentTooComplex(limit="pixels")


def page_of(scan: Scan, number: int) -> Page:
    """A page that is nothing but a scan."""
    return Page(number, scan.width, scan.height, scan.cells)


def drawn(page: Any, clip: Any, resolution: float, *, coarsest: float = _COARSEST) -> Picture:
    """The pixels of a part of a page, on white, at a resolution (dots per inch) near that of the picture on it."""
    wanted = min(max(resolution, coarsest), max(_FINEST, coarsest)) if coarsest else resolution
    wanted = min(wanted, _LARGEST_SIDE * 72 / max(clip.width, clip.height, 1))
    scale = wanted / 72
    pixmap = page.get_pixmap(matrix=pymupdf.Matrix(scale, scale), clip=clip, alpha=False, colorspace=pymupdf.csRGB)  # type: ignore[no-untyped-call]
    samples = np.frombuffer(pixmap.samples_mv, np.uint8).reshape(pixmap.height, pixmap.width, 3)
    return samples.copy()
