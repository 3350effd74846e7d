import pytest

from meshkit.forms import FormPart, FormReader, MalformedForm, PartBegun, PartData, PartEnded, is_form, read_form

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


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_a_form_reads_the_same_in_pieces_of_any_size(size: int) -> None:
    reader = FormReader(TYPE, max_parts=2)
    events = [event for at in range(0, len(BODY), size) for event in reader.feed(BODY[at : at + size])]
    reader.close()
    begun = [event for event in events if isinstance(event, PartBegun)]
    assert begun == [PartBegun("resume", "cv.pdf", "application/pdf"), PartBegun("job", None, "")]
    first = events[: events.index(PartEnded())]
    assert b"".join(event.data for event in first if isinstance(event, PartData)) == b"%PDF\r\n1"


def test_a_form_in_pieces_that_ends_too_early_is_malformed() -> None:
    reader = FormReader(TYPE, max_parts=2)
    assert list(reader.feed(BODY[:-4]))
    with pytest.raises(MalformedForm):
        reader.close()
