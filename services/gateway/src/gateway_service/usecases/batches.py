"""Many documents at once."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

from gateway_service.domain.batches import (
    Batch,
    BatchNotFound,
    BatchOptions,
    BatchPage,
    BatchTooLarge,
    SentFile,
    TooManyFiles,
)
from gateway_service.domain.errors import DocumentEmpty, FileTooLarge
from gateway_service.domain.jobs import CANCELLED, Job, JobFailure, JobState, Priority, TooManyJobs
from gateway_service.domain.model import Caller, Document
from gateway_service.ports import (
    BatchStore,
    Clock,
    DocumentStorage,
    DocumentStore,
    Events,
    JobStore,
    JobWakeups,
    NewId,
    Notices,
    Transactions,
    Tx,
)
from gateway_service.usecases.endings import EndJobs
from gateway_service.usecases.jobs import Limits
from gateway_service.usecases.parse import Results
from meshkit.errors import DomainError, FieldViolation, InvalidRequest, RequestIdReused, ServiceUnavailable

# Files are stored in groups: few enough to lie in memory, enough to make a transaction worth it.
_GROUP_FILES = 16
_GROUP_BYTES = 8 * 1024 * 1024
# Between looks at a batch that changes all the time.
_PAUSE = timedelta(milliseconds=200)


@dataclass(frozen=True, slots=True)
class BatchSize:
    """How much a batch may hold."""

    files: int
    # Of all its files, unpacked.
    total_bytes: int
    file_bytes: int


@dataclass(slots=True)
class _Intake:
    """What came in so far; bytes only of the group that is not stored yet."""

    batch: Batch
    caller: Caller
    jobs: list[Job] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)
    total_bytes: int = 0
    group: list[tuple[Document, bytes]] = field(default_factory=list)

    @property
    def group_is_full(self) -> bool:
        return len(self.group) >= _GROUP_FILES or sum(len(data) for _, data in self.group) >= _GROUP_BYTES

    def digest(self) -> str:
        return hashlib.sha256("\n".join(self.digests).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class SubmitBatch:
    """Accepts many documents, all or none. Each file is stored as it comes in; jobs are written when all are."""

    transactions: Transactions
    batches: BatchStore
    jobs: JobStore
    documents: DocumentStore
    storage: DocumentStorage
    results: Results
    events: Events
    notices: Notices
    clock: Clock
    new_id: NewId
    limits: Limits
    size: BatchSize

    async def __call__(
        self, files: AsyncIterable[SentFile], options: Callable[[], BatchOptions], caller: Caller
    ) -> Batch:
        """`options` are known once the files have come. Raises TooManyFiles, TooManyJobs, InvalidRequest without files,
        RequestIdReused, ServiceUnavailable without a storage, and what `files` raises."""
        async with self.transactions() as tx:
            await self._refuse_too_many(tx, caller)
        now = self.clock()
        batch = Batch(self.new_id(), caller.user_id, caller.tenant, "", "", 0, now, now)
        intake = _Intake(batch, caller)
        async for file in files:
            if len(intake.jobs) == self.size.files:
                raise TooManyFiles(limit=self.size.files)
            self._take_in(intake, file)
            if intake.group_is_full:
                await self._store_group(intake)
        if not intake.jobs:
            raise InvalidRequest(FieldViolation("files", "are missing: send documents, or an archive of documents"))
        await self._store_group(intake)
        return await self._accept(intake, options())

    async def _refuse_too_many(self, tx: Tx, caller: Caller) -> None:
        mine, everybodys = await self.jobs.count_open(tx, Priority.BATCH, owner=caller.user_id)
        for count, limit in ((mine, self.limits.per_user), (everybodys, self.limits.overall)):
            if count >= limit:
                raise TooManyJobs(limit=limit, retry_after=self.limits.retry_after)

    def _take_in(self, intake: _Intake, file: SentFile) -> None:
        digest = hashlib.sha256(file.data).hexdigest()
        intake.digests.append(f"{digest} {file.filename}")
        fault = file.fault or self._fault(intake, file)
        document_id = None if fault else self.new_id()
        job = Job(
            id=self.new_id(),
            owner=intake.batch.owner,
            tenant=intake.batch.tenant,
            document_id=document_id,
            digest=digest,
            fresh=False,
            request_id="",
            origin=intake.caller.origin,
            created_at=intake.batch.created_at,
            updated_at=intake.batch.created_at,
            heard_at=intake.batch.created_at,
            priority=Priority.BATCH,
            state=JobState.FAILED if fault else JobState.QUEUED,
            failure=JobFailure(fault.wire_reason, str(fault)) if fault else None,
            batch_id=intake.batch.id,
            number=len(intake.jobs) + 1,
            filename=file.filename,
            batch_sequence=1 if fault else 0,
        )
        intake.jobs.append(job)
        if document_id is not None:
            intake.total_bytes += len(file.data)
            document = Document(
                document_id, job.owner, job.tenant, digest, len(file.data), file.filename, job.created_at
            )
            intake.group.append((document, file.data))

    def _fault(self, intake: _Intake, file: SentFile) -> DomainError | None:
        if len(file.data) > self.size.file_bytes:
            return FileTooLarge(limit_bytes=self.size.file_bytes)
        if not file.data.strip():
            return DocumentEmpty()
        if intake.total_bytes + len(file.data) > self.size.total_bytes:
            return BatchTooLarge(limit_bytes=self.size.total_bytes)
        return None

    async def _store_group(self, intake: _Intake) -> None:
        group, intake.group = intake.group, []
        async with self.transactions() as tx:
            for document, _ in group:
                await self.documents.add(tx, document)
        await asyncio.gather(*(self.storage.put(document.id, data) for document, data in group))

    async def _accept(self, intake: _Intake, options: BatchOptions) -> Batch:
        refused = sum(job.ended for job in intake.jobs)
        batch = Batch(
            id=intake.batch.id,
            owner=intake.batch.owner,
            tenant=intake.batch.tenant,
            request_id=options.request_id,
            digest=intake.digest(),
            total=len(intake.jobs),
            created_at=intake.batch.created_at,
            updated_at=self.clock(),
            failed=refused,
            sequence=1 if refused else 0,
        )
        jobs = [job.with_fresh(options.fresh) for job in intake.jobs]
        try:
            async with self.transactions() as tx:
                await self.batches.add(tx, batch)
                await self.jobs.add_all(tx, jobs)
                waiting = [job for job in jobs if not job.ended]
                await self.documents.keep(tx, *(job.document_id for job in waiting if job.document_id))
                await self.events.job_queued(tx, *waiting)
                await self.results.count_failure(tx, times=refused)
                if batch.ended:
                    await self.notices.batch_ended(tx, batch)
        except RequestIdReused:
            async with self.transactions() as tx:
                repeated = await self.batches.find_by_request_id(tx, batch.request_id, owner=batch.owner)
            if repeated is None or repeated.digest != batch.digest:
                raise
            return repeated
        return batch


@dataclass(frozen=True, slots=True)
class BatchSighting:
    """What one look at a batch found."""

    batch: Batch
    # Files that ended since the sighting before.
    news: Sequence[Job]


@dataclass(frozen=True, slots=True)
class FollowBatches:
    """Tells owners of their batches, and ends batches for them."""

    transactions: Transactions
    # Transactions that only read.
    looks: Transactions
    batches: BatchStore
    jobs: JobStore
    end: EndJobs
    wakeups: JobWakeups
    # A sighting without news comes at least this often.
    pulse: timedelta

    async def get(self, batch_id: str, *, owner: str) -> Batch:
        """Raises BatchNotFound, also for batches of others."""
        async with self.looks() as tx:
            return await self._find(tx, batch_id, owner=owner)

    async def page(self, *, owner: str, after: str | None, size: int) -> BatchPage:
        """Newest first."""
        async with self.looks() as tx:
            return await self.batches.page(tx, owner=owner, after=after, size=size)

    async def files(self, batch_id: str, *, owner: str, after: int, size: int) -> Sequence[Job]:
        """In the order in which they were sent. Raises BatchNotFound, also for batches of others."""
        async with self.looks() as tx:
            await self._find(tx, batch_id, owner=owner)
            return await self.jobs.of_batch(tx, batch_id, after=after, size=size)

    async def cancel(self, batch_id: str, *, owner: str) -> Batch:
        """Files that have ended stay as they are. Raises BatchNotFound, also for batches of others."""
        async with self.transactions() as tx:
            batch = await self._find(tx, batch_id, owner=owner)
            if batch.ended:
                return batch
            await self.batches.cancel(tx, batch_id)
            open_jobs = await self.jobs.open_of_batch(tx, batch_id)
        for job_id in open_jobs:
            async with self.transactions() as tx:
                job = await self.jobs.lock(tx, job_id)
                if job is not None and not job.ended:
                    await self.end.fail(tx, job, CANCELLED)
        return await self.get(batch_id, owner=owner)

    async def watch(self, batch_id: str, *, owner: str, after: int = 0) -> AsyncGenerator[BatchSighting | None]:
        """The first sighting comes at once, None when there is nothing new for a while; ends with the batch.
        Raises BatchNotFound, also for batches of others. Waits for a database that is away."""
        with self.wakeups.watch(batch_id) as changed:
            sighting: BatchSighting | None = await self._look(batch_id, owner=owner, after=after)
            while True:
                yield sighting
                if sighting is not None:
                    after = sighting.batch.sequence
                    if sighting.batch.ended:
                        return
                await self._wait(changed)
                sighting = None
                with suppress(ServiceUnavailable):
                    seen = await self._look(batch_id, owner=owner, after=after)
                    sighting = seen if seen.batch.sequence > after else None

    async def _wait(self, changed: asyncio.Event) -> None:
        await asyncio.sleep(_PAUSE.total_seconds())
        with suppress(TimeoutError):
            async with asyncio.timeout(self.pulse.total_seconds()):
                await changed.wait()
        changed.clear()

    async def _look(self, batch_id: str, *, owner: str, after: int) -> BatchSighting:
        async with self.looks() as tx:
            # The batch first: what ends in between is told by the next sighting.
            batch = await self._find(tx, batch_id, owner=owner)
            ended = await self.jobs.ended_of_batch(tx, batch_id, after=after, until=batch.sequence)
        return BatchSighting(batch, ended)

    async def _find(self, tx: Tx, batch_id: str, *, owner: str) -> Batch:
        batch = await self.batches.find(tx, batch_id, owner=owner)
        if batch is None:
            raise BatchNotFound
        return batch
