"""Reading multipart forms: the edge hands them to services as they were sent, whole or in pieces."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from meshkit.errors import DomainError

MULTIPART = "multipart/form-data"


class MalformedForm(DomainError):
    """The framing of the form is broken, or it has too many parts."""

    reason = "MALFORMED_FORM"
    template = "The form could not be read; expected {expected}"


@dataclass(frozen=True, slots=True)
class FormPart:
    """One field. `filename` is None for fields that are no files."""

    data: bytes
    filename: str | None = None

    @property
    def text(self) -> str:
        """As UTF-8; what is none is replaced."""
        return self.data.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class PartBegun:
    """A part follows. `filename` is None for fields that are no files; the media type is what the sender claims."""

    name: str
    filename: str | None
    content_type: str


@dataclass(frozen=True, slots=True)
class PartData:
    """The next bytes of the part."""

    data: bytes


@dataclass(frozen=True, slots=True)
class PartEnded:
    """The part is complete."""


FormEvent = PartBegun | PartData | PartEnded


def is_form(content_type: str) -> bool:
    """Whether a body of this type is a form."""
    return media_type(content_type) == MULTIPART


def media_type(content_type: str) -> str:
    """The type without its parameters, in lower case."""
    kind, _ = parse_options_header(content_type)
    return kind.decode("latin-1")


def read_form(content_type: str, body: bytes, *, max_parts: int = 20) -> Mapping[str, FormPart]:
    """Fields by name; of several with one name the last. Raises MalformedForm."""
    reader = FormReader(content_type, max_parts=max_parts)
    parts: dict[str, FormPart] = {}
    begun, data = PartBegun("", None, ""), bytearray()
    for event in reader.feed(body):
        match event:
            case PartBegun():
                begun, data = event, bytearray()
            case PartData():
                data += event.data
            case PartEnded():
                parts[begun.name] = FormPart(bytes(data), begun.filename)
    reader.close()
    return parts


class FormReader:
    """Reads a form piece by piece, and keeps none of it."""

    def __init__(self, content_type: str, *, max_parts: int) -> None:
        """Raises MalformedForm without a boundary, or with one that nobody could have sent."""
        _, options = parse_options_header(content_type)
        boundary = options.get(b"boundary", b"")
        if not boundary:  # the parser would take any two hyphens for one
            raise MalformedForm(expected=MULTIPART)
        self._parts = 0
        self._max_parts = max_parts
        self._events: list[FormEvent] = []
        self._name, self._value = bytearray(), bytearray()
        self._headers: dict[bytes, bytes] = {}
        self._ended = False
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin,
                    "on_part_data": lambda data, start, end: self._events.append(PartData(data[start:end])),
                    "on_part_end": lambda: self._events.append(PartEnded()),
                    "on_header_field": lambda data, start, end: self._name.extend(data[start:end]),
                    "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
                    "on_header_end": self._end_header,
                    "on_headers_finished": self._end_headers,
                    "on_end": self._end,
                },
            )
        except FormParserError as fault:
            raise MalformedForm(expected=MULTIPART) from fault

    def feed(self, data: bytes) -> Iterator[FormEvent]:
        """What the next bytes of the body hold. Raises MalformedForm."""
        try:
            self._parser.write(data)
        except FormParserError as fault:
            raise MalformedForm(expected=MULTIPART) from fault
        events, self._events = self._events, []
        yield from events

    def close(self) -> None:
        """Raises MalformedForm when the body ended too early."""
        if not self._ended:
            raise MalformedForm(expected=MULTIPART)

    def _begin(self) -> None:
        if self._parts == self._max_parts:
            raise FormParserError("too many parts")
        self._parts += 1
        self._headers = {}

    def _end_header(self) -> None:
        self._headers[bytes(self._name).lower()] = bytes(self._value)
        self._name.clear()
        self._value.clear()

    def _end_headers(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition"))
        filename = options.get(b"filename")
        self._events.append(
            PartBegun(
                name=options.get(b"name", b"").decode("utf-8", "replace"),
                filename=None if filename is None else filename.decode("utf-8", "replace"),
                content_type=media_type(self._headers.get(b"content-type", b"").decode("latin-1")),
            )
        )

    def _end(self) -> None:
        self._ended = True
