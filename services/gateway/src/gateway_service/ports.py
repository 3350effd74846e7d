"""What gateway needs from outside."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Protocol

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
