"""What parser needs from outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from parser_service.domain.model import Doubt, Errand, ModelUse, ParsedDocument, Resume, SkillDetail
from parser_service.domain.redaction import JsonObject, RedactionOptions
from parser_service.domain.refinement import Pointed


@dataclass(slots=True)
class Progress:
    """How far a document is read; changes while it is."""

    page: int = 0
    # 0: not known, or a format without pages.
    pages: int = 0


class DocumentReader(Protocol):
    """Reads documents within limits on time and memory."""

    async def read(self, document: bytes, progress: Progress | None = None) -> Resume:
        """Keeps `progress` up to date. Raises the errors of `domain.errors`, or Overloaded when too many documents wait."""
        ...


class SkillLinker(Protocol):
    """Knows what skills are called in a taxonomy."""

    def link(self, name: str) -> SkillDetail:
        """The skill as written, with its id where the taxonomy knows it."""
        ...


class NoModel(Exception):
    """No model is configured that could help."""


class Refiner(Protocol):
    """Gives a second opinion on an entry."""

    async def point(self, doubt: Doubt, errand: Errand) -> tuple[Sequence[Pointed], ModelUse]:
        """The entries that its lines hold. Raises NoModel, and errors of the mesh when the model does not answer."""
        ...


class Redactor(Protocol):
    """Removes what tells who a person is, within limits on time and memory."""

    async def redact_resume(self, resume: JsonObject, options: RedactionOptions) -> JsonObject:
        """The resume, as the contract's JSON. Raises DocumentTooComplex or Overloaded."""
        ...

    async def redact_document(self, document: bytes, resume: JsonObject, options: RedactionOptions) -> bytes:
        """The document that the resume was read from, as a PDF. Raises the errors of `domain.errors`, or Overloaded."""
        ...


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at a job; goes into every report."""

    job_id: str
    number: int


@dataclass(frozen=True, slots=True)
class Assignment:
    """An attempt and its document. Without an attempt there is nothing to do, or not before `retry_after`."""

    attempt: Attempt | None
    document: bytes = b""
    retry_after: timedelta | None = None
    # Whose document it is, and whether nobody waits for it.
    tenant: str = ""
    batch: bool = False


class JobBoard(Protocol):
    """Where background parses come from and go to. Raises errors of the mesh while it cannot be reached."""

    async def begin(self, job_id: str) -> Assignment:
        """Makes this worker the only one whose reports on the job count."""
        ...

    async def report(self, attempt: Attempt, progress: Progress) -> bool:
        """Tells that the worker lives, and how far it is; whether to go on."""
        ...

    async def complete(self, attempt: Attempt, parsed: ParsedDocument) -> None:
        """Hands in the result; the first of a job counts."""
        ...

    async def fail(self, attempt: Attempt, *, code: str, message: str, transient: bool) -> bool:
        """Whether another attempt is wanted."""
        ...
