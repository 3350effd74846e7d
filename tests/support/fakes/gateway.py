"""Gateway without Postgres, NATS and a parser."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from gateway_service.domain.batches import Batch, BatchPage
from gateway_service.domain.jobs import DeadLetter, Job, JobNotFound, JobState, JobUpdate, Priority
from gateway_service.domain.model import Document, Page, ParsedDocument, Presence, StoredResume
from gateway_service.ports import DocumentParser, Tx
from gateway_service.usecases import (
    BatchSize,
    CountParses,
    DoWork,
    EndJobs,
    EraseOwner,
    FollowBatches,
    FollowJobs,
    KeepResumes,
    Limits,
    ParseResume,
    RecentDurations,
    Results,
    Retention,
    SubmitBatch,
    SubmitJob,
    Upkeep,
)
from hiremesh.profile.v1 import resume_pb2
from meshkit.errors import RequestIdReused, ServiceUnavailable
from meshkit.testing import FixedClock
from tests.support.builders.gateway import next_id, resume_content


@dataclass
class Rows:
    """What a transaction sees; `told` are the events that leave with its commit."""

    resumes: dict[str, StoredResume] = field(default_factory=dict)
    told: list[tuple[str, str]] = field(default_factory=list)
    documents: dict[str, Document] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)
    jobs: dict[str, Job] = field(default_factory=dict)
    updates: list[JobUpdate] = field(default_factory=list)
    flights: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    counters: dict[str, float] = field(default_factory=dict)
    batches: dict[str, Batch] = field(default_factory=dict)
    erased: dict[str, datetime] = field(default_factory=dict)
    # What users were told, as (what, id).
    noticed: list[tuple[str, str]] = field(default_factory=list)


class InMemoryTransactions:
    """One at a time; a copy that replaces the rows at the commit."""

    def __init__(self) -> None:
        self.committed = Rows()
        self.refuses_writes = False

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[Rows]:
        rows = deepcopy(self.committed)
        yield rows
        if self.refuses_writes and rows != self.committed:
            raise ConnectionError
        self.committed = rows


class InMemoryResumeStore:
    async def add(self, tx: Tx, resume: StoredResume) -> None:
        if resume.request_id and await self.find_by_request_id(tx, resume.request_id, owner=resume.owner):
            raise RequestIdReused
        tx.resumes[resume.id] = resume

    async def find(self, tx: Tx, resume_id: str, *, owner: str) -> StoredResume | None:
        return next((resume for resume in self._of(tx, owner) if resume.id == resume_id), None)

    async def find_by_request_id(self, tx: Tx, request_id: str, *, owner: str) -> StoredResume | None:
        return next((resume for resume in self._of(tx, owner) if resume.request_id == request_id), None)

    async def find_by_digest(
        self, tx: Tx, digest: str, *, owner: str, since: datetime, extractor_version: str | None
    ) -> StoredResume | None:
        found = (resume for resume in self._of(tx, owner) if resume.digest == digest and resume.created_at >= since)
        return next((r for r in found if extractor_version in (None, r.extractor_version)), None)

    async def count_since(self, tx: Tx, since: datetime) -> int:
        return sum(resume.created_at >= since for resume in tx.resumes.values())

    async def of(self, tx: Tx, *, owner: str, limit: int) -> Sequence[str]:
        return [resume.id for resume in self._of(tx, owner)][:limit]

    async def made_before(self, tx: Tx, before: datetime, *, limit: int) -> Sequence[StoredResume]:
        return [resume for resume in tx.resumes.values() if resume.created_at < before][:limit]

    async def page(self, tx: Tx, *, owner: str, after: str | None, size: int) -> Page:
        rest = [resume for resume in self._of(tx, owner) if after is None or resume.id < after]
        return Page(tuple(rest[:size]), next_cursor=rest[size - 1].id if len(rest) > size else None)

    async def remove(self, tx: Tx, resume_id: str, *, owner: str) -> StoredResume | None:
        resume = await self.find(tx, resume_id, owner=owner)
        if resume is not None:
            del tx.resumes[resume_id]
        return resume

    @staticmethod
    def _of(tx: Tx, owner: str) -> list[StoredResume]:
        mine = [resume for resume in tx.resumes.values() if resume.owner == owner]
        return sorted(mine, key=lambda resume: resume.id, reverse=True)


class ToldEvents:
    """Events that stand beside the rows, as in an outbox."""

    async def resume_parsed(self, tx: Tx, resume: StoredResume) -> None:
        tx.told.append(("parsed", resume.id))

    async def resume_deleted(self, tx: Tx, resume: StoredResume) -> None:
        tx.told.append(("deleted", resume.id))

    async def job_queued(self, tx: Tx, *jobs: Job) -> None:
        tx.told.extend(("queued", job.id) for job in jobs)

    async def job_buried(self, tx: Tx, job: Job) -> None:
        tx.told.append(("buried", job.id))

    async def withdraw(self, tx: Tx, *, owner: str) -> None:
        """Nothing waits here: what is written is told."""


class InMemoryDocumentStore:
    async def add(self, tx: Tx, document: Document) -> None:
        tx.documents[document.id] = document

    async def keep(self, tx: Tx, *document_ids: str) -> None:
        tx.kept.update(document_ids)

    async def release(self, tx: Tx, document_id: str) -> None:
        tx.kept.discard(document_id)

    async def find(self, tx: Tx, document_id: str, *, owner: str) -> Document | None:
        document = tx.documents.get(document_id)
        return document if document is not None and document.owner == owner else None

    async def released(self, tx: Tx, *, before: datetime, limit: int) -> Sequence[str]:
        old = await self.added_before(tx, before, limit=len(tx.documents))
        return [document_id for document_id in old if document_id not in tx.kept][:limit]

    async def of(self, tx: Tx, *, owner: str, limit: int) -> Sequence[str]:
        return [document.id for document in tx.documents.values() if document.owner == owner][:limit]

    async def added_before(self, tx: Tx, before: datetime, *, limit: int) -> Sequence[str]:
        return [document.id for document in tx.documents.values() if document.created_at < before][:limit]

    async def remove(self, tx: Tx, document_ids: Sequence[str]) -> None:
        for document_id in document_ids:
            del tx.documents[document_id]


class InMemoryStorage:
    """Bytes by key; `away` is a storage that cannot be reached."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.away = False

    async def put(self, key: str, data: bytes) -> None:
        self._reach()
        self.files[key] = data

    async def get(self, key: str) -> bytes:
        self._reach()
        if key not in self.files:
            raise FileNotFoundError
        return self.files[key]

    async def delete(self, key: str) -> None:
        self._reach()
        self.files.pop(key, None)

    def _reach(self) -> None:
        if self.away:
            raise ServiceUnavailable(service="The document storage")


