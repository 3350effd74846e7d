"""From the bytes of a file to a redacted PDF: what a worker process runs."""

import pymupdf

from parser_service.adapters.reader import lay_out
from parser_service.adapters.typeset import typeset
from parser_service.domain.layout import Document
from parser_service.domain.marking import TextLine, mark, places_on
from parser_service.domain.redaction import JsonObject, RedactionOptions, identity_of
from parser_service.domain.sniff import require_readable, sniff


def redact_bytes(data: bytes, resume: JsonObject, options: RedactionOptions) -> bytes:
    """A PDF without what tells who the person is; other formats become PDFs of their words.

    `resume` is what was read from the same bytes. Raises the errors of `domain.errors`; arguments and result are picklable.
    """
    kind = sniff(data)
    require_readable(kind)
    layout = lay_out(data, kind)
    if kind == "pdf":
        from parser_service.adapters.redact_pdf import redact_pdf

        return redact_pdf(data, layout, resume, options)
    return _of_words(layout, resume, options)


def _of_words(layout: Document, resume: JsonObject, options: RedactionOptions) -> bytes:
    identity = identity_of(resume, options)
    with pymupdf.open() as result:  # type: ignore[no-untyped-call]  # ships no types
        for page in layout.pages:
            places = places_on(page, layout, resume, options)
            marks = mark([TextLine(cell.text, cell.box) for cell in page.cells], identity, places)
            typeset(result, page.cells, marks, width=page.width, height=page.height, flowing=not layout.paged)
        data: bytes = result.tobytes(garbage=4, deflate=True, clean=True)
    return data
