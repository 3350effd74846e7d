"""Background parses, as workers see them."""

from dataclasses import dataclass
from datetime import timedelta

from gateway_service.domain.jobs import EXHAUSTED, Job, JobFailure, Priority
from gateway_service.domain.model import Caller, Document, ParsedDocument
from gateway_service.ports import (
    Clock,
    DocumentStorage,
    DocumentStore,
    Events,
    Flights,
    JobStore,
    Transactions,
    Tx,
)
from gateway_service.usecases.endings import EndJobs
from gateway_service.usecases.parse import FLIGHT_LIFETIME, Results, flight_key

# Failures that an operator should see; all others are faults of the document, which its owner is told.
_BURIED = frozenset({EXHAUSTED.code, "INTERNAL", "DOCUMENT_TOO_COMPLEX"})
_GONE = JobFailure("INTERNAL", "The stored document is gone")
# For a job that waits until the same bytes are read for another.
_BUSY = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Begun:
    """An attempt, or why there is none: 0 and nothing to do, or 0 and a time after which to come back."""

    attempt: int
    document: bytes = b""
    filename: str = ""
    retry_after: timedelta | None = None
    tenant: str = ""
    batch: bool = False


_NOTHING_TO_DO = Begun(0)


@dataclass(frozen=True, slots=True)
class DoWork:
    """Hands out documents and takes results. Each call is one transaction, and says the same when it is made again."""

    transactions: Transactions
    # Transactions that only read.
    looks: Transactions
    jobs: JobStore
    documents: DocumentStore
    storage: DocumentStorage
    results: Results
    flights: Flights
    events: Events
    end: EndJobs
    clock: Clock
    max_attempts: int

    async def begin(self, job_id: str) -> Begun:
        """Raises ServiceUnavailable while the storage is away; that costs no attempt."""
        async with self.looks() as tx:
            waiting = await self.jobs.peek(tx, job_id)
            if waiting is None or waiting.ended:
                return _NOTHING_TO_DO
            document = await self._document(tx, waiting)
        # Outside of any transaction: a storage may take longer than a connection may be held.
        data = await self._read(document)
        async with self.transactions() as tx:
            job = await self._lock_open(tx, job_id)
            if job is None:
                return _NOTHING_TO_DO
            if job.attempts >= self.max_attempts:
                await self._give_up(tx, job, EXHAUSTED)
                return _NOTHING_TO_DO
            if not job.fresh:
                taken = await self._take(tx, job)
                if await self._settle_without_parse(tx, job):
                    return _NOTHING_TO_DO
                if not taken:
                    return Begun(0, retry_after=_BUSY)
            if document is None or data is None:
                await self._give_up(tx, job, _GONE)
                return _NOTHING_TO_DO
            begun = job.begun(self.clock())
            await self.jobs.save(tx, begun)
        return Begun(
            begun.attempts, data, document.filename, tenant=begun.tenant, batch=begun.priority is Priority.BATCH
        )

    async def report(self, job_id: str, attempt: int, *, page: int, pages: int) -> bool:
        """Whether to go on."""
        async with self.transactions() as tx:
            job = await self._lock_open(tx, job_id)
            if job is None or job.attempts != attempt:
                return False
            await self.jobs.save(tx, job.progressed(self.clock(), page=page, pages=pages))
            if not job.fresh:
                await self._take(tx, job)
        return True

    async def complete(self, job_id: str, parsed: ParsedDocument) -> bool:
        """Whether the result was taken. The first one is, whichever attempt it comes from; all others change nothing."""
        async with self.transactions() as tx:
            job = await self._lock_open(tx, job_id)
            if job is None:
                return False
            resume = await self.results.keep(
                tx,
                parsed,
                owner=Caller(job.owner, job.tenant, job.origin),
                digest=job.digest,
                document_id=job.document_id,
                request_id="",
            )
            await self.end.complete(tx, job, resume_id=resume.id)
        return True

    async def fail(self, job_id: str, attempt: int, failure: JobFailure, *, transient: bool) -> bool:
        """Whether the job waits for another attempt."""
        async with self.transactions() as tx:
            job = await self._lock_open(tx, job_id)
            if job is None or job.attempts != attempt:
                return False
            if transient and job.attempts < self.max_attempts:
                await self.jobs.save(tx, job.requeued(self.clock()))
                await self.flights.release(tx, flight_key(job.owner, job.digest), holder=job.id)
                return True
            await self._give_up(tx, job, EXHAUSTED if transient else failure)
        return False

    async def _lock_open(self, tx: Tx, job_id: str) -> Job | None:
        job = await self.jobs.lock(tx, job_id)
        return None if job is None or job.ended else job

    async def _settle_without_parse(self, tx: Tx, job: Job) -> bool:
        """Ends a job for which another one has found the answer meanwhile."""
        hit = await self.results.find(tx, job.digest, owner=job.owner)
        if hit is None:
            return False
        await self.results.count_hit(tx, hit)
        await self.end.complete(tx, job, resume_id=hit.id)
        if job.document_id is not None:
            await self.documents.release(tx, job.document_id)
        return True

    async def _give_up(self, tx: Tx, job: Job, failure: JobFailure) -> None:
        failed = await self.end.fail(tx, job, failure)
        if failure.code in _BURIED:
            await self.events.job_buried(tx, failed)
            if job.document_id is not None:
                await self.documents.keep(tx, job.document_id)  # for another try

    async def _document(self, tx: Tx, job: Job) -> Document | None:
        if job.document_id is None:
            return None
        return await self.documents.find(tx, job.document_id, owner=job.owner)

    async def _read(self, document: Document | None) -> bytes | None:
        try:
            return None if document is None else await self.storage.get(document.id)
        except FileNotFoundError:
            return None

    async def _take(self, tx: Tx, job: Job) -> bool:
        now = self.clock()
        key = flight_key(job.owner, job.digest)
        return await self.flights.take(tx, key, holder=job.id, now=now, until=now + FLIGHT_LIFETIME)
