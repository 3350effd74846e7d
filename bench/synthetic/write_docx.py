"""Sheets to DOCX with python-docx."""

import io
from typing import Any

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.shared import Pt

from bench.synthetic.sheet import Bar, Block, Gap, Heading, Item, Line, Paragraph, Pills, Run, Sheet, Side, cased

_WIDTH = 480.0


def write(sheet: Sheet) -> bytes:
    """The sheet as DOCX bytes."""
    document = docx.Document()
    style: Any = document.styles["Normal"]
    style.font.size = Pt(sheet.looks.size)
    style.paragraph_format.space_after = Pt(2)
    if sheet.running:
        document.sections[0].header.paragraphs[0].text = sheet.running
    if sheet.footer:
        document.sections[0].footer.paragraphs[0].text = sheet.footer.format(1, 2)
    target: Any = document
    if sheet.extras.get("contacts_in") == "page header":
        target = document.sections[0].header
    for block in sheet.header:
        _block(target, block, sheet, _WIDTH)
    if len(sheet.columns) == 1:
        for block in sheet.columns[0][1]:
            _block(document, block, sheet, _WIDTH)
    else:
        table = document.add_table(rows=1, cols=len(sheet.columns))
        for cell, (share, blocks) in zip(table.rows[0].cells, sheet.columns, strict=True):
            cell.width = Pt(_WIDTH * share)
            for block in blocks:
                _block(cell, block, sheet, _WIDTH * share)
    data = io.BytesIO()
    document.save(data)
    return data.getvalue()


def _add(paragraph: Any, runs: tuple[Run, ...], size: float) -> None:
    for run in runs:
        added = paragraph.add_run(run.text)
        added.bold = run.look == "strong" or None
        added.italic = run.look == "em" or None
        if size:
            added.font.size = Pt(size)


def _block(target: Any, block: Block, sheet: Sheet, width: float) -> None:
    looks = sheet.looks
    match block:
        case Line(left, right, size, centred):
            paragraph = target.add_paragraph()
            _add(paragraph, left, looks.size * size if size != 1.0 else 0)
            if right:
                paragraph.paragraph_format.tab_stops.add_tab_stop(Pt(width), WD_TAB_ALIGNMENT.RIGHT)
                paragraph.add_run("\t")
                _add(paragraph, right, 0)
            if centred:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        case Heading(text):
            paragraph = target.add_paragraph()
            if sheet.extras.get("headings") == "styled":
                paragraph.style = sheet_style(target, "Heading 1")
            run = paragraph.add_run(cased(text, looks.heading_case))
            run.bold = looks.heading_bold or None
            run.font.size = Pt(looks.size * looks.heading_size)
        case Item(text):
            paragraph = target.add_paragraph(text)
            paragraph.style = sheet_style(target, "List Bullet")
        case Paragraph(text):
            target.add_paragraph(text)
        case Pills(texts):
            target.add_paragraph("   ".join(texts))
        case Bar(text, share):
            target.add_paragraph(f"{text}\t{'●' * round(share * 5)}{'○' * (5 - round(share * 5))}")
        case Gap():
            target.add_paragraph()
        case Side(parts, widths, _):
            table = target.add_table(1, len(parts)) if hasattr(target, "add_section") else _nested(target, parts, width)
            for cell, part, share in zip(table.rows[0].cells, parts, widths, strict=True):
                cell.width = Pt(width * share)
                for inner in part:
                    _block(cell, inner, sheet, width * share)


def _nested(target: Any, parts: tuple[tuple[Block, ...], ...], width: float) -> Any:
    try:
        return target.add_table(1, len(parts))
    except TypeError:
        return target.add_table(1, len(parts), Pt(width))


def sheet_style(target: Any, name: str) -> Any:
    """A style of the document that the target belongs to."""
    return target.part.document.styles[name] if hasattr(target.part, "document") else None
