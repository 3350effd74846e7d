"""DOC (Word 97-2003) bytes to a layout, by way of DOCX, so that one set of rules reads both."""

import re
import struct
import tempfile
from dataclasses import replace
from pathlib import Path

from doc2docx import convert
from doc2docx.cfb import CompoundFile, CompoundFileLimits
from doc2docx.diagnostics import ConversionReport
from doc2docx.errors import Doc2DocxError, EncryptedDocumentError
from doc2docx.msdoc import read_piece_table
from doc2docx.msdoc.fib import FibBase, FileInformationBlock
from docx.exceptions import PythonDocxError

from parser_service.adapters.docx import read_docx
from parser_service.adapters.text import lay_out_text
from parser_service.domain.errors import DocumentEncrypted, DocumentUnreadable, NoTextInDocument
from parser_service.domain.layout import Document

# A stream is inside the file; a directory entry is 128 bytes of it.
_LIMITS = CompoundFileLimits(max_input_bytes=100_000_000, max_stream_bytes=100_000_000, max_directory_entries=10_000)
_DAMAGE = (
    Doc2DocxError,
    PythonDocxError,
    struct.error,
    ValueError,
    LookupError,
    AttributeError,
    TypeError,
    ArithmeticError,
    OSError,
)
_FIELD_CODE = re.compile(r"\x13[^\x13\x14\x15]*\x14([^\x13\x14\x15]*)\x15|\x13[^\x13\x14\x15]*\x15")
_SIGNS = {"\x07": "\t", "\x0b": "\n", "\x0c": "\n", "\r": "\n", "\x1e": "-", "\x1f": "", "\xa0": " "}


def read_doc(data: bytes, *, max_characters: int) -> Document:
    """Lays out the text of a DOC. Raises DocumentEncrypted, DocumentUnreadable, NoTextInDocument, TooMuchText."""
    try:
        return replace(read_docx(_as_docx(data), max_characters=max_characters, kind="doc"), kind="doc")
    except EncryptedDocumentError as error:
        raise DocumentEncrypted(kind="doc") from error
    except (*_DAMAGE, RecursionError, DocumentUnreadable):
        # Anything may be wrong with styles, tables and pictures; the text stands on its own.
        return _read_text(data, max_characters)


def _as_docx(data: bytes) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "document.doc"), Path(folder, "document.docx")
        source.write_bytes(data)
        convert(source, target, limits=_LIMITS)
        return target.read_bytes()


def _read_text(data: bytes, max_characters: int) -> Document:
    try:
        file = CompoundFile(data, limits=_LIMITS)
        stream = file.open_stream("WordDocument")
        table = file.open_stream(FibBase.parse(stream).table_stream_name)
        header = FileInformationBlock.parse(stream)
        report = ConversionReport("", "")
        pieces = read_piece_table(table, stream, fc_clx=header.clx.fc, lcb_clx=header.clx.lcb, report=report)
        text: str = pieces.extract(0, min(header.ccp_text, pieces.cp_end), report=report, story="main")
    except (*_DAMAGE, RecursionError) as error:
        raise DocumentUnreadable(kind="doc") from error
    while (shorter := _FIELD_CODE.sub(r"\1", text)) != text:
        text = shorter
    text = "".join(_SIGNS.get(c, c) for c in text)
    text = "".join(c for c in text if c >= " " or c in "\t\n")
    if not text.strip():
        raise NoTextInDocument(pages=1)
    return lay_out_text(text, "doc", max_characters=max_characters)
