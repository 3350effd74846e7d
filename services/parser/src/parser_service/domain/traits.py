"""Traits of a file's layout that software which reads applications may stumble over."""

from collections.abc import Iterator, Sequence

from parser_service.domain.columns import Flow
from parser_service.domain.layout import Document

COLUMNS, TABLES, TEXT_BOXES, PICTURES = "columns", "tables", "text_boxes", "pictures"
HEADER_TEXT, MANY_FONTS, SMALL_TYPE = "header_text", "many_fonts", "small_type"

# Families of type beyond these look like parts of several documents.
MOST_FONTS = 4
# Points; smaller body type is hard on readers.
SMALLEST_BODY = 9.0
# Of the page's height, that columns must stand side by side to be more than a header.
_LEAST_OVERLAP = 0.2


def layout_traits(document: Document, flows: Sequence[Flow]) -> tuple[str, ...]:
    """What the adapter saw in the file, and what the layout shows; in the order of the constants above."""
    found = {*document.traits, *_of_layout(document, flows)}
    order = (COLUMNS, TABLES, TEXT_BOXES, PICTURES, HEADER_TEXT, MANY_FONTS, SMALL_TYPE)
    return tuple(trait for trait in order if trait in found)


def _of_layout(document: Document, flows: Sequence[Flow]) -> Iterator[str]:
    if document.paged and any(_side_by_side(document, one, other) for one in flows for other in flows):
        yield COLUMNS
    if not document.paged or document.recognised_pages:
        return  # fonts and sizes are not the file's own
    cells = [cell for page in document.pages for cell in page.cells if cell.text]
    if len({_family(cell.style.font) for cell in cells if len(cell.text) > 3} - {""}) > MOST_FONTS:
        yield MANY_FONTS
    if document.body_size < SMALLEST_BODY:
        yield SMALL_TYPE


def _side_by_side(document: Document, one: Flow, other: Flow) -> bool:
    page = one.lines[0].page if one.lines else 0
    left = [line.box for line in one.lines if line.page == page]
    right = [line.box for line in other.lines if line.page == page]
    if not left or not right or max(box.x1 for box in left) > min(box.x0 for box in right):
        return False
    top = max(min(box.y0 for box in left), min(box.y0 for box in right))
    bottom = min(max(box.y1 for box in left), max(box.y1 for box in right))
    height = next(sheet.height for sheet in document.pages if sheet.number == page)
    return bottom - top > _LEAST_OVERLAP * height


def _family(font: str) -> str:
    """`ABCDEF+Lato-Bold` → `lato`."""
    return font.rpartition("+")[2].partition("-")[0].partition(",")[0].lower()
