"""What gateway needs from outside."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, Protocol

from gateway_service.domain.batches import Batch, BatchOptions, BatchPage, SentFile
from gateway_service.domain.jobs import DeadLetter, Job, JobState, JobUpdate, Priority
from gateway_service.domain.model import (
    DocsFile,
    Document,
    MonthOfModels,
    Page,
    ParsedDocument,
    Presence,
    StoredResume,
    Upload,
)
from gateway_service.domain.webhooks import CallOutcome, Delivery, DeliveryPage, Webhook, WebhookEvent

# A transaction in progress; only stores look inside.
Tx = Any


class Transactions(Protocol):
    """`async with transactions() as tx:` commits at the end and rolls back on errors."""

    def __call__(self) -> AbstractAsyncContextManager[Tx]: ...


class DocumentParser(Protocol):
    """Reads documents."""

    async def parse(self, document: bytes, *, filename: str, tenant: str) -> ParsedDocument:
        """Raises the parser's own errors when the document is at fault, ServiceUnavailable when no parser answers."""
        ...


class Redactor(Protocol):
    """Removes what tells who a person is."""

    async def redact_resume(self, resume: StoredResume, *, schools: bool) -> bytes:
        """The redacted resume, serialised. Raises ServiceUnavailable when no parser answers."""
        ...

    async def redact_document(self, document: bytes, resume: StoredResume, *, schools: bool) -> bytes:
        """The document that the resume was read from, as a PDF. Raises the parser's own errors, or ServiceUnavailable."""
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

    async def find_by_digest(
        self, tx: Tx, digest: str, *, owner: str, since: datetime, extractor_version: str | None
    ) -> StoredResume | None:
        """The newest resume that this version (None: any) made of these bytes after `since`."""
        ...

    async def count_since(self, tx: Tx, since: datetime) -> int:
        """How many resumes were made since, of all owners."""
        ...

    async def of(self, tx: Tx, *, owner: str, limit: int) -> Sequence[str]:
        """Ids of resumes of an owner; locked."""
        ...

    async def made_before(self, tx: Tx, before: datetime, *, limit: int) -> Sequence[StoredResume]:
        """Resumes that were made before a moment, of all owners; locked."""
        ...

    async def page(self, tx: Tx, *, owner: str, after: str | None, size: int) -> Page:
        """Newest first."""
        ...

    async def remove(self, tx: Tx, resume_id: str, *, owner: str) -> StoredResume | None:
        """Removes and returns it; None when there is none."""
        ...


class DocumentStorage(Protocol):
    """Bytes by key. Raises ServiceUnavailable while the storage cannot be reached."""

    async def put(self, key: str, data: bytes) -> None:
        """Returns when they are stored."""
        ...

    async def get(self, key: str) -> bytes:
        """Raises FileNotFoundError."""
        ...

    async def delete(self, key: str) -> None:
        """Does nothing when there is nothing."""
        ...


class DocumentStore(Protocol):
    """Knows every file in the storage; the id of the document is its key there."""

    async def add(self, tx: Tx, document: Document) -> None:
        """Must be committed before the bytes are stored. Until it is kept, the document is removed after a while."""
        ...

    async def keep(self, tx: Tx, *document_ids: str) -> None:
        """Something refers to them now."""
        ...

    async def release(self, tx: Tx, document_id: str) -> None:
        """Nothing refers to it any more."""
        ...

    async def find(self, tx: Tx, document_id: str, *, owner: str) -> Document | None:
        """The document with this id, if it is the owner's."""
        ...

    async def released(self, tx: Tx, *, before: datetime, limit: int) -> Sequence[str]:
        """Ids of documents that were added before a moment and that nothing refers to; locked."""
        ...

    async def of(self, tx: Tx, *, owner: str, limit: int) -> Sequence[str]:
        """Ids of documents of an owner, kept or not; locked."""
        ...

    async def added_before(self, tx: Tx, before: datetime, *, limit: int) -> Sequence[str]:
        """Ids of documents that were added before a moment; locked."""
        ...

    async def remove(self, tx: Tx, document_ids: Sequence[str]) -> None:
        """Forgets them; their bytes must be gone."""
        ...


class Flights(Protocol):
    """Parses in hand, over all replicas."""

    async def take(self, tx: Tx, key: str, *, holder: str, now: datetime, until: datetime) -> bool:
        """True when nobody else holds the key. The same holder may take it again, which renews it."""
        ...

    async def release(self, tx: Tx, key: str, *, holder: str) -> None:
        """Does nothing when somebody else holds the key."""
        ...

    async def count(self, tx: Tx, now: datetime) -> int:
        """How many are held."""
        ...

    async def sweep(self, tx: Tx, now: datetime) -> None:
        """Forgets those whose holder died."""
        ...