class InMemoryFlights:
    async def take(self, tx: Tx, key: str, *, holder: str, now: datetime, until: datetime) -> bool:
        held_by, expires_at = tx.flights.get(key, (holder, until))
        if held_by != holder and expires_at >= now:
            return False
        tx.flights[key] = (holder, until)
        return True

    async def release(self, tx: Tx, key: str, *, holder: str) -> None:
        if tx.flights.get(key, ("",))[0] == holder:
            del tx.flights[key]

    async def count(self, tx: Tx, now: datetime) -> int:
        return sum(expires_at >= now for _, expires_at in tx.flights.values())

    async def sweep(self, tx: Tx, now: datetime) -> None:
        tx.flights = {key: held for key, held in tx.flights.items() if held[1] >= now}


class InMemoryCounters:
    async def add(self, tx: Tx, **amounts: float) -> None:
        for name, amount in amounts.items():
            tx.counters[name] = tx.counters.get(name, 0) + amount

    async def read(self, tx: Tx) -> Mapping[str, float]:
        return dict(tx.counters)


class InMemoryJobStore:
    async def add(self, tx: Tx, job: Job) -> None:
        if job.request_id and await self.find_by_request_id(tx, job.request_id, owner=job.owner):
            raise RequestIdReused
        await self.save(tx, job)

    async def find(self, tx: Tx, job_id: str, *, owner: str) -> Job | None:
        job = tx.jobs.get(job_id)
        return job if job is not None and job.owner == owner else None

    async def find_by_request_id(self, tx: Tx, request_id: str, *, owner: str) -> Job | None:
        return next((j for j in tx.jobs.values() if (j.owner, j.request_id) == (owner, request_id)), None)

    async def lock(self, tx: Tx, job_id: str) -> Job | None:
        job: Job | None = tx.jobs.get(job_id)
        return job

    async def peek(self, tx: Tx, job_id: str) -> Job | None:
        job: Job | None = tx.jobs.get(job_id)
        return job

    async def save(self, tx: Tx, job: Job) -> None:
        known = tx.jobs.get(job.id)
        tx.jobs[job.id] = job
        if known is None or known.sequence != job.sequence:
            tx.updates.append(
                JobUpdate(
                    job_id=job.id,
                    sequence=job.sequence,
                    state=job.state,
                    at=job.updated_at,
                    attempts=job.attempts,
                    page=job.page,
                    pages=job.pages,
                    failure=job.failure,
                    resume_id=job.resume_id,
                )
            )

    async def add_all(self, tx: Tx, jobs: Sequence[Job]) -> None:
        for job in jobs:
            await self.save(tx, job)

    async def of_batch(self, tx: Tx, batch_id: str, *, after: int, size: int) -> Sequence[Job]:
        return [job for job in self._in_batch(tx, batch_id) if job.number > after][:size]

    async def ended_of_batch(self, tx: Tx, batch_id: str, *, after: int, until: int) -> Sequence[Job]:
        ended = [job for job in self._in_batch(tx, batch_id) if after < job.batch_sequence <= until]
        return sorted(ended, key=lambda job: (job.batch_sequence, job.number))

    async def open_of_batch(self, tx: Tx, batch_id: str) -> Sequence[str]:
        return [job.id for job in self._in_batch(tx, batch_id) if not job.ended]

    @staticmethod
    def _in_batch(tx: Tx, batch_id: str) -> list[Job]:
        return sorted((job for job in tx.jobs.values() if job.batch_id == batch_id), key=lambda job: job.number)

    async def count_open(self, tx: Tx, priority: Priority, *, owner: str) -> tuple[int, int]:
        owners = [job.owner for job in tx.jobs.values() if not job.ended and job.priority is priority]
        return owners.count(owner), len(owners)

    async def recent_duration(self, tx: Tx) -> timedelta | None:
        begun = {u.job_id: u.at for u in tx.updates if u.state is JobState.PROCESSING and u.page == 0}
        ended = [job for job in tx.jobs.values() if job.state is JobState.COMPLETED and job.attempts]
        durations = [job.updated_at - begun[job.id] for job in ended]
        return sum(durations, timedelta()) / len(durations) if durations else None

    async def oldest_open(self, tx: Tx) -> datetime | None:
        return min((job.created_at for job in tx.jobs.values() if not job.ended), default=None)

    async def silent(
        self, tx: Tx, state: JobState, priority: Priority, *, before: datetime, limit: int
    ) -> Sequence[Job]:
        alike = [job for job in tx.jobs.values() if (job.state, job.priority) == (state, priority)]
        return [job for job in alike if job.heard_at < before][:limit]

    async def remove_for_resume(self, tx: Tx, resume_id: str) -> None:
        self._remove(tx, [job for job in tx.jobs.values() if job.resume_id == resume_id])

    async def remove_of(self, tx: Tx, *, owner: str) -> Sequence[str]:
        mine = [job for job in tx.jobs.values() if job.owner == owner]
        self._remove(tx, mine)
        return [job.id for job in mine]

    async def remove_ended(self, tx: Tx, *, before: datetime, limit: int) -> Sequence[Job]:
        old = [job for job in tx.jobs.values() if job.ended and job.updated_at < before][:limit]
        self._remove(tx, old)
        return old

    async def after(self, tx: Tx, job_id: str, sequence: int, *, owner: str) -> Sequence[JobUpdate]:
        if await self.find(tx, job_id, owner=owner) is None:
            raise JobNotFound
        return [update for update in tx.updates if update.job_id == job_id and update.sequence > sequence]

    @staticmethod
    def _remove(tx: Tx, jobs: Sequence[Job]) -> None:
        gone = {job.id for job in jobs}
        tx.jobs = {job_id: job for job_id, job in tx.jobs.items() if job_id not in gone}
        tx.updates = [update for update in tx.updates if update.job_id not in gone]


