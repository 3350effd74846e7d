"""RTF bytes to a layout. Many files named .doc are RTF."""

from striprtf.striprtf import rtf_to_text

from parser_service.adapters.text import lay_out_text
from parser_service.domain.errors import DocumentUnreadable, NoTextInDocument
from parser_service.domain.layout import Document


def read_rtf(data: bytes, *, max_characters: int) -> Document:
    """Lays out the text of an RTF file, without its looks. Raises DocumentUnreadable, NoTextInDocument, TooMuchText."""
    try:
        text: str = rtf_to_text(data.decode("latin-1"), errors="ignore")  # type: ignore[no-untyped-call]  # ships no types
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise DocumentUnreadable(kind="rtf") from error
    if not text.strip():
        raise NoTextInDocument(pages=1)
    return lay_out_text(text.replace("|", "\t"), "rtf", max_characters=max_characters)
