"""What parser needs from outside."""

from typing import Protocol

from parser_service.domain.model import Resume, SkillDetail
from parser_service.domain.redaction import JsonObject, RedactionOptions


class DocumentReader(Protocol):
    """Reads documents within limits on time and memory."""

    async def read(self, document: bytes) -> Resume:
        """Raises the errors of `domain.errors`, or Overloaded when too many documents wait."""
        ...


class SkillLinker(Protocol):
    """Knows what skills are called in a taxonomy."""

    def link(self, name: str) -> SkillDetail:
        """The skill as written, with its id where the taxonomy knows it."""
        ...


class Redactor(Protocol):
    """Removes what tells who a person is, within limits on time and memory."""

    async def redact_resume(self, resume: JsonObject, options: RedactionOptions) -> JsonObject:
        """The resume, as the contract's JSON. Raises DocumentTooComplex or Overloaded."""
        ...

    async def redact_document(self, document: bytes, resume: JsonObject, options: RedactionOptions) -> bytes:
        """The document that the resume was read from, as a PDF. Raises the errors of `domain.errors`, or Overloaded."""
        ...