class InMemoryBatchStore:
    async def add(self, tx: Tx, batch: Batch) -> None:
        if batch.request_id and await self.find_by_request_id(tx, batch.request_id, owner=batch.owner):
            raise RequestIdReused
        tx.batches[batch.id] = batch

    async def find(self, tx: Tx, batch_id: str, *, owner: str) -> Batch | None:
        batch = tx.batches.get(batch_id)
        return batch if batch is not None and batch.owner == owner else None

    async def find_by_request_id(self, tx: Tx, request_id: str, *, owner: str) -> Batch | None:
        return next((b for b in tx.batches.values() if (b.owner, b.request_id) == (owner, request_id)), None)

    async def page(self, tx: Tx, *, owner: str, after: str | None, size: int) -> BatchPage:
        mine = sorted((b for b in tx.batches.values() if b.owner == owner), key=lambda b: b.id, reverse=True)
        rest = [batch for batch in mine if after is None or batch.id < after]
        return BatchPage(tuple(rest[:size]), next_cursor=rest[size - 1].id if len(rest) > size else None)

    async def count(self, tx: Tx, batch_id: str, *, completed: int = 0, failed: int = 0, now: datetime) -> Batch:
        known: Batch = tx.batches[batch_id]
        batch = replace(
            known,
            completed=known.completed + completed,
            failed=known.failed + failed,
            sequence=known.sequence + 1,
            updated_at=max(known.updated_at, now),
        )
        tx.batches[batch_id] = batch
        return batch

    async def cancel(self, tx: Tx, batch_id: str) -> None:
        tx.batches[batch_id] = replace(tx.batches[batch_id], cancelled=True)

    async def remove_of(self, tx: Tx, *, owner: str) -> None:
        tx.batches = {batch.id: batch for batch in tx.batches.values() if batch.owner != owner}

    async def remove_old(self, tx: Tx, *, before: datetime) -> None:
        tx.batches = {b.id: b for b in tx.batches.values() if b.updated_at >= before or not b.ended}


