"""Redacted documents: what was removed is nowhere in the bytes, and the rest stands where it stood."""

import re
from collections.abc import Callable
from typing import Any

import docx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parser_service.adapters.reader import read_bytes
from parser_service.adapters.redact import redact_bytes
from parser_service.convert import to_json, to_proto
from parser_service.domain.model import ParsedDocument
from parser_service.domain.redaction import RedactionOptions
from tests.unit.parser.drawing import TODAY, PdfMaker, Text, mupdf, one_column

VALUES = ("orla", "fenwick", "diaz", "example.org", "7946 0958", "79460958", "leeds", "yorkshire")
SCHOOLS = RedactionOptions(schools=True)


def _read(data: bytes) -> Any:
    return to_json(to_proto(ParsedDocument(read_bytes(data, TODAY), (), digest="", size=len(data), seconds=0)))


def _redacted(data: bytes, options: RedactionOptions | None = None) -> bytes:
    return redact_bytes(data, _read(data), options or RedactionOptions())


def _edited(pdf: PdfMaker, edit: Callable[[Any], object]) -> bytes:
    document = mupdf.open(stream=pdf(one_column()), filetype="pdf")
    edit(document)
    data: bytes = document.tobytes()
    return data


def _everything(data: bytes) -> str:
    """All that the file says: text, objects, and streams without their compression; hexadecimal strings read."""
    document = mupdf.open(stream=data, filetype="pdf")
    parts = [data, *(page.get_text("text", clip=mupdf.INFINITE_RECT()).encode() for page in document)]
    for xref in range(1, document.xref_length()):
        parts += [document.xref_object(xref).encode(), document.xref_stream(xref) or b""]
    text = b"\n".join(parts).decode("latin-1")
    # Kerned strings: [(Or) 12 (la)] TJ
    text += "\n" + re.sub(r"\)\s*-?[\d.]*\s*\(", "", text)
    codes = re.findall(r"<((?:[0-9A-Fa-f]{2}\s*)+)>", text)
    return (
        text + "\n" + "\n".join(bytes.fromhex(code).replace(b"\x00", b"").decode("latin-1") for code in codes)
    ).casefold()


def _words(data: bytes) -> list[tuple[Any, ...]]:
    document = mupdf.open(stream=data, filetype="pdf")
    return [
        (page.number, *(round(edge, 1) for edge in word[:4]), word[4])
        for page in document
        for word in page.get_text("words")
    ]


def _portrait() -> Any:
    picture = mupdf.Pixmap(mupdf.csRGB, (0, 0, 120, 150))
    picture.clear_with(0x5A)
    return picture


HIDING_PLACES: dict[str, Callable[[Any], object]] = {
    "metadata": lambda d: d.set_metadata({"author": "Orla Fenwick", "title": "CV Orla"}),
    "xmp": lambda d: d.set_xml_metadata("<x:xmpmeta xmlns:x='adobe:ns:meta/'>Orla</x:xmpmeta>"),
    "attachment": lambda d: d.embfile_add("orla.txt", b"Orla Fenwick"),
    "bookmark": lambda d: d.set_toc([[1, "Orla Fenwick", 1]]),
    "link": lambda d: d[0].insert_link({"kind": 2, "from": mupdf.Rect(60, 440, 99, 460), "uri": "https://orla.dev"}),
    "comment": lambda d: d[0].add_text_annot((300, 300), "Orla was here"),
    "stamped words": lambda d: d[0].add_freetext_annot((300, 600, 500, 640), "Orla Fenwick"),
    "form": lambda d: d[0].add_widget(_field()),
    "javascript": lambda d: d.xref_set_key(d.pdf_catalog(), "OpenAction", "<</S/JavaScript/JS(app.alert\\('Orla'\\))>>"),
    "beyond the page": lambda d: d[0].insert_text((60, -40), "Orla Fenwick"),
    "right of the page": lambda d: d[0].insert_text((900, 400), "Orla Fenwick"),
    "invisible words": lambda d: d[0].insert_text((60, 500), "Orla", render_mode=3),
    "white words": lambda d: d[0].insert_text((60, 500), "Orla", color=(1, 1, 1)),
    "letter-spaced words": lambda d: d[0].insert_text((60, 500), "O R L A  F E N W I C K"),
    "a name broken over lines": lambda d: d[0].insert_text((60, 500), "by Orla Fen-\nwick"),
    "upright words": lambda d: d[0].insert_text((500, 500), "Orla Fenwick", rotate=90),
    "a running header": lambda d: d.new_page().insert_text((60, 30), "Orla Fenwick-Diaz, page 2"),
    "a rotated page": lambda d: (d.new_page().insert_text((60, 90), "Orla Fenwick"), d[1].set_rotation(90)),
    "a cropped page": lambda d: (d[0].insert_text((60, 820), "Orla Fenwick"), d[0].set_cropbox(mupdf.Rect(20, 20, 590, 700))),
    "text for readers of screens": lambda d: _append(d, b"/Span <</ActualText (Orla Fenwick)>> BDC BT /helv 10 Tf 60 99 Td (X) Tj ET EMC"),
    "an alternative text": lambda d: _append(d, b"/Figure <</Alt (Photo of Orla \\(me\\))/MCID 7>> BDC 9 9 5 5 re f EMC"),
    "a form used twice": lambda d: _twice(d),
}  # fmt: skip


