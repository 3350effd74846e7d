"""From the bytes of a file to a resume: what a worker process runs."""

from datetime import date

from parser_service.adapters.text import read_text
from parser_service.domain.dates import Month
from parser_service.domain.layout import Document
from parser_service.domain.model import Resume
from parser_service.domain.reading import read_resume
from parser_service.domain.sniff import require_readable, sniff

MAX_PAGES = 50
MAX_CHARACTERS = 400_000


def read_bytes(
    data: bytes, today: date | None = None, *, max_pages: int = MAX_PAGES, max_characters: int = MAX_CHARACTERS
) -> Resume:
    """Reads the resume in a file. Raises the errors of `domain.errors`; arguments and result are picklable."""
    today = today or date.today()
    kind = sniff(data)
    require_readable(kind)
    document = lay_out(data, kind, max_pages=max_pages, max_characters=max_characters)
    return read_resume(document, Month(today.year, today.month))


def lay_out(data: bytes, kind: str, *, max_pages: int = MAX_PAGES, max_characters: int = MAX_CHARACTERS) -> Document:
    """The layout of a file of a known kind. Only the library that the kind needs is imported."""
    if kind == "pdf":
        from parser_service.adapters.pdf import read_pdf

        return read_pdf(data, max_pages=max_pages, max_characters=max_characters)
    if kind == "docx":
        from parser_service.adapters.docx import read_docx

        return read_docx(data, max_characters=max_characters)
    if kind == "doc":
        from parser_service.adapters.doc import read_doc

        return read_doc(data, max_characters=max_characters)
    if kind == "rtf":
        from parser_service.adapters.rtf import read_rtf

        return read_rtf(data, max_characters=max_characters)
    if kind in ("png", "jpeg"):
        from parser_service.adapters.picture import read_picture

        return read_picture(data, kind)
    return read_text(data, max_characters=max_characters)
