"""DOC, RTF, and what is in a DOCX or a PDF besides plain text."""

from collections.abc import Callable

import docx
import pytest
from docx.oxml import parse_xml

from bench.word97 import container, doc
from parser_service.adapters import doc as adapter
from parser_service.adapters.reader import lay_out
from parser_service.domain.errors import DocumentEncrypted, DocumentUnreadable
from parser_service.domain.sniff import sniff
from tests.unit.parser.drawing import mupdf

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def texts(data: bytes) -> list[str]:
    return [cell.text for page in lay_out(data, sniff(data)).pages for cell in page.cells]


def test_a_doc_is_read_with_its_fields_shown_as_in_word() -> None:
    data = doc("Orla Fenwick\rGröße \x13 HYPERLINK x \x14shown\x15\r")
    assert texts(data) == ["Orla Fenwick", "Größe shown"]
    assert lay_out(data, "doc").kind == "doc"


def test_the_text_of_a_doc_is_read_where_the_rest_is_beyond_conversion(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(data: bytes) -> bytes:
        raise ValueError(len(data))

    monkeypatch.setattr(adapter, "_as_docx", fail)
    assert texts(doc("Orla Fenwick\rTown\x07Leeds\x07\r\x13 PAGE \x147\x15\r")) == [
        "Orla Fenwick",
        "Town",
        "Leeds",
        "7",
    ]


def test_a_doc_without_its_parts_is_unreadable() -> None:
    with pytest.raises(DocumentUnreadable):
        texts(container({"WordDocument": bytes(4096)}))


def test_an_encrypted_docx_is_told_from_a_doc() -> None:
    with pytest.raises(DocumentEncrypted) as caught:
        texts(container({"EncryptedPackage": bytes(4096)}))
    assert caught.value.fields == {"kind": "docx"}


def test_rtf_is_read() -> None:
    assert texts(rb"{\rtf1\ansi {\b Orla Fenwick}\par Hydrologist\par}") == ["Orla Fenwick", "Hydrologist"]


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        (
            "<w:p><w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:ins><w:r><w:t>new</w:t></w:r></w:ins></w:p>",
            ["new"],
        ),
        (
            "<w:p><w:r><w:t>Page </w:t></w:r><w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText> PAGE "
            "</w:instrText></w:r><w:r><w:fldChar w:fldCharType='separate'/></w:r><w:r><w:t>3</w:t></w:r>"
            "<w:r><w:fldChar w:fldCharType='end'/></w:r><w:r><w:t> of it</w:t></w:r></w:p>",
            ["Page of it"],
        ),
        (
            "<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent><w:p><w:r><w:t>Click here</w:t></w:r></w:p>"
            "</w:sdtContent></w:sdt><w:p><w:r><w:t>written</w:t></w:r></w:p>",
            ["written"],
        ),
        ("<w:p><w:r><w:sym w:font='Wingdings' w:char='F0A7'/><w:t> point</w:t></w:r></w:p>", ["▪ point"]),
        ("<w:p><w:r><w:t>\ue0b0icon \ufb01ne</w:t></w:r></w:p>", ["icon fine"]),
    ],
)
def test_what_word_does_not_show_is_not_read(
    docx_bytes: Callable[[docx.document.Document], bytes], xml: str, expected: list[str]
) -> None:
    document = docx.Document()
    for position, element in enumerate(parse_xml(f"<w:body {W}>{xml}</w:body>")):
        document.element.body.insert(position, element)
    assert texts(docx_bytes(document)) == expected


def test_the_target_of_a_hyperlink_field_is_kept(docx_bytes: Callable[[docx.document.Document], bytes]) -> None:
    document = docx.Document()
    xml = f"""<w:p {W}><w:fldSimple w:instr=' HYPERLINK "https://example.org/orla" '><w:r><w:t>site</w:t></w:r></w:fldSimple></w:p>"""
    document.element.body.insert(0, parse_xml(xml))
    assert [link.target for link in lay_out(docx_bytes(document), "docx").links] == ["https://example.org/orla"]


def test_only_what_a_reader_of_a_pdf_sees_is_read() -> None:
    document = mupdf.open()
    page = document.new_page()
    page.insert_text((50, 50), "seen")
    page.insert_text((50, 70), "without ink", render_mode=3)
    page.insert_text((50, 90), "white on white", color=(1, 1, 1))
    page.insert_text((50, 110), "too small", fontsize=1)
    page.insert_text((50, 130), "transparent", fill_opacity=0)
    page.insert_text((900, 130), "beside the page")
    page.draw_rect(mupdf.Rect(40, 180, 300, 220), fill=(0, 0, 0.5))
    page.insert_text((50, 200), "white on blue", color=(1, 1, 1))
    page.insert_text((50, 450), "under a picture")
    cover = mupdf.Pixmap(mupdf.csRGB, mupdf.IRect(0, 0, 50, 50), False)
    cover.clear_with(200)
    page.insert_image(mupdf.Rect(40, 300, 400, 600), pixmap=cover)
    assert texts(document.tobytes()) == ["seen", "white on blue"]


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_turned_pages_are_set_upright(rotation: int, turn: int) -> None:
    document = mupdf.open()
    page = document.new_page(width=600, height=600)
    for number, line in enumerate(("First line", "Second line")):
        offset = 20 * number
        place = {0: (100, 100 + offset), 90: (100 + offset, 500), 180: (500, 500 - offset), 270: (500 - offset, 100)}[
            turn
        ]
        page.insert_text(place, line, rotate=turn)
    page.set_rotation(rotation)
    cells = lay_out(document.tobytes(), "pdf").pages[0].cells
    assert [cell.text for cell in sorted(cells, key=lambda cell: cell.box.y0)] == ["First line", "Second line"]
    assert all(cell.box.x1 - cell.box.x0 > cell.box.height for cell in cells)


def test_right_to_left_words_stay_in_one_line_in_logical_order() -> None:
    document = mupdf.open()
    document.new_page().insert_htmlbox(
        mupdf.Rect(50, 50, 500, 120), "<p dir=rtl>دوד مهندس برمجيات في شركة</p>".replace("ד", "")
    )
    assert " ".join(texts(document.tobytes())).endswith("مهندس برمجيات في شركة")
