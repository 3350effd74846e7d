"""What matching does with jobs."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from matching_service.domain.model import Embedding
from matching_service.domain.posting import Draft, JobPosting, completed
from matching_service.domain.search import JobFilter, fuse, job_query
from matching_service.domain.summary import job_summary
from matching_service.ports import Clock, Embedder, JobFact, Transaction, Transactions
from meshkit.errors import (
    FieldViolation,
    InvalidRequest,
    NotFound,
    PermissionDenied,
    RequestIdReused,
    ServiceUnavailable,
)
from taxonomy import SkillIndex

# Of each ranking that is fused; results end after all of them.
DEPTH = 100
# Anybody may search: the work is nobody's in particular.
SEARCHES = "public"


@dataclass(frozen=True, slots=True)
class Poster:
    """Who posts or changes a job."""

    user_id: str
    tenant: str


@dataclass(frozen=True, slots=True)
class JobPage:
    """Jobs, and the cursor of the next page; empty on the last."""

    jobs: Sequence[JobPosting]
    next_cursor: str = ""
    semantic: bool = False


class PostJob:
    """Keeps a new job."""

    def __init__(self, transactions: Transactions, skills: SkillIndex, clock: Clock, new_id: Callable[[], str]) -> None:
        self._transactions = transactions
        self._skills = skills
        self._clock = clock
        self._new_id = new_id

    async def __call__(self, draft: Draft, poster: Poster, *, request_id: str) -> JobPosting:
        """The same request id again answers with the first result. Raises InvalidRequest, RequestIdReused."""
        complete = await asyncio.to_thread(completed, draft, self._skills)
        now = self._clock()
        _must_lie_ahead(draft.expires_at, now)
        job = JobPosting(self._new_id(), poster.user_id, poster.tenant, draft, complete, now, now)
        async with self._transactions() as tx:
            if not await tx.jobs.add(job, request_id=request_id):
                first = await tx.jobs.find_request(request_id, owner_id=poster.user_id)
                if first is None or first.said != draft:
                    raise RequestIdReused
                return first
            await tx.job_events.tell(JobFact.POSTED, job, now)
        return job


class ChangeJobs:
    """Changes and closes jobs of their poster. Raises NotFound, and PermissionDenied for other people's jobs."""

    def __init__(self, transactions: Transactions, skills: SkillIndex, clock: Clock) -> None:
        self._transactions = transactions
        self._skills = skills
        self._clock = clock

    async def update(self, job_id: str, change: Callable[[Draft], Draft], poster: Poster) -> JobPosting:
        """`change` makes the new draft of the one that is stored."""
        async with self._transactions() as tx:
            job = await _own(tx, job_id, poster)
            draft, now = change(job.said), self._clock()
            if draft.expires_at != job.said.expires_at:
                _must_lie_ahead(draft.expires_at, now)
            complete = await asyncio.to_thread(completed, draft, self._skills)
            changed = replace(job, said=draft, complete=complete, updated_at=now)
            await tx.jobs.save(changed)
            await tx.job_events.tell(JobFact.UPDATED, changed, now)
        return changed

    async def close(self, job_id: str, poster: Poster) -> JobPosting:
        """Closing again changes nothing."""
        async with self._transactions() as tx:
            job = await _own(tx, job_id, poster)
            if job.closed:
                return job
            now = self._clock()
            closed = replace(job, closed=True, updated_at=now)
            await tx.jobs.save(closed)
            await tx.job_events.tell(JobFact.CLOSED, closed, now)
        return closed


def _must_lie_ahead(expires_at: datetime | None, now: datetime) -> None:
    """Nobody would ever see the job."""
    if expires_at is not None and expires_at <= now:
        raise InvalidRequest(FieldViolation("expire_time", "must lie ahead; close the job to take it off the lists"))


async def _own(tx: Transaction, job_id: str, poster: Poster) -> JobPosting:
    job = await tx.jobs.find(job_id, for_change=True)
    if job is None:
        raise NotFound(resource="Job")
    if job.owner_id != poster.user_id:
        raise PermissionDenied
    return job


class FindJobs:
    """Reads, lists and searches jobs."""

    def __init__(self, transactions: Transactions, embedder: Embedder, skills: SkillIndex) -> None:
        self._transactions = transactions
        self._embedder = embedder
        self._skills = skills

    async def get(self, job_id: str) -> JobPosting:
        """Closed ones too. Raises NotFound."""
        async with self._transactions() as tx:
            job = await tx.jobs.find(job_id)
        if job is None:
            raise NotFound(resource="Job")
        return job

    async def page(self, *, after: str | None, size: int, owner_id: str | None = None) -> JobPage:
        """The newest first: open ones of everybody, or all of one owner."""
        async with self._transactions() as tx:
            jobs = await tx.jobs.page(owner_id=owner_id, after=after, limit=size + 1)
        return JobPage(jobs[:size], jobs[size - 1].id if len(jobs) > size else "")

    async def search(self, query: str, wanted: JobFilter, *, skip: int, size: int) -> JobPage:
        """Rankings by words, spelling, skills and meaning, fused. `skip` counts the results of the pages before."""
        asked = job_query(query, self._skills)
        vector = await self._vector(asked.wanted)
        async with self._transactions() as tx:
            if query.strip():
                ids: Sequence[str] = fuse(await tx.jobs.rankings(asked, vector, wanted, depth=DEPTH))
            else:
                ids = await tx.jobs.newest(wanted, depth=DEPTH)
            jobs = await tx.jobs.find_all(ids[skip : skip + size])
        more = len(ids) > skip + size
        return JobPage(jobs, str(skip + size) if more else "", semantic=vector is not None)

    async def _vector(self, query: str) -> Embedding | None:
        if not query:
            return None
        try:
            (vector,) = await self._embedder.embed([job_summary(query)], tenant=SEARCHES)
        except ServiceUnavailable:
            return None
        return vector
