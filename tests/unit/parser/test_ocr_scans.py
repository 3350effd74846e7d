"""Pictures of pages: turned, tilted, beside text, and what is repaired in their words."""

from collections.abc import Callable

import docx
import pytest

from parser_service.adapters.reader import lay_out, read_bytes
from parser_service.adapters.scan import repaired
from parser_service.domain.errors import NoTextInDocument
from parser_service.domain.layout import Document, Span, Style
from tests.unit.parser.drawing import TODAY, PdfMaker, Text, mupdf

LINES = [
    Text(40, 50, "Orla Fenwick-Diaz", 22, "hebo"),
    Text(40, 80, "orla.fenwick@example.org"),
    Text(40, 110, "Experience", 14, "hebo"),
    Text(40, 130, "Senior Hydrologist, Calder Water Services"),
    Text(300, 130, "Mar 2020 - Present"),
]


def drawing(pdf: PdfMaker, texts: list[Text], *, turn: float = 0.0, dpi: int = 130) -> bytes:
    page = mupdf.open(stream=pdf(texts))[0]
    page.set_cropbox(mupdf.Rect(20, 20, 420, 160))
    matrix = mupdf.Matrix(dpi / 72, dpi / 72).prerotate(turn)
    data: bytes = page.get_pixmap(matrix=matrix).tobytes("png")
    return data


def texts(document: Document) -> list[str]:
    cells = [cell for page in document.pages for cell in page.cells]
    return [cell.text for cell in sorted(cells, key=lambda cell: (round(cell.box.middle / 12), cell.box.x0))]


WORDS = [
    "Orla Fenwick-Diaz",
    "orla.fenwick@example.org",
    "Experience",
    "Senior Hydrologist, Calder Water Services",
    "Mar 2020 - Present",
]


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_picture_is_read_whichever_way_it_lies(pdf: PdfMaker, turn: int) -> None:
    document = lay_out(drawing(pdf, LINES, turn=turn), "png")
    assert texts(document) == WORDS
    assert document.recognised_pages == 1


def test_sizes_and_bold_are_measured_and_confidence_is_noted(pdf: PdfMaker) -> None:
    document = lay_out(drawing(pdf, LINES), "png")
    cells = {cell.text: cell for cell in document.pages[0].cells}
    name, heading, mail = (cells[WORDS[i]] for i in (0, 2, 1))
    assert name.style.size > heading.style.size > mail.style.size
    assert name.style.bold
    assert heading.style.bold
    assert not mail.style.bold
    assert all(0.6 < cell.confidence < 1 for cell in cells.values())


def test_a_page_without_text_is_recognised_and_a_page_with_text_is_not(pdf: PdfMaker) -> None:
    whole = mupdf.open(stream=pdf([Text(40, 60, "A page with a text layer of its own")]))
    whole.new_page(width=400, height=140).insert_image(mupdf.Rect(0, 0, 400, 140), stream=drawing(pdf, LINES))
    resume = read_bytes(whole.tobytes(), TODAY)
    assert resume.reading.ocr_pages == 1
    assert resume.reading.pages == 2
    assert resume.personal.email == "orla.fenwick@example.org"


def test_a_picture_beside_text_is_read_into_its_place(pdf: PdfMaker) -> None:
    whole = mupdf.open(stream=pdf([Text(40, 700, "References on request, from all of my employers")]))
    whole[0].insert_image(mupdf.Rect(50, 100, 450, 240), stream=drawing(pdf, LINES))
    document = lay_out(whole.tobytes(), "pdf")
    assert texts(document) == [*WORDS, "References on request, from all of my employers"]
    mail = next(cell for cell in document.pages[0].cells if "@" in cell.text)
    assert 60 < mail.box.x0 < 80
    assert 150 < mail.box.middle < 165


def test_a_docx_of_nothing_but_a_picture_is_read(
    pdf: PdfMaker, docx_bytes: Callable[[docx.document.Document], bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    picture = tmp_path_factory.mktemp("ocr") / "scan.png"
    picture.write_bytes(drawing(pdf, LINES))
    document = docx.Document()
    document.add_picture(str(picture))
    assert texts(lay_out(docx_bytes(document), "docx")) == WORDS


def test_a_picture_of_nothing_has_no_text() -> None:
    blank = mupdf.Pixmap(mupdf.csRGB, mupdf.IRect(0, 0, 300, 200), False)
    blank.clear_with(240)
    with pytest.raises(NoTextInDocument):
        read_bytes(blank.tobytes("png"), TODAY)


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("orla.fenwick @example .org", "orla.fenwick@example.org"),
        ("Certificate IlI", "Certificate III"),
        ("Ill in 2020", "Ill in 2020"),
        ("o Kept gauges running", "• Kept gauges running"),
        ("of rivers", "of rivers"),
        ("Acqua S.r.I.", "Acqua S.r.l."),
    ],
)
def test_confusions_are_repaired_only_where_the_pattern_proves_them(read: str, meant: str) -> None:
    assert "".join(span.text for span in repaired((Span(read, Style()),))) == meant
