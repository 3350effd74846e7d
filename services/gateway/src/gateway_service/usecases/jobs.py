"""Background parses, as their owners see them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway_service.domain.jobs import (
    CANCELLED,
    Job,
    JobNotFound,
    Priority,
    TooManyJobs,
    WorkerUnavailable,
    estimate,
)
from gateway_service.domain.model import Caller, Document, ParseAnswer, Presence, StoredResume, Upload
from gateway_service.ports import (
    Clock,
    DocumentStorage,
    DocumentStore,
    Events,
    JobStore,
    NewId,
    Transactions,
    Tx,
    Workers,
)
from gateway_service.usecases.endings import EndJobs
from gateway_service.usecases.parse import ParseResume, Results, digest_of
from meshkit.errors import RequestIdReused, ServiceUnavailable

WORKER_UNAVAILABLE = "worker_unavailable"
STORAGE_UNAVAILABLE = "storage_unavailable"
_DURATIONS_HOLD = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Limits:
    """How many jobs may be open, and what a client that meets a limit is told."""

    per_user: int
    overall: int
    retry_after: timedelta


@dataclass(slots=True)
class RecentDurations:
    """What jobs took lately. Every submission asks, and the answer changes slowly: it is looked up once in a while."""

    jobs: JobStore
    clock: Clock
    _looked_up_at: datetime | None = None
    _mean: timedelta | None = None

    async def mean(self, tx: Tx) -> timedelta | None:
        """None when no job has ended yet."""
        now = self.clock()
        if self._looked_up_at is None or now - self._looked_up_at > _DURATIONS_HOLD:
            self._mean = await self.jobs.recent_duration(tx)
            self._looked_up_at = now
        return self._mean


@dataclass(frozen=True, slots=True)
class Submitted:
    """A job was accepted; it will not be lost."""

    job: Job
    estimate: timedelta


@dataclass(frozen=True, slots=True)
class Processed:
    """The document was read at once, because `reason`."""

    answer: ParseAnswer
    reason: str


@dataclass(frozen=True, slots=True)
class SubmitJob:
    """Accepts a document for the background, or reads it at once when the background cannot."""

    transactions: Transactions
    jobs: JobStore
    documents: DocumentStore
    storage: DocumentStorage
    results: Results
    events: Events
    workers: Workers
    parse: ParseResume
    end: EndJobs
    clock: Clock
    new_id: NewId
    limits: Limits
    durations: RecentDurations
    # What a job is taken to last before any has ended.
    usual_duration: timedelta

    async def __call__(self, upload: Upload, caller: Caller) -> Submitted | Processed:
        """Raises FileTooLarge, DocumentEmpty, RequestIdReused, TooManyJobs; without fallback WorkerUnavailable or ServiceUnavailable."""
        digest = digest_of(upload, limit=self.parse.max_document_bytes)
        workers = await self.workers.presence()
        job = self._new_job(upload, caller, digest)
        async with self.transactions() as tx:
            answered = await self._answer_at_once(tx, job, upload, workers)
            if answered is not None:
                return answered
            if workers is not None:
                waiting = await self._refuse_too_many(tx, caller)
                expected = await self._estimate(tx, waiting, workers)
                document = self._document(job, upload)
                await self.documents.add(tx, document)
        if workers is None:
            if not upload.fallback_to_sync:
                raise WorkerUnavailable
            return Processed(await self.parse(upload, caller), WORKER_UNAVAILABLE)
        try:
            # Outside of any transaction: a storage may take longer than a connection may be held.
            await self.storage.put(document.id, upload.document)
        except ServiceUnavailable:
            if not upload.fallback_to_sync:
                raise
            # One that hangs is not waited for a second time.
            return Processed(await self.parse(upload, caller, keep_original=False), STORAGE_UNAVAILABLE)
        try:
            async with self.transactions() as tx:
                await self.jobs.add(tx, job)
                await self.documents.keep(tx, document.id)
                await self.events.job_queued(tx, job)
        except RequestIdReused:
            # The same request came again, and was faster.
            async with self.transactions() as tx:
                repeated = await self._find_repeated(tx, job)
            if repeated is None:
                raise
            return Submitted(repeated, expected)
        return Submitted(job, expected)

    async def _answer_at_once(self, tx: Tx, job: Job, upload: Upload, workers: Presence | None) -> Submitted | None:
        """When the same request came before, or an earlier result answers."""
        repeated = await self._find_repeated(tx, job)
        if repeated is not None:
            return Submitted(repeated, timedelta(0) if repeated.ended else self.usual_duration)
        if workers is None or upload.fresh:
            return None
        hit = await self.results.find(tx, job.digest, owner=job.owner)
        if hit is None:
            return None
        await self._complete_at_once(tx, job, hit)
        return Submitted(job, timedelta(0))

    async def _find_repeated(self, tx: Tx, job: Job) -> Job | None:
        if not job.request_id:
            return None
        repeated = await self.jobs.find_by_request_id(tx, job.request_id, owner=job.owner)
        if repeated is not None and repeated.digest != job.digest:
            raise RequestIdReused
        return repeated

    async def _refuse_too_many(self, tx: Tx, caller: Caller) -> int:
        mine, everybodys = await self.jobs.count_open(tx, Priority.INTERACTIVE, owner=caller.user_id)
        for count, limit in ((mine, self.limits.per_user), (everybodys, self.limits.overall)):
            if count >= limit:
                raise TooManyJobs(limit=limit, retry_after=self.limits.retry_after)
        return everybodys

    async def _estimate(self, tx: Tx, waiting: int, workers: Presence) -> timedelta:
        recent = await self.durations.mean(tx)
        return estimate(recent, waiting=waiting, workers=workers.places, default=self.usual_duration)

    async def _complete_at_once(self, tx: Tx, job: Job, hit: StoredResume) -> None:
        await self.jobs.add(tx, job)
        await self.results.count_hit(tx, hit)
        await self.end.complete(tx, job, resume_id=hit.id)

    def _new_job(self, upload: Upload, caller: Caller, digest: str) -> Job:
        now = self.clock()
        return Job(
            id=self.new_id(),
            owner=caller.user_id,
            tenant=caller.tenant,
            document_id=self.new_id(),
            digest=digest,
            fresh=upload.fresh,
            request_id=upload.request_id,
            origin=caller.origin,
            created_at=now,
            updated_at=now,
            heard_at=now,
        )

    @staticmethod
    def _document(job: Job, upload: Upload) -> Document:
        return Document(
            id=job.document_id or "",
            owner=job.owner,
            tenant=job.tenant,
            digest=job.digest,
            size=len(upload.document),
            filename=upload.filename,
            created_at=job.created_at,
        )


@dataclass(frozen=True, slots=True)
class FollowJobs:
    """Tells owners of their jobs, and ends jobs for them."""

    transactions: Transactions
    # Transactions that only read.
    looks: Transactions
    jobs: JobStore
    results: Results
    end: EndJobs

    async def get(self, job_id: str, *, owner: str) -> tuple[Job, StoredResume | None]:
        """The job and its result. Raises JobNotFound, also for jobs of others."""
        async with self.looks() as tx:
            job = await self._find(tx, job_id, owner=owner)
            if job.resume_id is None:
                return job, None
            return job, await self.results.resumes.find(tx, job.resume_id, owner=owner)

    async def cancel(self, job_id: str, *, owner: str) -> Job:
        """A job that has ended stays as it is. Raises JobNotFound, also for jobs of others."""
        async with self.transactions() as tx:
            await self._find(tx, job_id, owner=owner)
            job = await self.jobs.lock(tx, job_id)
            if job is None:
                raise JobNotFound
            if job.ended:
                return job
            return await self.end.fail(tx, job, CANCELLED)

    async def _find(self, tx: Tx, job_id: str, *, owner: str) -> Job:
        job = await self.jobs.find(tx, job_id, owner=owner)
        if job is None:
            raise JobNotFound
        return job
