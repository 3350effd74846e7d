"""What matching needs of the outside."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from matching_service.domain.model import Candidate, Embedding
from matching_service.domain.reading import ReadResume
from matching_service.domain.upload import AnalysisUpload

Clock = Callable[[], datetime]


class CandidateStore(Protocol):
    """Resumes that were parsed, and the ids of those that were erased."""

    async def put(self, candidate: Candidate) -> None:
        """Keeps the newest parse of a resume. An erased resume stays erased."""

    async def find(self, resume_id: str, *, owner_id: str) -> Candidate | None:
        """Somebody else's resume is not found."""

    async def erase(self, resume_id: str, now: datetime) -> None:
        """Removes all that is known of a resume, and refuses it from now on: events may come late and out of order."""

    async def is_erased(self, resume_id: str) -> bool:
        """Whether the resume was erased."""


class Inbox(Protocol):
    """Events that were applied."""

    async def first_time(self, event_id: str) -> bool:
        """True exactly once for an id, if the transaction commits."""


class Transaction(Protocol):
    """The stores, in one transaction."""

    @property
    def candidates(self) -> CandidateStore: ...
    @property
    def inbox(self) -> Inbox: ...


class Transactions(Protocol):
    """`async with transactions() as tx:` commits at the end, rolls back on errors. Raises ServiceUnavailable."""

    def __call__(self) -> AbstractAsyncContextManager[Transaction]: ...


class Embedder(Protocol):
    """Turns texts into vectors that lie close where meanings do."""

    async def embed(self, texts: Sequence[str], *, tenant: str) -> Sequence[Embedding]:
        """One a text, all of one model. Raises ServiceUnavailable when no model answers in time."""


class ResumeReader(Protocol):
    """Reads a file as a resume."""

    async def read(self, document: bytes, *, filename: str) -> ReadResume:
        """Raises InvalidFileFormat, ProcessingFailed; errors of the service that reads as it raised them."""


class AnalysisForm(Protocol):
    """Reads the body of a request for an analysis."""

    def __call__(self, content_type: str, body: bytes, *, job_text: str, filename: str) -> AnalysisUpload:
        """Raises MalformedForm, InvalidRequest, MissingJobDescription."""
