"""Reading uploads: a multipart form, or a document as the body."""

from collections.abc import Callable
from dataclasses import dataclass, field

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from gateway_service.domain.errors import MalformedForm
from gateway_service.domain.model import Upload
from meshkit.errors import FieldViolation, InvalidRequest

MULTIPART = "multipart/form-data"
PLAIN_TEXT = "text/plain"
# Fields of the form other than the document are short.
MAX_FIELD_BYTES = 1024
MAX_PARTS = 20
# What the contract of the parser takes; names only appear in messages.
MAX_FILENAME_CHARACTERS = 255
_TRUE = frozenset({"true", "1", "yes", "on"})
_FALSE = frozenset({"false", "0", "no", "off", ""})


@dataclass(slots=True)
class _Part:
    name: str = ""
    filename: str | None = None
    data: bytearray = field(default_factory=bytearray)


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
    kind, options = parse_options_header(content_type)
    if kind != MULTIPART.encode():
        # A bare document: its content tells what it is, whatever the type claims.
        return Upload(body, filename, fresh, request_id, fallback_to_sync, redact)
    parts = {part.name: part for part in _read_parts(body, options.get(b"boundary", b""))}
    document = _document(parts)
    return Upload(
        document=bytes(document.data),
        filename=(document.filename or "")[:MAX_FILENAME_CHARACTERS],
        fresh=_boolean(parts, "fresh", default=fresh),
        request_id=_value(parts, "request_id") or request_id,
        fallback_to_sync=_boolean(parts, "fallback_to_sync", default=fallback_to_sync),
        redact=_boolean(parts, "redact", default=redact),
    )


def _document(parts: dict[str, _Part]) -> _Part:
    readers: dict[str, Callable[[dict[str, _Part]], _Part]] = {"file": _file, "text": _text}
    chosen = _value(parts, "fileType")
    if chosen not in readers:
        raise InvalidRequest(FieldViolation("fileType", "must be `file` or `text`"))
    return readers[chosen](parts)


def _file(parts: dict[str, _Part]) -> _Part:
    part = parts.get("file")
    if part is None or part.filename is None:
        raise InvalidRequest(
            FieldViolation("file", "is missing: send the resume as a file, because fileType is `file`")
        )
    return part


def _text(parts: dict[str, _Part]) -> _Part:
    part = parts.get("text")
    if part is None or not part.data.strip():
        raise InvalidRequest(FieldViolation("text", "is missing: send the resume's text, because fileType is `text`"))
    if b"\n" not in part.data:
        # Shells and curl pass `\n` on as two characters; a resume of one line does not exist.
        part.data = part.data.replace(b"\\n", b"\n")
    return part


def _value(parts: dict[str, _Part], name: str) -> str:
    part = parts.get(name)
    return part.data[:MAX_FIELD_BYTES].decode("utf-8", "replace").strip() if part else ""


def _boolean(parts: dict[str, _Part], name: str, *, default: bool) -> bool:
    if name not in parts:
        return default
    value = _value(parts, name).lower()
    if value not in _TRUE | _FALSE:
        raise InvalidRequest(FieldViolation(name, "must be `true` or `false`"))
    return value in _TRUE


def _read_parts(body: bytes, boundary: bytes) -> list[_Part]:
    parts: list[_Part] = []
    header_name = bytearray()
    header_value = bytearray()
    ended = False
    if not boundary:  # the parser would take any two hyphens for one
        raise MalformedForm(expected=MULTIPART)

    def begin_part() -> None:
        if len(parts) == MAX_PARTS:
            raise FormParserError("too many parts")
        parts.append(_Part())

    def end_header() -> None:
        if header_name.lower() == b"content-disposition":
            _, options = parse_options_header(bytes(header_value))
            parts[-1].name = options.get(b"name", b"").decode("utf-8", "replace")
            if b"filename" in options:
                parts[-1].filename = options[b"filename"].decode("utf-8", "replace")
        header_name.clear()
        header_value.clear()

    def end_form() -> None:
        nonlocal ended
        ended = True

    try:
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": begin_part,
                "on_part_data": lambda data, start, end: parts[-1].data.extend(data[start:end]),
                "on_header_field": lambda data, start, end: header_name.extend(data[start:end]),
                "on_header_value": lambda data, start, end: header_value.extend(data[start:end]),
                "on_header_end": end_header,
                "on_end": end_form,
            },
        )
        parser.write(body)
        parser.finalize()
    except FormParserError as fault:
        raise MalformedForm(expected=MULTIPART) from fault
    if not ended:
        raise MalformedForm(expected=MULTIPART)
    return parts