class Noticed:
    """A `Notices` that remembers whom it told."""

    async def job_ended(self, tx: Tx, job: Job) -> None:
        tx.noticed.append((f"job {job.state}", job.id))

    async def batch_ended(self, tx: Tx, batch: Batch) -> None:
        tx.noticed.append(("batch ended", batch.id))


class InMemoryErasures:
    async def mark(self, tx: Tx, *, owner: str, now: datetime) -> None:
        tx.erased.setdefault(owner, now)

    async def marked(self, tx: Tx) -> Sequence[tuple[str, datetime]]:
        return list(tx.erased.items())

    async def unmark(self, tx: Tx, *, owner: str) -> None:
        tx.erased.pop(owner, None)


class NoWebhooks:
    """`WebhookStore` of somebody without any, as far as an erasure looks at it."""

    async def remove_of(self, tx: Tx, *, owner: str) -> None:
        """There are none."""


class NoLetters:
    """`DeadLetters` without any."""

    async def page(self, *, size: int) -> tuple[Sequence[DeadLetter], int]:
        return (), 0


class History:
    """A `ToldEvents` that remembers whom it forgot."""

    def __init__(self) -> None:
        self.forgotten: list[str] = []

    async def forget(self, *, owner: str) -> None:
        self.forgotten.append(owner)


class NoDeliveries:
    """`Deliveries` of somebody without webhooks, as far as upkeep looks at them."""

    async def remove_old(self, tx: Tx, *, before: datetime, limit: int) -> None:
        """There are none."""


class SilentWakeups:
    """A `JobWakeups` that tells at once, always: watchers look again and again."""

    @contextmanager
    def watch(self, job_id: str) -> Iterator[asyncio.Event]:
        event = asyncio.Event()
        event.set()
        yield event


class KnownWorkers:
    """Workers that are there, or not."""

    def __init__(self, present: Presence | None = Presence(extractor_version="1", places=2)) -> None:  # noqa: B008
        self.present = present

    async def presence(self) -> Presence | None:
        return self.present

    @property
    def extractor_version(self) -> str | None:
        return self.present.extractor_version if self.present else None


class ScriptedParser:
    """Reads every document as the same resume; remembers what it read."""

    def __init__(self) -> None:
        self.read: list[bytes] = []
        self.fault: Exception | None = None
        # What happens elsewhere while the next document is read.
        self.meanwhile: Callable[[], Awaitable[object]] | None = None

    async def parse(self, document: bytes, *, filename: str, tenant: str) -> ParsedDocument:
        self.read.append(document)
        if self.meanwhile is not None:
            meanwhile, self.meanwhile = self.meanwhile, None
            await meanwhile()
        if self.fault is not None:
            raise self.fault
        return ParsedDocument(content=resume_content(), extractor_version="1")


class NamelessRedactor:
    """A `Redactor` that knows of nothing but names."""

    async def redact_resume(self, resume: StoredResume, *, schools: bool) -> bytes:
        redacted = resume_pb2.Resume.FromString(resume.content)
        redacted.personal.name = ""
        redacted.metadata.resume_id = resume.id
        return redacted.SerializeToString()

    async def redact_document(self, document: bytes, resume: StoredResume, *, schools: bool) -> bytes:
        return document


