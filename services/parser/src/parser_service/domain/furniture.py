"""Page furniture: page numbers and running headers, which belong to the paper and not to the person."""

import re
from collections import Counter
from dataclasses import replace

from parser_service.domain.folding import fold
from parser_service.domain.layout import Cell, Document, Page

_MARGIN = 0.09  # share of the page's height at top and bottom
_NUMBERING = re.compile(
    r"(?:^|.*[\s·|–—-])(?:page|seite|pagina|p\.)\s*\d+(?:\s*(?:of|von|de|sur|di|/)\s*\d+)?$|^-?\s*\d{1,2}\s*-?$"
    r"|^\d{1,2}\s*/\s*\d{1,2}$|^(?:last )?updated (?:in|on|:).*|^curriculum vitae$|^resume$|^lebenslauf$|^cv$"
)


def without_furniture(document: Document) -> Document:
    """The document without page numbers, and without lines that repeat in the margins of several pages."""
    if not document.paged:
        return document
    repeated: Counter[str] = Counter()
    for page in document.pages:
        repeated.update({_shape(cell) for cell in page.cells if _in_margin(cell, page)})
    # The first page keeps a running header: it may be the only place where the name stands.
    pages = tuple(
        replace(page, cells=tuple(cell for cell in page.cells if not _is_furniture(cell, page, repeated)))
        for page in document.pages
    )
    return replace(document, pages=pages)


def _shape(cell: Cell) -> str:
    return re.sub(r"\d+", "#", fold(cell.text)) + f"@{round(cell.box.y0 / 6)}"


def _in_margin(cell: Cell, page: Page) -> bool:
    return cell.box.y1 < page.height * _MARGIN or cell.box.y0 > page.height * (1 - _MARGIN)


def _is_furniture(cell: Cell, page: Page, repeated: Counter[str]) -> bool:
    outermost = cell.box.y0 >= max(other.box.y0 for other in page.cells) or _in_margin(cell, page)
    if outermost and _NUMBERING.match(fold(cell.text)):
        return True
    if not _in_margin(cell, page):
        return False
    return repeated[_shape(cell)] > 1 and (page.number > 1 or cell.box.y0 > page.height / 2)
