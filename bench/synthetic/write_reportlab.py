"""Sheets to PDF with reportlab, in the standard PDF fonts."""

import io
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import (
    BaseDocTemplate,
    Frame,
    FrameBreak,
    HRFlowable,
    PageTemplate,
    Spacer,
    Table,
    TableStyle,
)
from reportlab.platypus import Paragraph as Text

from bench.synthetic.sheet import Bar, Block, Gap, Heading, Item, Line, Paragraph, Pills, Run, Sheet, Side, cased

_HEADER = 110.0


def write(sheet: Sheet) -> bytes:
    """The sheet as PDF bytes."""
    margin = sheet.looks.margin
    width, height = A4[0] - 2 * margin, A4[1] - 2 * margin
    data = io.BytesIO()
    document = BaseDocTemplate(data, pagesize=A4, invariant=1)
    story: list[Any] = [flow for block in sheet.header for flow in _block(block, sheet, width)]
    frames = [Frame(margin, margin, width, height, 0, 0, 0, 0)]
    if len(sheet.columns) > 1:
        gutter = 16.0
        frames = [Frame(margin, A4[1] - margin - _HEADER, width, _HEADER, 0, 0, 0, 0)]
        x = margin
        for share, _ in sheet.columns:
            column = (width - gutter * (len(sheet.columns) - 1)) * share
            frames.append(Frame(x, margin, column, height - _HEADER - 6, 0, 0, 0, 0))
            x += column + gutter
        for frame, (_, blocks) in zip(frames[1:], sheet.columns, strict=True):
            story.append(FrameBreak())
            column = frame._width
            story += [flow for block in blocks for flow in _block(block, sheet, column)]
    else:
        story += [flow for block in sheet.columns[0][1] for flow in _block(block, sheet, width)]
    document.addPageTemplates([PageTemplate("first", frames, onPage=lambda canvas, _: _furniture(canvas, sheet))])
    document.build(story)
    return data.getvalue()


def _furniture(canvas: Any, sheet: Sheet) -> None:
    canvas.setFont("Helvetica", 8)
    if sheet.running:
        canvas.drawRightString(A4[0] - 40, A4[1] - 28, sheet.running)
    if sheet.footer:
        canvas.drawCentredString(A4[0] / 2, 24, sheet.footer.format(canvas.getPageNumber(), 2))


def _style(sheet: Sheet, size: float = 1.0, **more: Any) -> ParagraphStyle:
    points = sheet.looks.size * size
    return ParagraphStyle("p", fontName="Helvetica", fontSize=points, leading=points * 1.25, **more)


def _markup(runs: tuple[Run, ...]) -> str:
    tags = {
        "strong": ("<b>", "</b>"),
        "em": ("<i>", "</i>"),
        "muted": ('<font color="#777777">', "</font>"),
        "": ("", ""),
    }
    return "".join(f"{tags[run.look][0]}{escape(run.text)}{tags[run.look][1]}" for run in runs)


def _block(block: Block, sheet: Sheet, width: float) -> list[Any]:
    looks = sheet.looks
    match block:
        case Line(left, right, size, centred):
            style = _style(sheet, size, **({"alignment": TA_CENTER} if centred else {}))
            if not right:
                return [Text(_markup(left), style)]
            edge = _style(sheet, size, alignment=2)
            return [_table([[Text(_markup(left), style), Text(_markup(right), edge)]], [width * 0.68, width * 0.32])]
        case Heading(text):
            style = _style(sheet, looks.heading_size, spaceBefore=10, spaceAfter=3, textColor=HexColor(looks.accent))
            words = escape(cased(text, looks.heading_case))
            rule = [HRFlowable(width="100%", thickness=0.6, color=HexColor(looks.accent))] if looks.heading_rule else []
            return [Text(f"<b>{words}</b>" if looks.heading_bold else words, style), *rule]
        case Item(text):
            return [Text(escape(text), _style(sheet, leftIndent=14, bulletIndent=4), bulletText=looks.bullet)]
        case Paragraph(text):
            return [Text(escape(text), _style(sheet))]
        case Pills(texts):
            return [Text(" &nbsp;&nbsp; ".join(map(escape, texts)), _style(sheet))]
        case Bar(text, share):
            return [Text(escape(text), _style(sheet)), HRFlowable(width=80 * share, thickness=3, hAlign="LEFT")]
        case Gap(height):
            return [Spacer(1, height * looks.size)]
        case Side(parts, widths, ruled):
            cells = [
                [flow for b in part for flow in _block(b, sheet, width * w)]
                for part, w in zip(parts, widths, strict=True)
            ]
            return [_table([cells], [width * w for w in widths], ruled=ruled)]


def _table(rows: list[list[Any]], widths: list[float], *, ruled: bool = False) -> Table:
    style = [("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 3 if ruled else 0),
             ("RIGHTPADDING", (0, 0), (-1, -1), 3 if ruled else 0), ("TOPPADDING", (0, 0), (-1, -1), 1),
             ("BOTTOMPADDING", (0, 0), (-1, -1), 1)]  # fmt: skip
    if ruled:
        style.append(("GRID", (0, 0), (-1, -1), 0.4, HexColor("#999999")))  # type: ignore[arg-type]
    return Table(rows, colWidths=widths, style=TableStyle(style))
