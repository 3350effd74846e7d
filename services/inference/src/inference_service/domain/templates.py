"""Prompts that live in files: a text with places for values and documents."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from inference_service.domain.fencing import Document, Message, disarm
from meshkit.errors import FieldViolation, InvalidRequest

# `{{job_title}}` takes a short value, `{{document resume}}` a document between fences.
_PLACE = re.compile(r"\{\{\s*(document\s+)?([a-z][a-z0-9_]*)\s*\}\}")
_HEADING = re.compile(r"^# (system|user|assistant)\s*$", re.MULTILINE)
MAX_VALUE_CHARACTERS = 2_000


class BrokenTemplate(Exception):
    """A prompt file that cannot be used."""


@dataclass(frozen=True, slots=True)
class PromptTemplate:
    """A prompt by name and version, its schema as JSON text (empty: plain text is asked for)."""

    name: str
    messages: Sequence[Message]
    schema: str

    @property
    def values(self) -> frozenset[str]:
        """Names of the values that a call fills in."""
        return frozenset(name for document, name in self._places() if not document)

    @property
    def documents(self) -> frozenset[str]:
        """Names of the documents that a call brings."""
        return frozenset(name for document, name in self._places() if document)

    def render(self, values: Mapping[str, str], documents: Sequence[Document]) -> list[Message]:
        """The conversation. Raises InvalidRequest when something is missing, too long, or not asked for."""
        given = {document.name: document for document in documents}
        _check(self.values, values.keys(), "prompt_call.values")
        _check(self.documents, given.keys(), "prompt_call.documents")
        for name, value in values.items():
            if len(value) > MAX_VALUE_CHARACTERS:
                raise InvalidRequest(FieldViolation(f"prompt_call.values[{name}]", "is too long; send a document"))
        return [
            Message(
                message.role,
                _PLACE.sub(lambda place: _filled(place, values), message.content).strip(),
                [given[name] for document, name in _places(message.content) if document],
            )
            for message in self.messages
        ]

    def _places(self) -> Iterator[tuple[bool, str]]:
        for message in self.messages:
            yield from _places(message.content)


def parse_template(name: str, text: str, schema: str) -> PromptTemplate:
    """A prompt from its file: headings `# system`, `# user`, `# assistant` begin messages. Raises BrokenTemplate."""
    parts = _HEADING.split(text)
    if parts[0].strip() or len(parts) < 3:
        raise BrokenTemplate(f"{name}: a prompt begins with `# system` or `# user`")
    messages = [
        Message(role, content.strip())
        for role, content in zip(parts[1::2], parts[2::2], strict=True)
        if content.strip()
    ]
    if not any(message.role == "user" for message in messages):
        raise BrokenTemplate(f"{name}: a prompt has a `# user` part")
    return PromptTemplate(name, messages, schema)


def _places(content: str) -> list[tuple[bool, str]]:
    return [(bool(document), name) for document, name in _PLACE.findall(content)]


def _filled(place: re.Match[str], values: Mapping[str, str]) -> str:
    """A value on one line, or the words that point to a document; the documents themselves follow the message."""
    document, name = place.groups()
    return f"the document {name} below" if document else disarm(" ".join(values[name].split()))


def _check(expected: frozenset[str], given: Iterable[str], field: str) -> None:
    names = frozenset(given)
    for name in sorted(expected - names):
        raise InvalidRequest(FieldViolation(f"{field}[{name}]", "is missing"))
    for name in sorted(names - expected):
        raise InvalidRequest(FieldViolation(f"{field}[{name}]", "is not part of this prompt"))
