"""Plain text to a layout: a character is a unit of width, a line a unit of height."""

import re

from parser_service.domain.errors import DocumentUnreadable, TooMuchText
from parser_service.domain.layout import Box, Cell, Document, Page, Span, Style
from parser_service.domain.sniff import decode_text

_WIDTH, _HEIGHT = 5.0, 10.0
_TAB = 4
_COLUMN_GAP = re.compile(r" {3,}(?![-–—] )|(?<=\S) {2,}(?=[12]\d{3}|\d{2}[/.]\d)")
_UNDERLINE = re.compile(r"^\s*([=\-~_*#])\1{2,}\s*$")
_DECORATION = re.compile(r"^\s*(?:(#{1,6}|\*{2,}|={2,}|_{2,}|-{2,}|~{2,})\s*)(\S.*?)\s*(?:[#*=_~-]+\s*)?$")
_EMPHASIS = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_CODES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|[\u200b-\u200f\u2060\ufeff]")


def read_text(data: bytes, *, max_characters: int) -> Document:
    """Lays out plain text on one virtual page. Raises DocumentUnreadable, TooMuchText."""
    text = decode_text(data)
    if text is None:
        raise DocumentUnreadable(kind="txt")
    return lay_out_text(text, "txt", max_characters=max_characters)


def lay_out_text(text: str, kind: str, *, max_characters: int) -> Document:
    """Lays out text of which nothing but the characters is known. Raises TooMuchText."""
    if len(text) > max_characters:
        raise TooMuchText(characters=len(text), limit=max_characters)
    rows = _CODES.sub("", text).replace("\f", "\n").expandtabs(_TAB).splitlines()
    cells: list[Cell] = []
    for number, row in enumerate(rows):
        if not row.strip() or _UNDERLINE.match(row):
            continue
        underlined = number + 1 < len(rows) and bool(_UNDERLINE.match(rows[number + 1])) and len(row.split()) <= 6
        cells += _cells(row, number, underlined=underlined)
    width = max((cell.box.x1 for cell in cells), default=0.0)
    page = Page(1, width, len(rows) * _HEIGHT, tuple(cells))
    return Document(kind, (page,), paged=False)


def _cells(row: str, number: int, *, underlined: bool) -> list[Cell]:
    decorated = _DECORATION.match(row)
    style = Style(bold=underlined)
    if decorated:
        # The fewer marks (`#`) or the more stars, the higher the rank; only "it is a headline" is kept of it.
        rank = 7 - len(decorated[1]) if decorated[1].startswith("#") else len(decorated[1])
        style = Style(bold=True, size=10.0 + rank / 2)
        row = " " * decorated.start(2) + decorated[2]
    cells: list[Cell] = []
    position = 0
    for gap in [*_COLUMN_GAP.finditer(row), None]:
        end = gap.start() if gap else len(row)
        piece = row[position:end]
        if piece.strip():
            indent = len(piece) - len(piece.lstrip())
            x0 = (position + indent) * _WIDTH
            box = Box(x0, number * _HEIGHT, x0 + len(piece.strip()) * _WIDTH, (number + 1) * _HEIGHT - 1)
            cells.append(Cell(box, _spans(piece.strip(), style), heading=underlined or bool(decorated)))
        position = gap.end() if gap else end
    if len(cells) > 1 and re.fullmatch(r"[-*•+o·]", cells[0].text):
        bullet, first, *rest = cells
        cells = [Cell(bullet.box.union(first.box), (Span("• ", style), *first.spans)), *rest]
    return cells


def _spans(text: str, style: Style) -> tuple[Span, ...]:
    """Markdown emphasis read as bold."""
    spans: list[Span] = []
    position = 0
    bold = Style(size=style.size, bold=True)
    for match in _EMPHASIS.finditer(text):
        spans += [Span(text[position : match.start()], style), Span(match[2], bold)]
        position = match.end()
    spans.append(Span(text[position:], style))
    return tuple(span for span in spans if span.text)