def _field() -> Any:
    field = mupdf.Widget()
    field.field_name, field.field_type, field.field_value = "orla", mupdf.PDF_WIDGET_TYPE_TEXT, "Orla Fenwick"
    field.rect = mupdf.Rect(300, 700, 500, 720)
    return field


def _append(document: Any, content: bytes) -> None:
    xref = document[0].get_contents()[-1]
    document.update_stream(xref, document.xref_stream(xref) + b"\n" + content + b"\n")


def _twice(document: Any) -> None:
    source = mupdf.open()
    source.new_page(width=200, height=40).insert_text((10, 20), "Orla Fenwick")
    for _ in range(2):
        document.new_page().show_pdf_page(mupdf.Rect(60, 60, 260, 100), source, 0)


@pytest.mark.parametrize("place", HIDING_PLACES)
def test_nothing_of_the_person_is_left_in_the_bytes(pdf: PdfMaker, place: str) -> None:
    data = _edited(pdf, HIDING_PLACES[place])
    assert any(value in _everything(data) for value in VALUES)
    everything = _everything(_redacted(data))
    assert [value for value in VALUES if value in everything] == []


def test_an_earlier_revision_is_not_carried_over(pdf: PdfMaker, tmp_path: Any) -> None:
    path = tmp_path / "resume.pdf"
    path.write_bytes(pdf([*one_column(), Text(60, 600, "Orla Quillfeather")]))
    document = mupdf.open(path)
    document[0].add_redact_annot(mupdf.Rect(55, 585, 300, 605))
    document[0].apply_redactions()
    document.saveIncr()
    assert "quillfeather" in _everything(path.read_bytes()[: path.read_bytes().find(b"%%EOF") + 6])
    assert "quillfeather" not in _everything(_redacted(path.read_bytes()))


def test_words_that_stay_stand_where_they_stood(pdf: PdfMaker) -> None:
    data = pdf([*one_column(), Text(60, 60, "Page two", page=1), Text(60, 71, "under Orla Fenwick tight", page=1)])
    before, after = _words(data), _words(_redacted(data))
    removed = {word[5] for word in before if word not in after}
    address = {"orla.fenwick@example.org", "+44", "20", "7946", "0958", "Leeds,", "West", "Yorkshire"}
    assert [word for word in after if word not in before] == []
    assert removed == {"Orla", "Fenwick", "Fenwick-Diaz", *address}
    pages = [[page.rect for page in mupdf.open(stream=file, filetype="pdf")] for file in (data, _redacted(data))]
    assert pages[0] == pages[1]


def test_pictures_go_and_lines_and_icons_stay(pdf: PdfMaker) -> None:
    def draw(document: Any) -> None:
        page = document[0]
        page.insert_image((450, 30, 520, 120), pixmap=_portrait())
        page.insert_image((40, 70, 52, 82), pixmap=mupdf.Pixmap(mupdf.csRGB, (0, 0, 9, 9)))
        page.draw_line((50, 112), (550, 112))

    page = mupdf.open(stream=_redacted(_edited(pdf, draw)), filetype="pdf")[0]
    shown = [image["bbox"] for image in page.get_image_info() if image["width"] > 1]
    assert [tuple(round(edge) for edge in box) for box in shown] == [(40, 70, 52, 82)]
    assert any(round(item["rect"].y0) == 112 for item in page.get_drawings())
    assert b"\x5a" * 300 not in b"".join(page.parent.xref_stream(x) or b"" for x in range(1, page.parent.xref_length()))


def test_words_in_comments_and_forms_that_name_nobody_stay(pdf: PdfMaker) -> None:
    data = _edited(pdf, lambda d: d[0].add_freetext_annot((300, 600, 500, 640), "Available from May, Orla"))
    assert "Available from May," in mupdf.open(stream=_redacted(data), filetype="pdf")[0].get_text()


