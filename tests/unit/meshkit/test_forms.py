import pytest

from meshkit.forms import FormPart, MalformedForm, is_form, read_form

TYPE = "multipart/form-data; boundary=x"
BODY = (
    b'--x\r\nContent-Disposition: form-data; name="resume"; filename="cv.pdf"\r\nContent-Type: application/pdf\r\n\r\n'
    b"%PDF\r\n1\r\n"
    b'--x\r\nContent-Disposition: form-data; name="job"\r\n\r\nd\xc3\xa9veloppeur\r\n--x--\r\n'
)


def test_fields_and_files_are_read_by_name() -> None:
    form = read_form(TYPE, BODY)
    assert form["resume"] == FormPart(b"%PDF\r\n1", "cv.pdf")
    assert form["job"].text == "développeur"
    assert form["job"].filename is None


@pytest.mark.parametrize("body", [b"", b"no form", BODY[:-10], BODY.replace(b"--x", b"--y")])
def test_broken_framing_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedForm):
        read_form(TYPE, body)


def test_a_form_without_a_boundary_is_malformed() -> None:
    with pytest.raises(MalformedForm):
        read_form("multipart/form-data", BODY)


def test_a_form_with_too_many_parts_is_malformed() -> None:
    with pytest.raises(MalformedForm):
        read_form(TYPE, BODY, max_parts=1)


def test_only_multipart_is_a_form() -> None:
    assert is_form(TYPE)
    assert not is_form("application/pdf")