class Counters(Protocol):
    """Figures that survive restarts and add up over replicas."""

    async def add(self, tx: Tx, **amounts: float) -> None:
        """Adds to each figure."""
        ...

    async def read(self, tx: Tx) -> Mapping[str, float]:
        """Every figure that was ever added to."""
        ...


class ModelFigures(Protocol):
    """What models took."""

    async def this_month(self) -> MonthOfModels:
        """For all users and purposes. Raises errors of the mesh when nobody answers."""
        ...


class Workers(Protocol):
    """Those who parse in the background."""

    async def presence(self) -> Presence | None:
        """None when no worker is there. Answers from what was heard a moment ago, or asks."""
        ...

    @property
    def extractor_version(self) -> str | None:
        """Version that was heard last; None when none was."""
        ...


class DeadLetters(Protocol):
    """Jobs that were given up, until an operator decides."""

    async def page(self, *, size: int) -> tuple[Sequence[DeadLetter], int]:
        """The oldest, and how many there are in all."""
        ...

    async def find(self, letter_id: str) -> DeadLetter | None:
        """One letter."""
        ...

    async def remove(self, letter_id: str) -> None:
        """Does nothing when there is none."""
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

    async def peek(self, tx: Tx, job_id: str) -> Job | None:
        """The job, whoever owns it; others may change it at any time."""
        ...

    async def save(self, tx: Tx, job: Job) -> None:
        """Writes a changed job; tells of it when its sequence is new."""
        ...

    async def add_all(self, tx: Tx, jobs: Sequence[Job]) -> None:
        """Many at once, without request ids; nobody watches them yet."""
        ...

    async def of_batch(self, tx: Tx, batch_id: str, *, after: int, size: int) -> Sequence[Job]:
        """The jobs of a batch that follow a number, in the order of their numbers."""
        ...

    async def ended_of_batch(self, tx: Tx, batch_id: str, *, after: int, until: int) -> Sequence[Job]:
        """The jobs that ended while the batch's sequence went from `after`, not counted, to `until`."""
        ...

    async def open_of_batch(self, tx: Tx, batch_id: str) -> Sequence[str]:
        """Ids of the jobs that have not ended."""
        ...

    async def count_open(self, tx: Tx, priority: Priority, *, owner: str) -> tuple[int, int]:
        """How many jobs have not ended: the owner's, and everybody's."""
        ...

    async def recent_duration(self, tx: Tx) -> timedelta | None:
        """What the last jobs took, from begin to end; None when there were none."""
        ...

    async def silent(
        self, tx: Tx, state: JobState, priority: Priority, *, before: datetime, limit: int
    ) -> Sequence[Job]:
        """Jobs in a state of which nothing was heard since; locked. Those that somebody else has locked are left out."""
        ...

    async def oldest_open(self, tx: Tx) -> datetime | None:
        """When the oldest job that has not ended was accepted."""
        ...

    async def remove_for_resume(self, tx: Tx, resume_id: str) -> None:
        """Removes the jobs that led to a resume."""
        ...

    async def remove_of(self, tx: Tx, *, owner: str) -> Sequence[str]:
        """Removes all jobs of an owner, ended or not, and returns their ids."""
        ...

    async def remove_ended(self, tx: Tx, *, before: datetime, limit: int) -> Sequence[Job]:
        """Removes and returns jobs that ended before a moment."""
        ...


class BatchStore(Protocol):
    """Keeps batches. Their files are jobs."""

    async def add(self, tx: Tx, batch: Batch) -> None:
        """Raises RequestIdReused when the owner used the request id before."""
        ...

    async def find(self, tx: Tx, batch_id: str, *, owner: str) -> Batch | None:
        """The batch with this id, if it is the owner's."""
        ...

    async def find_by_request_id(self, tx: Tx, request_id: str, *, owner: str) -> Batch | None:
        """The batch that an earlier request with this id made."""
        ...

    async def page(self, tx: Tx, *, owner: str, after: str | None, size: int) -> BatchPage:
        """Newest first."""
        ...

    async def count(self, tx: Tx, batch_id: str, *, completed: int = 0, failed: int = 0, now: datetime) -> Batch:
        """Adds to its figures and to its sequence, and returns it; nobody else does until the transaction ends."""
        ...

    async def cancel(self, tx: Tx, batch_id: str) -> None:
        """Marks it."""
        ...

    async def remove_of(self, tx: Tx, *, owner: str) -> None:
        """Removes all batches of an owner."""
        ...

    async def remove_old(self, tx: Tx, *, before: datetime) -> None:
        """Removes batches that last changed before a moment and have ended. Their jobs are removed apart from them."""
        ...


class Notices(Protocol):
    """Tells users who asked for it, if and only if the transaction commits."""

    async def job_ended(self, tx: Tx, job: Job) -> None:
        """A job of no batch ended."""
        ...

    async def batch_ended(self, tx: Tx, batch: Batch) -> None:
        """All files of a batch ended."""
        ...


