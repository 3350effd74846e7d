"""Tells the kind of a file by its content, never by its name."""

import io
import zipfile

from parser_service.domain.errors import EmptyDocument, UnsupportedFileType

READABLE = frozenset({"pdf", "doc", "docx", "rtf", "txt", "png", "jpeg"})
_ALLOWED = "pdf, doc, docx, png, jpg, jpeg, txt"  # what the public API promises

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"MZ", "exe"),
    (b"\x7fELF", "elf"),
    (b"GIF8", "gif"),
    (b"Rar!", "rar"),
    (b"\x1f\x8b", "gzip"),
    (b"{\\rtf", "rtf"),
)
_CONTAINER = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # of Word 97, of much else, and of encrypted DOCX
_CONTAINED = (
    ("WordDocument", "doc"),
    ("EncryptedPackage", "docx"),
    ("Workbook", "xls"),
    ("PowerPoint Document", "ppt"),
)
_PDF_MARK_WITHIN = 1024  # readers accept junk before the header up to here


def sniff(data: bytes) -> str:
    """Kind of the file: one of `READABLE`, another known kind, or `unknown`.

    Raises EmptyDocument when there is nothing to look at.
    """
    if not data.strip(b" \t\r\n\x00\x0c"):
        raise EmptyDocument
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            return kind
    if data.startswith(_CONTAINER):
        return next((kind for stream, kind in _CONTAINED if stream.encode("utf-16-le") in data), "ole")
    if b"%PDF-" in data[:_PDF_MARK_WITHIN]:
        return "pdf"
    if data.startswith(b"PK\x03\x04"):
        return _zip_kind(data)
    return "txt" if decode_text(data) is not None else "unknown"


def require_readable(kind: str) -> None:
    """Raises UnsupportedFileType unless the reader reads this kind."""
    if kind not in READABLE:
        raise UnsupportedFileType(file_type=kind, allowed=_ALLOWED)


def decode_text(data: bytes) -> str | None:
    """The text of a text file (UTF-8, UTF-16 with a mark, Latin-1), or None when the bytes are not text."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif b"\x00" in data:
        return None
    else:
        encodings = ["utf-8-sig", "cp1252", "latin-1"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return text if _is_prose(text) else None
    return None


def _is_prose(text: str) -> bool:
    sample = text[:20_000]
    controls = sum(1 for c in sample if (ord(c) < 32 and c not in "\t\n\r\f\v\x1b") or 0x7F <= ord(c) < 0xA0)
    return controls <= len(sample) * 0.002


def _zip_kind(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, OSError):
        # A cut-off DOCX has lost its directory; its first entries still tell what it was.
        return "docx" if b"word/" in data or b"[Content_Types].xml" in data[:200] else "zip"
    return "docx" if "word/document.xml" in names else "zip"
