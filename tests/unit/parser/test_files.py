"""Files that can't be read, each with a reason of its own, and what the adapters make of the others."""

import pickle
from collections.abc import Callable, Sequence

import docx
import pytest
from docx.oxml import parse_xml

from parser_service.adapters.reader import lay_out, read_bytes
from parser_service.domain.errors import (
    DocumentEncrypted,
    DocumentUnreadable,
    EmptyDocument,
    NoTextInDocument,
    TooManyPages,
    TooMuchText,
    UnsupportedFileType,
)
from tests.unit.parser.drawing import TODAY, PdfMaker, Text, mupdf, one_column

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def _texts(data: bytes, kind: str) -> list[str]:
    return [cell.text for page in lay_out(data, kind).pages for cell in page.cells]


def _encrypted(data: bytes) -> bytes:
    document = mupdf.open(stream=data, filetype="pdf")
    locked: bytes = document.tobytes(encryption=mupdf.PDF_ENCRYPT_AES_256, user_pw="secret", owner_pw="owner")
    return locked


def _picture_only() -> bytes:
    document = mupdf.open()
    page = document.new_page()
    page.draw_rect(mupdf.Rect(50, 50, 200, 200), fill=(0, 0, 1))
    data: bytes = document.tobytes()
    return data


def test_every_kind_of_broken_file_has_its_own_error(pdf: PdfMaker) -> None:
    whole = pdf(one_column())
    cases: Sequence[tuple[bytes, type[Exception]]] = [
        (b"", EmptyDocument),
        (b"MZ\x90\x00\x03 this program", UnsupportedFileType),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), UnsupportedFileType),
        (whole[:200], DocumentUnreadable),
        (b"%PDF-1.7\nnothing else", DocumentUnreadable),
        (_encrypted(whole), DocumentEncrypted),
        (_picture_only(), NoTextInDocument),
        (b"PK\x03\x04" + bytes(30) + b"word/document.xml cut off", DocumentUnreadable),
    ]
    for data, error in cases:
        with pytest.raises(error):
            read_bytes(data, TODAY)


def test_limits_on_pages_and_text_are_kept(pdf: PdfMaker) -> None:
    long = pdf([Text(50, 50, f"Page {number} of a long story", page=number) for number in range(4)])
    with pytest.raises(TooManyPages) as pages:
        read_bytes(long, TODAY, max_pages=3)
    assert pages.value.fields == {"pages": 4, "limit": 3}
    for data in (long, b"word " * 100):
        with pytest.raises(TooMuchText):
            read_bytes(data, TODAY, max_characters=60)


def test_errors_and_results_cross_process_boundaries(pdf: PdfMaker) -> None:
    resume = read_bytes(pdf(one_column()), TODAY)
    assert pickle.loads(pickle.dumps(resume)) == resume  # noqa: S301 - our own bytes
    again = pickle.loads(pickle.dumps(TooManyPages(pages=4, limit=3)))  # noqa: S301
    assert again.fields == {"pages": 4, "limit": 3}


def test_bold_italic_and_size_of_pdf_text_are_kept(pdf: PdfMaker) -> None:
    cells = lay_out(pdf(one_column()), "pdf").pages[0].cells
    name, employer = cells[0], next(cell for cell in cells if cell.text.startswith("Calder"))
    assert (name.style.bold, name.style.size) == (True, 22)
    assert employer.style.italic
    assert not employer.style.bold


def test_words_printed_twice_for_a_shadow_are_read_once(pdf: PdfMaker) -> None:
    data = pdf([Text(60, 60, "Orla Fenwick", 22), Text(60.6, 60.6, "Orla Fenwick", 22)])
    assert _texts(data, "pdf") == ["Orla Fenwick"]


def test_links_behind_labels_are_kept(pdf: PdfMaker, read: Callable[..., object]) -> None:
    data = pdf(
        [*one_column(), Text(400, 60, "LinkedIn")],
        links=[(mupdf.Rect(398, 48, 450, 64), "https://www.linkedin.com/in/orla-fenwick")],
    )
    assert read_bytes(data, TODAY).personal.links == ("https://www.linkedin.com/in/orla-fenwick",)


