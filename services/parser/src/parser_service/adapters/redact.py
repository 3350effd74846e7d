"""From the bytes of a file to a redacted PDF: what a worker process runs."""

from parser_service.adapters.reader import lay_out
from parser_service.domain.redaction import JsonObject, RedactionOptions
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
    from parser_service.adapters.typeset import redact_words

    return redact_words(layout, resume, options)
