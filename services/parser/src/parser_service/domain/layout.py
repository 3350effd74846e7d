"""A document as text with places and looks, whatever file format it came from.

Formats without pages (DOCX, TXT) are laid out on one virtual page, so that one set of rules reads all of them.
"""

import re
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import median_low

BULLET = re.compile(
    r"^\s*(?:[•◦▪▫●○■□◆◇‣⁃∙·➢➤►▸▶❖✦✓✔❯❱»*–—−-]|[\uf0b7\uf0a7\uf076\uf0d8])(?:\s+|$)"
    r"|^\s*[•◦▪▫●○■□◆◇‣▸►▶➢➤∙❖✦✓✔❯❱\uf0b7\uf0a7\uf076\uf0d8](?=\w)"
)


@dataclass(frozen=True, slots=True)
class Box:
    """Rectangle in points; y grows downwards."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def height(self) -> float:
        """Vertical extent."""
        return self.y1 - self.y0

    @property
    def middle(self) -> float:
        """Vertical centre."""
        return (self.y0 + self.y1) / 2

    def union(self, other: "Box") -> "Box":
        """Smallest box around both."""
        return Box(min(self.x0, other.x0), min(self.y0, other.y0), max(self.x1, other.x1), max(self.y1, other.y1))


@dataclass(frozen=True, slots=True)
class Style:
    """How a run of text looks. `size` is in points, `colour` is 0xRRGGBB."""

    font: str = ""
    size: float = 10.0
    bold: bool = False
    italic: bool = False
    colour: int = 0


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text in one style."""

    text: str
    style: Style


@dataclass(frozen=True)
class Cell:
    """Text on one baseline without a wide gap; a line of a table has several."""

    box: Box
    spans: tuple[Span, ...]
    bullet: bool = False
    heading: bool = False  # the format itself says so: a DOCX heading style, a decorated line of plain text
    confidence: float = 1.0  # of the characters themselves: below 1 when they were recognised in a picture

    @cached_property
    def text(self) -> str:
        """The words, with single spaces."""
        return re.sub(r"\s+", " ", "".join(span.text for span in self.spans)).strip()

    @cached_property
    def style(self) -> Style:
        """Style of most of the text."""
        best = max(self.spans, key=lambda span: len(span.text.strip()))
        return best.style

    @cached_property
    def look(self) -> tuple[str, float, bool, bool, int, bool]:
        """What two texts share when the author gave them the same role."""
        style = self.style
        return (style.font, round(style.size * 2) / 2, style.bold, style.italic, style.colour, self.capitals)

    @cached_property
    def opening(self) -> tuple[str, float, bool, bool, int]:
        """How the text begins to look; entries of one template begin alike, however long their parts are."""
        style = next((span.style for span in self.spans if span.text.strip()), self.style)
        return (style.font, round(style.size * 2) / 2, style.bold, style.italic, style.colour)

    @cached_property
    def capitals(self) -> bool:
        """Whether the text is set in capitals."""
        letters = [c for c in self.text if c.isalpha()]
        return len(letters) > 2 and sum(c.isupper() for c in letters) >= 0.9 * len(letters)

    @cached_property
    def first_word_width(self) -> float:
        """Width of the first word and the space before it, had it stood on the line above."""
        word = self.text.split(" ", 1)[0]
        return (self.box.x1 - self.box.x0) * len(word) / max(len(self.text), 1) + 0.25 * self.style.size

    def without_bullet(self) -> "Cell":
        """The same text, its bullet noted and removed."""
        match = BULLET.match("".join(span.text for span in self.spans))
        if not match:
            return self
        return replace(self, spans=cut(self.spans, match.end()), bullet=True)


def cut(spans: tuple[Span, ...], start: int, end: int | None = None) -> tuple[Span, ...]:
    """The spans of the characters from `start` to `end`."""
    kept: list[Span] = []
    position = 0
    for span in spans:
        low, high = max(start - position, 0), len(span.text) if end is None else end - position
        if span.text[low : max(high, 0)]:
            kept.append(replace(span, text=span.text[low : max(high, 0)]))
        position += len(span.text)
    return tuple(kept)


@dataclass(frozen=True)
class Line:
    """Cells on one baseline, from left to right. `page` counts from 1; `gap` is the space above."""

    page: int
    cells: tuple[Cell, ...]
    gap: float = 0.0
    right: float = 0.0  # right edge of the column that the line stands in

    @cached_property
    def box(self) -> Box:
        """Box around all cells."""
        box = self.cells[0].box
        for cell in self.cells[1:]:
            box = box.union(cell.box)
        return box

    @cached_property
    def text(self) -> str:
        """The cells' texts, two spaces apart."""
        return "  ".join(cell.text for cell in self.cells if cell.text)

    @cached_property
    def confidence(self) -> float:
        """That of the least certain cell."""
        return min(cell.confidence for cell in self.cells)

    @property
    def bullet(self) -> bool:
        """Whether the line opens a list item."""
        return self.cells[0].bullet

    @property
    def style(self) -> Style:
        """Style of the longest cell."""
        return max(self.cells, key=lambda cell: len(cell.text)).style


@dataclass(frozen=True, slots=True)
class Link:
    """A link annotation: where it is clickable and where it leads."""

    page: int
    box: Box
    target: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page; its cells come in any order."""

    number: int
    width: float
    height: float
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Document:
    """A document as read from a file. `paged` is False for virtual pages; `wrapped` when lines break at the margin.

    `recognised_pages` counts those on which characters were recognised in pictures. `warnings` tells what was not read.
    """

    kind: str
    pages: tuple[Page, ...]
    links: tuple[Link, ...] = ()
    paged: bool = True
    wrapped: bool = True
    recognised_pages: int = 0
    warnings: tuple[str, ...] = ()
    # Seen by the adapter in the file itself: `domain.traits`.
    traits: tuple[str, ...] = ()

    @cached_property
    def body_size(self) -> float:
        """Type size of most of the text."""
        sizes = [cell.style.size for page in self.pages for cell in page.cells for _ in range(1 + len(cell.text) // 10)]
        return median_low(sizes) if sizes else 10.0