def test_docx_tables_headers_content_controls_and_text_boxes_are_read(
    docx_bytes: Callable[[docx.document.Document], bytes],
) -> None:
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "In the header"
    document.add_paragraph("In a paragraph")
    cell = document.add_table(rows=1, cols=2).rows[0].cells[1]
    cell.text = "In a table"
    cell.add_table(rows=1, cols=1).rows[0].cells[0].text = "In a table in a table"
    body = document.element.body
    control = f"<w:sdt {W}><w:sdtContent><w:p><w:r><w:t>In a control</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    box = (
        f'<w:p {W} xmlns:v="urn:schemas-microsoft-com:vml"><w:r><w:pict><v:shape><v:textbox><w:txbxContent>'
        "<w:p><w:r><w:t>In a text box</w:t></w:r></w:p></w:txbxContent></v:textbox></v:shape></w:pict></w:r></w:p>"
    )
    deleted = f"<w:p {W}><w:del><w:r><w:delText>Deleted</w:delText></w:r></w:del><w:r><w:t>Kept</w:t></w:r></w:p>"
    hidden = f"<w:p {W}><w:r><w:rPr><w:vanish/></w:rPr><w:t>Hidden</w:t></w:r></w:p>"
    for xml in (control, box, deleted, hidden):
        body.insert(len(body) - 1, parse_xml(xml))
    assert _texts(docx_bytes(document), "docx") == [
        "In the header",
        "In a paragraph",
        "In a table",
        "In a table in a table",
        "In a control",
        "In a text box",
        "Kept",
    ]


_WHITE = '<w:r><w:rPr><w:color w:val="FFFFFF"/>{}</w:rPr><w:t>Kubernetes</w:t></w:r>'
_MARKER = '<w:highlight w:val="darkBlue"/>'
_NAVY = '<w:shd w:val="clear" w:fill="1F3864"/>'


def test_white_letters_on_the_paper_of_a_docx_are_not_read(
    docx_bytes: Callable[[docx.document.Document], bytes],
) -> None:
    document = docx.Document()
    document.add_paragraph("Seen")
    document.element.body.insert(1, parse_xml(f"<w:p {W}>{_WHITE.format('')}</w:p>"))
    assert _texts(docx_bytes(document), "docx") == ["Seen"]


@pytest.mark.parametrize(
    "behind",
    [
        pytest.param(f"<w:p {W}>{_WHITE.format(_NAVY)}</w:p>", id="run"),
        pytest.param(f"<w:p {W}>{_WHITE.format(_MARKER)}</w:p>", id="highlight"),
        pytest.param(f"<w:p {W}><w:pPr>{_NAVY}</w:pPr>{_WHITE.format('')}</w:p>", id="paragraph"),
        pytest.param(
            f"<w:tbl {W}><w:tr><w:tc><w:tcPr>{_NAVY}</w:tcPr><w:p>{_WHITE.format('')}</w:p></w:tc></w:tr></w:tbl>",
            id="cell",
        ),
        pytest.param(
            f'<w:tbl {W}><w:tblPr><w:tblStyle w:val="Any"/></w:tblPr><w:tr><w:tc><w:p>{_WHITE.format("")}</w:p></w:tc></w:tr></w:tbl>',
            id="style of the table",
        ),
        pytest.param(f"<w:p {W}>{_WHITE.format('')}<w:r><w:pict/></w:r></w:p>", id="drawing"),
    ],
)
def test_white_letters_of_a_docx_that_a_colour_may_lie_behind_are_read(
    docx_bytes: Callable[[docx.document.Document], bytes], behind: str
) -> None:
    document = docx.Document()
    document.element.body.insert(0, parse_xml(behind))
    assert _texts(docx_bytes(document), "docx") == ["Kubernetes"]


def test_docx_attribute_values_that_only_word_knows_do_no_harm(
    docx_bytes: Callable[[docx.document.Document], bytes],
) -> None:
    document = docx.Document()
    xml = f'<w:p {W}><w:pPr><w:jc w:val="start"/></w:pPr><w:r><w:t>Aligned at the start</w:t></w:r></w:p>'
    document.element.body.insert(0, parse_xml(xml))
    assert _texts(docx_bytes(document), "docx") == ["Aligned at the start"]


def test_columns_of_plain_text_are_cells() -> None:
    layout = lay_out(b"  Hydrologist                        2019 - 2021\n=====\n", "txt")
    assert [cell.text for cell in layout.pages[0].cells] == ["Hydrologist", "2019 - 2021"]
