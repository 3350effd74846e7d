"""Reading uploads: a multipart form, or a document as the body."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from gateway_service.domain.model import Upload
from meshkit.errors import FieldViolation, InvalidRequest
from meshkit.forms import FormPart, is_form, read_form

# Fields of the form other than the document are short.
MAX_FIELD_BYTES = 1024
MAX_PARTS = 20
# What the contract of the parser takes; names only appear in messages.
MAX_FILENAME_CHARACTERS = 255
_TRUE = frozenset({"true", "1", "yes", "on"})
_FALSE = frozenset({"false", "0", "no", "off", ""})

Parts = Mapping[str, FormPart]


def read_upload(
    content_type: str,
    body: bytes,
    *,
    filename: str,
    fresh: bool,
    request_id: str,
    fallback_to_sync: bool = True,
    redact: bool = False,
) -> Upload:
    """The upload in a request body. A form's own fields win over the request's.

    Raises MalformedForm when the framing is broken, InvalidRequest when a field is missing or malformed.
    """
    if not is_form(content_type):
        # A bare document: its content tells what it is, whatever the type claims.
        return Upload(body, filename, fresh, request_id, fallback_to_sync, redact)
    parts = read_form(content_type, body, max_parts=MAX_PARTS)
    document = _document(parts)
    return Upload(
        document=document.data,
        filename=(document.filename or "")[:MAX_FILENAME_CHARACTERS],
        fresh=boolean(parts, "fresh", default=fresh),
        request_id=_value(parts, "request_id") or request_id,
        fallback_to_sync=boolean(parts, "fallback_to_sync", default=fallback_to_sync),
        redact=boolean(parts, "redact", default=redact),
    )


def _document(parts: Parts) -> FormPart:
    readers: dict[str, Callable[[Parts], FormPart]] = {"file": _file, "text": _text}
    chosen = _value(parts, "fileType")
    if chosen not in readers:
        raise InvalidRequest(FieldViolation("fileType", "must be `file` or `text`"))
    return readers[chosen](parts)


def _file(parts: Parts) -> FormPart:
    part = parts.get("file")
    if part is None or part.filename is None:
        raise InvalidRequest(
            FieldViolation("file", "is missing: send the resume as a file, because fileType is `file`")
        )
    return part


def _text(parts: Parts) -> FormPart:
    part = parts.get("text")
    if part is None or not part.data.strip():
        raise InvalidRequest(FieldViolation("text", "is missing: send the resume's text, because fileType is `text`"))
    if b"\n" not in part.data:
        # Shells and curl pass `\n` on as two characters; a resume of one line does not exist.
        return replace(part, data=part.data.replace(b"\\n", b"\n"))
    return part


def _value(parts: Parts, name: str) -> str:
    part = parts.get(name)
    return part.data[:MAX_FIELD_BYTES].decode("utf-8", "replace").strip() if part else ""


def boolean(parts: Parts, name: str, *, default: bool) -> bool:
    """A field that says yes or no. Raises InvalidRequest when it says something else."""
    if name not in parts:
        return default
    value = _value(parts, name).lower()
    if value not in _TRUE | _FALSE:
        raise InvalidRequest(FieldViolation(name, "must be `true` or `false`"))
    return value in _TRUE