@dataclass
class GatewayOnFakes:
    """Every use case, wired on fakes."""

    parser: ScriptedParser = field(default_factory=ScriptedParser)
    transactions: InMemoryTransactions = field(default_factory=InMemoryTransactions)
    storage: InMemoryStorage = field(default_factory=InMemoryStorage)
    workers: KnownWorkers = field(default_factory=KnownWorkers)
    clock: FixedClock = field(default_factory=FixedClock)
    max_document_bytes: int = 10 * 1024 * 1024
    cache_lifetime: timedelta = timedelta(hours=4)
    max_attempts: int = 3
    jobs_per_user: int = 5
    jobs_overall: int = 8
    files_per_batch: int = 5
    batch_files_per_user: int = 6

    def __post_init__(self) -> None:
        resumes, documents, jobs = InMemoryResumeStore(), InMemoryDocumentStore(), InMemoryJobStore()
        flights, counters, events = InMemoryFlights(), InMemoryCounters(), ToldEvents()
        batches, notices = InMemoryBatchStore(), Noticed()
        self.jobs = jobs
        self.results = Results(
            resumes, documents, events, counters, self.workers, self.clock, next_id, self.cache_lifetime
        )
        self.end = EndJobs(jobs, batches, documents, flights, self.results, notices, self.clock)
        self.keep = KeepResumes(self.transactions, resumes, documents, self.storage, jobs, events)
        self.parse = self.parse_with(self.parser)
        self.submit = SubmitJob(
            transactions=self.transactions,
            jobs=jobs,
            documents=documents,
            storage=self.storage,
            results=self.results,
            events=events,
            workers=self.workers,
            parse=self.parse,
            end=self.end,
            clock=self.clock,
            new_id=next_id,
            limits=Limits(self.jobs_per_user, self.jobs_overall, timedelta(seconds=10)),
            durations=RecentDurations(jobs, self.clock),
            usual_duration=timedelta(seconds=15),
        )
        self.follow = FollowJobs(self.transactions, self.transactions, jobs, self.results, self.end)
        self.submit_batch = SubmitBatch(
            transactions=self.transactions,
            batches=batches,
            jobs=jobs,
            documents=documents,
            storage=self.storage,
            results=self.results,
            events=events,
            notices=notices,
            clock=self.clock,
            new_id=next_id,
            limits=Limits(self.batch_files_per_user, 2 * self.batch_files_per_user, timedelta(seconds=10)),
            size=BatchSize(files=self.files_per_batch, total_bytes=100, file_bytes=40),
        )
        self.follow_batches = FollowBatches(
            self.transactions, self.transactions, batches, jobs, self.end, SilentWakeups(), timedelta(seconds=1)
        )
        self.work = DoWork(
            transactions=self.transactions,
            looks=self.transactions,
            jobs=jobs,
            documents=documents,
            storage=self.storage,
            results=self.results,
            flights=flights,
            events=events,
            end=self.end,
            clock=self.clock,
            max_attempts=self.max_attempts,
        )
        self.history = History()
        self.erase = EraseOwner(
            transactions=self.transactions,
            erasures=InMemoryErasures(),
            resumes=resumes,
            documents=documents,
            storage=self.storage,
            jobs=jobs,
            batches=batches,
            webhooks=NoWebhooks(),  # type: ignore[arg-type]  # the rest is not called
            letters=NoLetters(),  # type: ignore[arg-type]  # the rest is not called
            events=events,
            told=self.history,
            keep=self.keep,
            clock=self.clock,
        )
        self.upkeep = Upkeep(
            transactions=self.transactions,
            jobs=jobs,
            batches=batches,
            deliveries=NoDeliveries(),  # type: ignore[arg-type]  # the rest is not called
            resumes=resumes,
            documents=documents,
            storage=self.storage,
            flights=flights,
            keep=self.keep,
            erase=self.erase,
            events=events,
            clock=self.clock,
            lost_after=timedelta(minutes=1),
            forgotten_after=timedelta(minutes=5),
            retention=Retention(
                documents=None,
                resumes=timedelta(days=365),
                jobs=timedelta(days=30),
                released_documents=timedelta(minutes=10),
                deliveries=timedelta(days=7),
            ),
        )
        self.count = CountParses(
            self.transactions, counters, flights, resumes, self.clock, self.cache_lifetime, documents_in_s3=False
        )

    def parse_with(self, parser: DocumentParser) -> ParseResume:
        """The parse of a document, by another parser."""
        return ParseResume(
            transactions=self.transactions,
            results=self.results,
            documents=InMemoryDocumentStore(),
            storage=self.storage,
            flights=InMemoryFlights(),
            parser=parser,
            clock=self.clock,
            new_id=next_id,
            max_document_bytes=self.max_document_bytes,
        )