class WebhookStore(Protocol):
    """Keeps webhooks."""

    async def add(self, tx: Tx, webhook: Webhook) -> None:
        """A new one."""
        ...

    async def save(self, tx: Tx, webhook: Webhook) -> None:
        """A changed one."""
        ...

    async def find(self, tx: Tx, webhook_id: str, *, owner: str) -> Webhook | None:
        """The webhook with this id, if it is the owner's."""
        ...

    async def of(self, tx: Tx, *, owner: str) -> Sequence[Webhook]:
        """All of an owner, oldest first."""
        ...

    async def remove(self, tx: Tx, webhook_id: str) -> None:
        """With its deliveries."""
        ...

    async def remove_of(self, tx: Tx, *, owner: str) -> None:
        """All of an owner, with their deliveries."""
        ...


class Deliveries(Protocol):
    """What webhooks are told, and how that went."""

    async def add(self, tx: Tx, webhook: Webhook, event: WebhookEvent, data: Mapping[str, Any]) -> Delivery:
        """To be made at once, if and only if the transaction commits."""
        ...

    async def find(self, tx: Tx, webhook_id: str, delivery_id: str) -> Delivery | None:
        """One of a webhook."""
        ...

    async def page(self, tx: Tx, webhook_id: str, *, after: str | None, size: int) -> DeliveryPage:
        """Newest first."""
        ...

    async def take_due(
        self, tx: Tx, *, now: datetime, until: datetime, limit: int
    ) -> Sequence[tuple[Webhook, Delivery]]:
        """Those that are due, with one attempt more; nobody else takes them before `until`."""
        ...

    async def save(self, tx: Tx, delivery: Delivery) -> None:
        """Does nothing when it was removed."""
        ...

    async def remove_old(self, tx: Tx, *, before: datetime, limit: int) -> None:
        """Removes deliveries of events from before a moment."""
        ...


class BatchReader(Protocol):
    """Reads the files out of a body while that comes in."""

    def files(self) -> AsyncIterator[SentFile]:
        """One after the other. Raises MalformedForm, ArchiveUnreadable, TooManyFiles, or InvalidRequest."""
        ...

    def options(self) -> BatchOptions:
        """What the body says about all of them; known after the last."""
        ...


class NewBatchReader(Protocol):
    """Begins with a body."""

    def __call__(self, content_type: str, pieces: AsyncIterator[bytes], *, fresh: bool, request_id: str) -> BatchReader:
        """A form's own fields win over the request's."""
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

    async def job_queued(self, tx: Tx, *jobs: Job) -> None:
        """Each of them waits for a worker."""
        ...

    async def job_buried(self, tx: Tx, job: Job) -> None:
        """A job was given up."""
        ...

    async def withdraw(self, tx: Tx, *, owner: str) -> None:
        """What was to be told of an owner's resumes, and was not yet, is told to nobody."""
        ...


class ToldEvents(Protocol):
    """What the other services were told; the broker keeps it for a while."""

    async def forget(self, *, owner: str) -> None:
        """Removes what tells of an owner's resumes. Raises ServiceUnavailable while the broker is away."""
        ...


class Erasures(Protocol):
    """Whose data was erased lately, so that what was on its way then is erased, too."""

    async def mark(self, tx: Tx, *, owner: str, now: datetime) -> None:
        """Marking again changes nothing."""
        ...

    async def marked(self, tx: Tx) -> Sequence[tuple[str, datetime]]:
        """Each owner, and when they were marked."""
        ...

    async def unmark(self, tx: Tx, *, owner: str) -> None:
        """Nothing of theirs can come any more."""
        ...


Clock = Callable[[], datetime]
# Makes a call and tells how it went; never raises for what the other side does.
WebhookCaller = Callable[[Webhook, Delivery, datetime], Awaitable[CallOutcome]]
# Raises InvalidRequest for an address that is never called.
CheckAddress = Callable[[str], Awaitable[None]]
NewId = Callable[[], str]
# Raises when the dependency does not answer.
Dependency = Callable[[], Awaitable[object]]


class UploadReader(Protocol):
    """Reads the upload out of a request body."""

    def __call__(
        self,
        content_type: str,
        body: bytes,
        *,
        filename: str,
        fresh: bool,
        request_id: str,
        fallback_to_sync: bool = True,
        redact: bool = False,
    ) -> Upload:
        """Raises MalformedForm or InvalidRequest."""
        ...


OPENAPI = "openapi.json"
DOCS_PAGE = "index.html"


class DocsFiles(Protocol):
    """Files of the page that describes the REST surface."""

    def get(self, name: str) -> DocsFile:
        """Raises NotFound."""
        ...
