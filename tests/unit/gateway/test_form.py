import pytest

from gateway_service.adapters.form import MAX_PARTS, read_upload
from gateway_service.domain.model import Upload
from meshkit.errors import InvalidRequest
from meshkit.forms import MalformedForm
from tests.support.builders.gateway import BOUNDARY, FORM, Part, file_part, form, text_part

PDF = b"%PDF-1.7\r\n\x00\xff--not-a-boundary\r\n"
AS_FILE = text_part("fileType", "file")
AS_TEXT = text_part("fileType", "text")


def read(body: bytes, content_type: str = FORM, *, filename: str = "", fresh: bool = False) -> Upload:
    return read_upload(content_type, body, filename=filename, fresh=fresh, request_id="r1")


def faults(body: bytes) -> list[str]:
    with pytest.raises(InvalidRequest) as caught:
        read(body)
    return [violation.field for violation in caught.value.violations]


def test_a_form_with_a_file_gives_its_bytes_unchanged_and_its_name() -> None:
    upload = read(form(AS_FILE, file_part(PDF, "resume.pdf"), text_part("fresh", "false")))
    assert upload == Upload(document=PDF, filename="resume.pdf", fresh=False, request_id="r1")


def test_a_form_with_text_turns_the_two_characters_that_curl_sends_into_line_breaks() -> None:
    upload = read(form(AS_TEXT, text_part("text", r"John Doe\nSoftware Engineer\n..."), text_part("fresh", "false")))
    assert upload.document == b"John Doe\nSoftware Engineer\n..."


def test_text_that_has_line_breaks_keeps_its_backslashes() -> None:
    upload = read(form(AS_TEXT, text_part("text", "John Doe\nUses C:\\new")))
    assert upload.document == b"John Doe\nUses C:\\new"


def test_a_form_without_fresh_takes_the_word_of_the_request() -> None:
    assert read(form(AS_FILE, file_part(PDF)), fresh=True).fresh
    assert not read(form(AS_FILE, file_part(PDF)), fresh=False).fresh


@pytest.mark.parametrize("value", ["true", "True", "TRUE", "1", "yes", "on", " true "])
def test_fresh_may_be_affirmed_in_many_ways(value: str) -> None:
    assert read(form(AS_FILE, file_part(PDF), text_part("fresh", value))).fresh


@pytest.mark.parametrize("value", ["false", "False", "0", "no", "off", ""])
def test_fresh_may_be_denied_in_many_ways(value: str) -> None:
    assert not read(form(AS_FILE, file_part(PDF), text_part("fresh", value)), fresh=True).fresh


def test_fresh_that_is_no_boolean_is_named() -> None:
    assert faults(form(AS_FILE, file_part(PDF), text_part("fresh", "perhaps"))) == ["fresh"]


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        pytest.param('filename="Résumé 履歴書.pdf"', "Résumé 履歴書.pdf", id="UTF-8"),
        pytest.param(r'filename="my \"final\" cv.pdf"', 'my "final" cv.pdf', id="quoted quotes"),
        pytest.param('filename="a;b=c.pdf"', "a;b=c.pdf", id="semicolon"),
        pytest.param("filename=cv.pdf", "cv.pdf", id="no quotes"),
        pytest.param(r'filename="C:\Users\ada\cv.pdf"', "cv.pdf", id="path of an old browser"),
        pytest.param('filename=""', "", id="empty"),
    ],
)
def test_file_names_come_as_browsers_and_curl_write_them(sent: str, name: str) -> None:
    part = Part(f'Content-Disposition: form-data; name="file"; {sent}'.encode(), PDF)
    assert read(form(AS_FILE, part)).filename == name


def test_a_file_name_that_is_no_utf8_does_not_stop_the_upload() -> None:
    part = Part(b'Content-Disposition: form-data; name="file"; filename="r\xe9sum\xe9.pdf"', PDF)
    assert read(form(AS_FILE, part)).document == PDF


def test_a_long_file_name_is_cut_to_what_the_contract_allows() -> None:
    upload = read(form(AS_FILE, file_part(PDF, "a" * 300 + ".pdf")))
    assert len(upload.filename) == 255


def test_header_names_are_read_in_any_case() -> None:
    part = Part(b'CONTENT-DISPOSITION: form-data; name="file"; filename="cv.pdf"', PDF)
    assert read(form(AS_FILE, part)).document == PDF


def test_the_boundary_may_be_quoted_and_the_type_in_any_case() -> None:
    upload = read(form(AS_FILE, file_part(PDF)), f'Multipart/Form-Data; charset=utf-8; boundary="{BOUNDARY}"')
    assert upload.document == PDF


def test_an_empty_file_is_an_upload_for_the_use_case_to_refuse() -> None:
    assert read(form(AS_FILE, file_part(b""))).document == b""


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        pytest.param([file_part(PDF)], "fileType", id="no fileType"),
        pytest.param([text_part("fileType", "pdf"), file_part(PDF)], "fileType", id="other fileType"),
        pytest.param([AS_FILE], "file", id="no file"),
        pytest.param([AS_FILE, text_part("file", "a path, not a file")], "file", id="file without a name"),
        pytest.param([AS_FILE, text_part("text", "John Doe")], "file", id="text instead of file"),
        pytest.param([AS_TEXT], "text", id="no text"),
        pytest.param([AS_TEXT, text_part("text", " \r\n\t")], "text", id="blank text"),
        pytest.param([], "fileType", id="no parts"),
    ],
)
def test_a_form_that_lacks_a_field_is_told_which(parts: list[Part], field: str) -> None:
    assert faults(form(*parts)) == [field]


WHOLE = form(AS_FILE, file_part(PDF))


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        pytest.param(b"", FORM, id="no body"),
        pytest.param(b"not a form", FORM, id="no framing"),
        pytest.param(WHOLE[: len(WHOLE) // 2], FORM, id="cut off in the file"),
        pytest.param(WHOLE[:-4], FORM, id="cut off in the last boundary"),
        pytest.param(WHOLE.replace(b"\r\n", b"\n"), FORM, id="bare line feeds"),
        pytest.param(WHOLE, "multipart/form-data", id="no boundary"),
        pytest.param(WHOLE, "multipart/form-data; boundary=", id="empty boundary"),
        pytest.param(WHOLE, "multipart/form-data; boundary=other", id="other boundary"),
        pytest.param(WHOLE, f"multipart/form-data; boundary={'x' * 300}", id="endless boundary"),
        pytest.param(form(*[text_part("x", "")] * (MAX_PARTS + 1)), FORM, id="too many parts"),
        pytest.param(form(Part(b"A" * 100_000 + b": 1", b"")), FORM, id="endless header"),
        pytest.param(form(Part(b"\r\n".join([b"A: 1"] * 1000), b"")), FORM, id="too many headers"),
        pytest.param(form(Part(b"Bad\xffHeader: 1", b"")), FORM, id="header that is none"),
    ],
)
def test_a_form_with_broken_framing_is_refused(body: bytes, content_type: str) -> None:
    with pytest.raises(MalformedForm):
        read(body, content_type)


@pytest.mark.parametrize("content_type", ["application/pdf", "text/plain", "application/octet-stream", ""])
def test_any_other_body_is_the_document_itself(content_type: str) -> None:
    upload = read(PDF, content_type, filename="resume.pdf", fresh=True)
    assert upload == Upload(document=PDF, filename="resume.pdf", fresh=True, request_id="r1")


def test_pasted_text_as_body_is_left_as_it_is() -> None:
    assert read(rb"John Doe\nEngineer", "text/plain").document == rb"John Doe\nEngineer"
