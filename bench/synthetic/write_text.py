"""Sheets to plain text."""

import textwrap

from bench.synthetic.sheet import Bar, Block, Gap, Heading, Item, Line, Paragraph, Pills, Sheet, Side, cased, plain

_WIDTH = 78


def write(sheet: Sheet) -> bytes:
    """The sheet as UTF-8; columns follow one another."""
    wrapped = sheet.extras.get("wrap") != "none"
    rows: list[str] = []
    for block in [*sheet.header, *(block for _, blocks in sheet.columns for block in blocks)]:
        rows += _block(block, sheet, wrapped=wrapped)
    return ("\n".join(rows).strip() + "\n").encode()


def _fold(text: str, indent: str, first: str, *, wrapped: bool) -> list[str]:
    if not wrapped:
        return [first + text]
    return textwrap.wrap(text, _WIDTH, initial_indent=first, subsequent_indent=indent, break_long_words=False)


def _block(block: Block, sheet: Sheet, *, wrapped: bool) -> list[str]:
    match block:
        case Line(left, right, _, centred):
            text = plain(left)
            if right:
                gap = max(_WIDTH - len(text) - len(plain(right)), 3)
                return [f"{text}{' ' * gap}{plain(right)}"]
            return [text.center(_WIDTH).rstrip() if centred else text]
        case Heading(text):
            words = cased(text, "upper" if sheet.looks.heading_case else "")
            mark = sheet.extras.get("underline", "")
            return ["", words, *([mark * len(words)] if mark else [])]
        case Item(text):
            return _fold(text, "  ", f"{sheet.looks.bullet} ", wrapped=wrapped)
        case Paragraph(text):
            return _fold(text, "", "", wrapped=wrapped)
        case Pills(texts):
            return [" | ".join(texts)]
        case Bar(text, share):
            return [f"{text:24}{'*' * round(share * 5)}"]
        case Gap():
            return [""]
        case Side(parts, widths, _):
            sides = [[row for b in part for row in _block(b, sheet, wrapped=False)] for part in parts]
            if len(sides) == 1:
                return sides[0]
            first = max(round(_WIDTH * widths[0]), max((len(row) for row in sides[0]), default=0) + 3)
            height = max(map(len, sides))
            one, other = ([*side, *[""] * (height - len(side))] for side in sides[:2])
            return [f"{a:{first}}{b}".rstrip() for a, b in zip(one, other, strict=True)]
