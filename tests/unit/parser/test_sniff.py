import io
import zipfile

import pytest

from parser_service.domain.errors import EmptyDocument, UnsupportedFileType
from parser_service.domain.sniff import decode_text, require_readable, sniff


def _zip(name: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(name, "<x/>")
    return target.getvalue()


def _container(stream: str) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + stream.encode("utf-16-le")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.7\n", "pdf"),
        (b"\n\njunk before the header %PDF-1.4\n", "pdf"),
        (_zip("word/document.xml"), "docx"),
        (_zip("xl/workbook.xml"), "zip"),
        (_container("WordDocument"), "doc"),
        (_container("EncryptedPackage"), "docx"),
        (_container("Workbook"), "xls"),
        (_container("Something"), "ole"),
        (b"\x89PNG\r\n\x1a\nrest", "png"),
        (b"\xff\xd8\xff\xe0rest", "jpeg"),
        (b"MZ\x90\x00\x03", "exe"),
        ("Größe und Maß".encode(), "txt"),
        ("Größe".encode("utf-16"), "txt"),
        ("Größe".encode("latin-1"), "txt"),
        (bytes(range(256)), "unknown"),
    ],
)
def test_the_kind_is_told_by_content(data: bytes, kind: str) -> None:
    assert sniff(data) == kind


@pytest.mark.parametrize("data", [b"", b" \n\t\r\n", b"\x00\x00"])
def test_nothing_but_white_space_is_an_empty_document(data: bytes) -> None:
    with pytest.raises(EmptyDocument):
        sniff(data)


def test_an_executable_is_refused_by_its_kind_whatever_it_was_named() -> None:
    with pytest.raises(UnsupportedFileType) as caught:
        require_readable(sniff(b"MZ\x90\x00\x03\x00"))
    assert caught.value.fields["file_type"] == "exe"


def test_latin_1_text_keeps_its_umlauts() -> None:
    assert decode_text("Überführung".encode("latin-1")) == "Überführung"
