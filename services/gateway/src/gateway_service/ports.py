"""What gateway needs from outside."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, Protocol

from gateway_service.domain.jobs import Job, JobUpdate
from gateway_service.domain.model import DocsFile, Page, ParsedDocument, StoredResume, Upload

# A transaction in progress; only stores look inside.
Tx = Any


class Transactions(Protocol):
    """`async with transactions() as tx:` commits at the end and rolls back on errors."""

    def __call__(self) -> AbstractAsyncContextManager[Tx]: ...


class DocumentParser(Protocol):
    """Reads documents."""

    async def parse(self, document: bytes, *, filename: str) -> ParsedDocument:
        """Raises the parser's own errors when the document is at fault, ServiceUnavailable when no parser answers."""
        ...


class ResumeStore(Protocol):
    """Keeps resumes for their owners; nobody else's are ever found."""

    async def add(self, tx: Tx, resume: StoredResume) -> None:
        """Raises RequestIdReused when the owner used the request id before."""
        ...

    async def find(self, tx: Tx, resume_id: str, *, owner: str) -> StoredResume | None:
        """The resume with this id."""
        ...

    async def find_by_request_id(self, tx: Tx, request_id: str, *, owner: str) -> StoredResume | None:
        """The resume that an earlier request with this id made."""
        ...

    async def find_by_digest(self, tx: Tx, digest: str, *, owner: str, since: datetime) -> StoredResume | None:
        """The newest resume made of these bytes after `since`."""
        ...

    async def page(self, tx: Tx, *, owner: str, after: str | None, size: int) -> Page:
        """Newest first."""
        ...

    async def remove(self, tx: Tx, resume_id: str, *, owner: str) -> StoredResume | None:
        """Removes and returns it; None when there is none."""
        ...


class JobStore(Protocol):
    """Keeps background parses. Every write of a job also writes the update that tells of it, in the same transaction."""

    async def add(self, tx: Tx, job: Job) -> None:
        """Raises RequestIdReused when the owner used the request id before."""
        ...

    async def find(self, tx: Tx, job_id: str, *, owner: str) -> Job | None:
        """The job with this id, if it is the owner's."""
        ...

    async def find_by_request_id(self, tx: Tx, request_id: str, *, owner: str) -> Job | None:
        """The job that an earlier request with this id made."""
        ...

    async def lock(self, tx: Tx, job_id: str) -> Job | None:
        """The job, whoever owns it; nobody else changes it until the transaction ends."""
        ...

    async def save(self, tx: Tx, job: Job) -> None:
        """Writes a changed job; tells of it when its sequence is new."""
        ...

    async def count_open(self, tx: Tx, *, owner: str) -> tuple[int, int]:
        """How many jobs have not ended: the owner's, and everybody's."""
        ...

    async def recent_duration(self, tx: Tx) -> timedelta | None:
        """What the last jobs took, from begin to end; None when there were none."""
        ...

    async def silent(self, tx: Tx, *, before: datetime, limit: int) -> Sequence[Job]:
        """Jobs that have not ended and of which nothing was heard since; locked."""
        ...

    async def remove_for_resume(self, tx: Tx, resume_id: str) -> None:
        """Removes the jobs that led to a resume."""
        ...

    async def remove_ended(self, tx: Tx, *, before: datetime, limit: int) -> Sequence[Job]:
        """Removes and returns jobs that ended before a moment."""
        ...


class JobUpdates(Protocol):
    """What happened to jobs, for those who watch."""

    async def after(self, tx: Tx, job_id: str, sequence: int, *, owner: str) -> Sequence[JobUpdate]:
        """The updates that follow `sequence`, in order. Raises JobNotFound, also for jobs of others."""
        ...


class JobWakeups(Protocol):
    """Tells at once that a job changed, whichever replica wrote it. May tell too often;
    a watcher looks again after a while, too, because a connection that breaks tells nothing."""

    def watch(self, job_id: str) -> AbstractContextManager[asyncio.Event]:
        """An event that is set after each change, while the context is open; the watcher clears it."""
        ...


class Events(Protocol):
    """Tells the other services, if and only if the transaction commits."""

    async def resume_parsed(self, tx: Tx, resume: StoredResume) -> None:
        """A resume was stored."""
        ...

    async def resume_deleted(self, tx: Tx, resume: StoredResume) -> None:
        """A resume was removed."""
        ...


Clock = Callable[[], datetime]
NewId = Callable[[], str]
# Raises when the dependency does not answer.
Dependency = Callable[[], Awaitable[object]]


class UploadReader(Protocol):
    """Reads the upload out of a request body."""

    def __call__(self, content_type: str, body: bytes, *, filename: str, fresh: bool, request_id: str) -> Upload:
        """Raises MalformedForm or InvalidRequest."""
        ...


OPENAPI = "openapi.json"
DOCS_PAGE = "index.html"


class DocsFiles(Protocol):
    """Files of the page that describes the REST surface."""

    def get(self, name: str) -> DocsFile:
        """Raises NotFound."""
        ...
