"""What in a file's layout software may stumble over."""

import io
from typing import Any

import docx
import pymupdf
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Pt

from parser_service.adapters.reader import read_bytes
from tests.support.builders.documents import LINES, docx_resume, pdf_resume
from tests.unit.parser.drawing import TODAY

PIXEL = pymupdf.Pixmap(pymupdf.csRGB, pymupdf.IRect(0, 0, 60, 80), False).tobytes("png")


def traits(data: bytes) -> tuple[str, ...]:
    return read_bytes(data, TODAY).reading.traits


def pdf(draw: Any) -> bytes:
    document = pymupdf.open(stream=pdf_resume(), filetype="pdf")
    draw(document[0])
    data: bytes = document.tobytes()
    return data


def two_columns() -> bytes:
    document = pymupdf.open()
    page = document.new_page()
    page.insert_text((60, 60), LINES[0], fontsize=20)
    for row, line in enumerate(
        ("Skills", "Python", "SQL", "Spark", "Kubernetes", "Languages", "Dutch", "English", "", "Contact", "Utrecht")
    ):
        page.insert_text((60, 120 + row * 30), line, fontsize=13 if line in ("Skills", "Languages", "Contact") else 10)
    for row, line in enumerate(line for line in LINES[1:11] if line):
        page.insert_text((250, 120 + row * 35), line[:60], fontsize=13 if line in ("Experience", "Education") else 10)
    data: bytes = document.tobytes()
    return data


def word(change: Any) -> bytes:
    document = docx.Document(io.BytesIO(docx_resume()))
    change(document)
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def with_table(document: Any) -> None:
    table = document.add_table(rows=1, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "Python", "SQL"


def with_frame(document: Any) -> None:
    document.add_table(rows=1, cols=1).cell(0, 0).text = "Python"


def with_header(document: Any) -> None:
    document.sections[0].header.paragraphs[0].text = "mirela@example.org"


def with_columns(document: Any) -> None:
    document.sections[0]._sectPr.append(parse_xml(f'<w:cols {nsdecls("w")} w:num="2"/>'))


def with_picture(document: Any) -> None:
    document.add_picture(io.BytesIO(PIXEL))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (pdf_resume(), ()),
        (docx_resume(), ()),
        (pdf(lambda page: page.insert_image((400, 40, 500, 160), stream=PIXEL)), ("pictures",)),
        (pdf(lambda page: page.insert_image((400, 40, 410, 50), stream=PIXEL)), ()),
        (two_columns(), ("columns",)),
        (word(with_table), ("tables",)),
        (word(with_frame), ()),
        (word(with_header), ("header_text",)),
        (word(with_columns), ("columns",)),
        (word(with_picture), ("pictures",)),
    ],
    ids=[
        "plain pdf",
        "plain docx",
        "photo",
        "icon",
        "columns",
        "table",
        "frame",
        "header",
        "docx columns",
        "docx picture",
    ],
)
def test_traits_are_told_and_harmless_things_are_not(data: bytes, expected: tuple[str, ...]) -> None:
    assert traits(data) == expected


def test_small_type_and_many_fonts_are_told() -> None:
    document = pymupdf.open()
    page = document.new_page()
    for row, line in enumerate(LINES):
        font = ("helv", "tiro", "cour", "symb", "zadb")[row % 3]
        page.insert_text((60, 60 + row * 20), line, fontsize=7, fontname=font)
    found = traits(document.tobytes())
    assert "small_type" in found
    assert "many_fonts" not in found


def test_type_too_small_for_readers_is_not_read() -> None:
    def with_keywords(document: Any) -> None:
        document.add_paragraph().add_run("Terraform, score 100").font.size = Pt(1)

    assert "Terraform" not in str(read_bytes(word(with_keywords), TODAY))
