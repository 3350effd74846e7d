"""Forms in request bodies (`multipart/form-data`), read whole: bodies arrive in one message."""

from collections.abc import Mapping
from dataclasses import dataclass, field

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


def is_form(content_type: str) -> bool:
    """Whether a body of this type is a form."""
    kind, _ = parse_options_header(content_type)
    return kind == MULTIPART.encode()


def read_form(content_type: str, body: bytes, *, max_parts: int = 20) -> Mapping[str, FormPart]:
    """Fields by name; of several with one name the last. Raises MalformedForm."""
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary", b"")
    if not boundary:  # the parser would take any two hyphens for one
        raise MalformedForm(expected=MULTIPART)
    reader = _Reader(max_parts)
    try:
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": reader.begin,
                "on_part_data": reader.take,
                "on_header_field": reader.take_name,
                "on_header_value": reader.take_value,
                "on_header_end": reader.end_header,
                "on_end": reader.end,
            },
        )
        parser.write(body)
        parser.finalize()
    except FormParserError as fault:
        raise MalformedForm(expected=MULTIPART) from fault
    if not reader.ended:
        raise MalformedForm(expected=MULTIPART)
    return {draft.name: FormPart(bytes(draft.data), draft.filename) for draft in reader.drafts}


@dataclass(slots=True)
class _Draft:
    name: str = ""
    filename: str | None = None
    data: bytearray = field(default_factory=bytearray)


class _Reader:
    """Collects what the parser calls out."""

    def __init__(self, max_parts: int) -> None:
        self.drafts: list[_Draft] = []
        self.ended = False
        self._max_parts = max_parts
        self._name, self._value = bytearray(), bytearray()

    def begin(self) -> None:
        if len(self.drafts) == self._max_parts:
            raise FormParserError("too many parts")
        self.drafts.append(_Draft())

    def take(self, data: bytes, start: int, end: int) -> None:
        self.drafts[-1].data.extend(data[start:end])

    def take_name(self, data: bytes, start: int, end: int) -> None:
        self._name.extend(data[start:end])

    def take_value(self, data: bytes, start: int, end: int) -> None:
        self._value.extend(data[start:end])

    def end_header(self) -> None:
        if self._name.lower() == b"content-disposition":
            _, options = parse_options_header(bytes(self._value))
            self.drafts[-1].name = options.get(b"name", b"").decode("utf-8", "replace")
            if b"filename" in options:
                self.drafts[-1].filename = options[b"filename"].decode("utf-8", "replace")
        self._name.clear()
        self._value.clear()

    def end(self) -> None:
        self.ended = True