def test_particulars_in_a_table_go_with_their_labels(pdf: PdfMaker) -> None:
    rows = [
        ("Nationality", "Irish"),
        ("Date of birth", "12 March 1985"),
        ("Marital status", "Married"),
        ("Licence", "Class B"),
    ]
    texts = [
        Text(x, 420 + 15 * row, text) for row, pair in enumerate(rows) for x, text in zip((60, 200), pair, strict=True)
    ]
    everything = _everything(_redacted(pdf([*one_column(), *texts])))
    assert not any(value in everything for value in ("irish", "1985", "married"))
    assert "class b" in everything


def test_schools_and_years_of_education_go_when_asked(pdf: PdfMaker) -> None:
    everything = _everything(_redacted(pdf(one_column()), SCHOOLS))
    assert "lancaster" not in everything
    assert "2012" not in everything
    assert "jun 2016" in everything
    assert "physical geography" in everything


def test_without_a_known_name_all_before_the_first_heading_goes(pdf: PdfMaker) -> None:
    data = pdf(one_column())
    resume = {**_read(data), "personal": {}}
    everything = _everything(redact_bytes(data, resume, RedactionOptions()))
    assert not any(value in everything for value in VALUES)
    assert "calder water" in everything


def test_a_scan_becomes_its_words_without_the_picture(pdf: PdfMaker) -> None:
    picture = mupdf.open(stream=pdf(one_column()), filetype="pdf")[0].get_pixmap(dpi=130)
    scan = mupdf.open()
    scan.new_page().insert_image((0, 0, 595, 842), pixmap=picture)
    redacted = mupdf.open(stream=_redacted(scan.tobytes()), filetype="pdf")
    everything = _everything(redacted.tobytes())
    assert not any(value in everything for value in VALUES)
    assert "Hydrologist" in redacted[0].get_text()
    assert redacted[0].get_image_info() == []
    assert tuple(redacted[0].rect) == pytest.approx((0, 0, 595, 842), abs=1)


def test_texts_and_word_documents_become_pdfs_of_their_words(
    docx_bytes: Callable[[docx.document.Document], bytes],
) -> None:
    rows = sorted(one_column(), key=lambda text: (text.y, text.x))
    document = docx.Document()
    document.core_properties.author = "Orla Fenwick"
    for row in rows:
        document.add_paragraph(row.text)
    for data in ("\n".join(row.text for row in rows).encode(), docx_bytes(document)):
        redacted = mupdf.open(stream=_redacted(data), filetype="pdf")
        everything = _everything(redacted.tobytes())
        assert not any(value in everything for value in VALUES)
        assert "Kept forty gauges running" in redacted[0].get_text()
        assert "[removed]" in redacted[0].get_text()


def test_long_texts_go_on_over_pages() -> None:
    data = "\n".join(
        ["Orla Fenwick", "orla@example.org", "", "Experience", *(f"- Gauge {n} of Orla" for n in range(200))]
    ).encode()
    redacted = mupdf.open(stream=_redacted(data), filetype="pdf")
    text = "".join(page.get_text() for page in redacted)
    assert len(redacted) == 3
    assert all(f"Gauge {n} of" in text for n in range(200))
    assert "Orla" not in text


PLACED = st.tuples(
    st.floats(20, 400),
    st.floats(420, 800),
    st.sampled_from(["Orla", "FENWICK", "orla.fenwick@example.org", "+44 (0)20 7946 0958", "Fenwick-Diaz", "O R L A"]),
    st.sampled_from([6, 10, 24]),
    st.sampled_from([0, 90, 180, 270]),
    st.sampled_from(["helv", "tiro", "cour"]),
)


def test_a_name_printed_over_itself_is_removed_twice(pdf: PdfMaker) -> None:
    document = mupdf.open(stream=pdf(one_column()), filetype="pdf")
    resume = _read(document.tobytes())
    for size in (6, 24):
        document[0].insert_text((20, 420), "Orla", fontsize=size)
    everything = _everything(redact_bytes(document.tobytes(), resume, RedactionOptions()))
    assert [value for value in VALUES if value in everything] == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(PLACED, min_size=1, max_size=6))
def test_values_are_removed_wherever_and_however_they_are_printed(pdf: PdfMaker, placed: list[Any]) -> None:
    document = mupdf.open(stream=pdf(one_column()), filetype="pdf")
    resume = _read(document.tobytes())
    for x, y, text, size, turn, font in placed:
        document[0].insert_text((x, y), text, fontsize=size, rotate=turn, fontname=font)
    everything = _everything(redact_bytes(document.tobytes(), resume, RedactionOptions()))
    assert [value for value in VALUES if value in everything] == []
