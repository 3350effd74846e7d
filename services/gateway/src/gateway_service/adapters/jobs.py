"""Background parses in Postgres."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway_service.adapters.tables import parse_job_updates, parse_jobs
from gateway_service.domain.jobs import Job, JobFailure, JobNotFound, JobState, JobUpdate, Priority
from meshkit.encryption import Cipher
from meshkit.errors import RequestIdReused

_log = structlog.get_logger()

# Carries ids of jobs, and of batches of which files ended; sent at the commit of the change that it tells of.
CHANNEL = "parse_job_updates"
OPEN_STATES = (JobState.QUEUED, JobState.PROCESSING)
_OPEN = parse_jobs.c.state.in_(OPEN_STATES)
_RECENT_JOBS = 20
_RECONNECT_SECONDS = 1.0

_TOLD = ("sequence", "state", "attempts", "page", "pages", "error_code", "error_message", "resume_id")


def _values(*names: str) -> dict[str, sa.BindParameter[Any]]:
    # Names of columns would be taken for values of every table in the statement.
    return {name: sa.bindparam(f"new_{name}", type_=parse_jobs.c[name].type) for name in names}


def _told_of(change: sa.Insert | sa.Update) -> sa.Select[Any]:
    """One statement that changes a job, writes the update, unless that is written already, and wakes those who watch."""
    values = _values(*_TOLD, "id", "updated_at")
    update = {name: values[name] for name in _TOLD} | {"job_id": values["id"], "at": values["updated_at"]}
    told = insert(parse_job_updates).values(update).on_conflict_do_nothing().returning(parse_job_updates.c.job_id)
    new = told.cte("told")
    changed = change.returning(parse_jobs.c.id).cte("changed")
    ended_in_batch = sa.and_(
        _values("batch_id")["batch_id"].is_not(None), sa.not_(_values("state")["state"].in_(OPEN_STATES))
    )
    wake_batch = sa.func.pg_notify(CHANNEL, sa.cast(_values("batch_id")["batch_id"], sa.Text))
    return sa.select(
        sa.func.pg_notify(CHANNEL, sa.cast(new.c.job_id, sa.Text)), sa.case((ended_in_batch, wake_batch))
    ).add_cte(changed)


def _of_owner() -> sa.Select[Any]:
    """The one place that scopes queries to an owner."""
    return sa.select(parse_jobs).where(parse_jobs.c.owner == sa.bindparam("owner"))


def _recent_duration() -> sa.Select[Any]:
    ended = (
        sa.select(parse_jobs.c.id, parse_jobs.c.updated_at)
        .where(parse_jobs.c.state == JobState.COMPLETED, parse_jobs.c.attempts > 0)
        .order_by(parse_jobs.c.updated_at.desc())
        .limit(_RECENT_JOBS)
        .subquery()
    )
    begun = (
        sa.select(parse_job_updates.c.job_id, sa.func.max(parse_job_updates.c.at).label("at"))
        .where(parse_job_updates.c.state == JobState.PROCESSING, parse_job_updates.c.page == 0)
        .where(parse_job_updates.c.job_id.in_(sa.select(ended.c.id)))
        .group_by(parse_job_updates.c.job_id)
        .subquery()
    )
    mean = sa.func.avg(ended.c.updated_at - begun.c.at)
    return sa.select(mean).join_from(ended, begun, ended.c.id == begun.c.job_id)


_ID = sa.bindparam("id", type_=parse_jobs.c.id.type)
_COLUMNS = tuple(parse_jobs.c.keys())  # the id first
_ADD = _told_of(parse_jobs.insert().values(_values(*_COLUMNS)))
_SAVE = _told_of(parse_jobs.update().where(parse_jobs.c.id == _values("id")["id"]).values(_values(*_COLUMNS[1:])))
_FIND = _of_owner().where(parse_jobs.c.id == _ID)
_FIND_BY_REQUEST_ID = _of_owner().where(parse_jobs.c.request_id == sa.bindparam("request_id"))
_PEEK = sa.select(parse_jobs).where(parse_jobs.c.id == _ID)
_LOCK = _PEEK.with_for_update()
_COUNT_OPEN = sa.select(sa.func.count().filter(parse_jobs.c.owner == sa.bindparam("owner")), sa.func.count()).where(
    _OPEN, parse_jobs.c.priority == sa.bindparam("priority")
)
_RECENT_DURATION = _recent_duration()
_AFTER = (
    sa.select(parse_job_updates)
    .join(parse_jobs, parse_jobs.c.id == parse_job_updates.c.job_id)
    .where(parse_jobs.c.owner == sa.bindparam("owner"), parse_job_updates.c.job_id == _ID)
    .where(parse_job_updates.c.sequence > sa.bindparam("sequence"))
    .order_by(parse_job_updates.c.sequence)
)


class SqlJobStore:
    """The real `JobStore` and `JobUpdates`; names of files are encrypted.

    Statements are built once, and a change of a job is one of them: this is the hot path.
    """

    def __init__(self, cipher: Cipher) -> None:
        self._cipher = cipher

    async def add(self, tx: AsyncConnection, job: Job) -> None:
        """See the port."""
        try:
            await tx.execute(_ADD, self._parameters(job))
        except IntegrityError as fault:
            if "parse_jobs_owner_request_id" in str(fault.orig):
                raise RequestIdReused from fault
            raise

    async def find(self, tx: AsyncConnection, job_id: str, *, owner: str) -> Job | None:
        """See the port."""
        if not _is_uuid(job_id):
            return None
        return await self._first(tx, _FIND, owner=owner, id=job_id)

    async def find_by_request_id(self, tx: AsyncConnection, request_id: str, *, owner: str) -> Job | None:
        """See the port."""
        return await self._first(tx, _FIND_BY_REQUEST_ID, owner=owner, request_id=request_id)

    async def lock(self, tx: AsyncConnection, job_id: str) -> Job | None:
        """See the port."""
        return await self._first(tx, _LOCK, id=job_id)

    async def peek(self, tx: AsyncConnection, job_id: str) -> Job | None:
        """See the port."""
        return await self._first(tx, _PEEK, id=job_id)

    async def save(self, tx: AsyncConnection, job: Job) -> None:
        """See the port."""
        await tx.execute(_SAVE, self._parameters(job))

    async def add_all(self, tx: AsyncConnection, jobs: Sequence[Job]) -> None:
        """See the port."""
        rows = [self._row(job) for job in jobs]
        await tx.execute(parse_jobs.insert(), rows)
        told = [{name: row[name] for name in _TOLD} | {"job_id": row["id"], "at": row["updated_at"]} for row in rows]
        await tx.execute(parse_job_updates.insert(), told)

    async def of_batch(self, tx: AsyncConnection, batch_id: str, *, after: int, size: int) -> Sequence[Job]:
        """See the port."""
        query = sa.select(parse_jobs).where(parse_jobs.c.batch_id == batch_id, parse_jobs.c.number > after)
        return [self._job(row) for row in await tx.execute(query.order_by(parse_jobs.c.number).limit(size))]

    async def ended_of_batch(self, tx: AsyncConnection, batch_id: str, *, after: int, until: int) -> Sequence[Job]:
        """See the port."""
        query = sa.select(parse_jobs).where(parse_jobs.c.batch_id == batch_id)
        query = query.where(parse_jobs.c.batch_sequence > after, parse_jobs.c.batch_sequence <= until)
        query = query.order_by(parse_jobs.c.batch_sequence, parse_jobs.c.number)
        return [self._job(row) for row in await tx.execute(query)]

    async def open_of_batch(self, tx: AsyncConnection, batch_id: str) -> Sequence[str]:
        """See the port."""
        query = sa.select(parse_jobs.c.id).where(parse_jobs.c.batch_id == batch_id, _OPEN)
        return (await tx.scalars(query.order_by(parse_jobs.c.number))).all()

    async def count_open(self, tx: AsyncConnection, priority: Priority, *, owner: str) -> tuple[int, int]:
        """See the port."""
        row = (await tx.execute(_COUNT_OPEN, {"owner": owner, "priority": priority})).one()
        return row[0], row[1]

    async def recent_duration(self, tx: AsyncConnection) -> timedelta | None:
        """See the port."""
        duration: timedelta | None = await tx.scalar(_RECENT_DURATION)
        return duration

    async def oldest_open(self, tx: AsyncConnection) -> datetime | None:
        """See the port."""
        oldest: datetime | None = await tx.scalar(sa.select(sa.func.min(parse_jobs.c.created_at)).where(_OPEN))
        return oldest

    async def silent(
        self, tx: AsyncConnection, state: JobState, priority: Priority, *, before: datetime, limit: int
    ) -> Sequence[Job]:
        """See the port."""
        query = sa.select(parse_jobs).where(parse_jobs.c.state == state, parse_jobs.c.priority == priority)
        query = query.where(parse_jobs.c.heard_at < before)
        query = query.order_by(parse_jobs.c.heard_at).limit(limit).with_for_update(skip_locked=True)
        return [self._job(row) for row in await tx.execute(query)]

    async def remove_for_resume(self, tx: AsyncConnection, resume_id: str) -> None:
        """See the port."""
        await tx.execute(parse_jobs.delete().where(parse_jobs.c.resume_id == resume_id))

    async def remove_of(self, tx: AsyncConnection, *, owner: str) -> Sequence[str]:
        """See the port."""
        statement = parse_jobs.delete().where(parse_jobs.c.owner == owner).returning(parse_jobs.c.id)
        return (await tx.scalars(statement)).all()

    async def remove_ended(self, tx: AsyncConnection, *, before: datetime, limit: int) -> Sequence[Job]:
        """See the port."""
        old = sa.select(parse_jobs.c.id).where(~_OPEN, parse_jobs.c.updated_at < before)
        old = old.order_by(parse_jobs.c.updated_at).limit(limit).with_for_update(skip_locked=True)
        statement = parse_jobs.delete().where(parse_jobs.c.id.in_(old)).returning(parse_jobs)
        return [self._job(row) for row in await tx.execute(statement)]

    async def after(self, tx: AsyncConnection, job_id: str, sequence: int, *, owner: str) -> Sequence[JobUpdate]:
        """See the port."""
        if not _is_uuid(job_id):
            raise JobNotFound
        rows = (await tx.execute(_AFTER, {"id": job_id, "sequence": sequence, "owner": owner})).all()
        if not rows and await self.find(tx, job_id, owner=owner) is None:
            raise JobNotFound
        return [_update(row) for row in rows]

    async def _first(self, tx: AsyncConnection, query: sa.Select[Any], **parameters: object) -> Job | None:
        row = (await tx.execute(query, parameters)).first()
        return None if row is None else self._job(row)

    def _parameters(self, job: Job) -> dict[str, Any]:
        return {f"new_{name}": value for name, value in self._row(job).items()}

    def _row(self, job: Job) -> dict[str, Any]:
        sealed = self._cipher.encrypt(job.filename.encode(), context=job.id) if job.batch_id else None
        return {
            "id": job.id,
            "owner": job.owner,
            "tenant": job.tenant,
            "document_id": job.document_id,
            "digest": job.digest,
            "fresh": job.fresh,
            "request_id": job.request_id or None,
            "origin": job.origin,
            "priority": job.priority,
            "state": job.state,
            "sequence": job.sequence,
            "attempts": job.attempts,
            "page": job.page,
            "pages": job.pages,
            "error_code": job.failure.code if job.failure else None,
            "error_message": job.failure.message if job.failure else None,
            "resume_id": job.resume_id,
            "created_at": job.created_at,
            "updated_at": job.updated_at,
            "heard_at": job.heard_at,
            "batch_id": job.batch_id,
            "number": job.number,
            "filename": sealed,
            "batch_sequence": job.batch_sequence,
        }

    def _job(self, row: sa.Row[Any]) -> Job:
        return Job(
            id=row.id,
            owner=row.owner,
            tenant=row.tenant,
            document_id=row.document_id,
            digest=row.digest,
            fresh=row.fresh,
            request_id=row.request_id or "",
            origin=row.origin,
            created_at=row.created_at,
            updated_at=row.updated_at,
            heard_at=row.heard_at,
            priority=Priority(row.priority),
            state=JobState(row.state),
            sequence=row.sequence,
            attempts=row.attempts,
            page=row.page,
            pages=row.pages,
            failure=_failure(row),
            resume_id=row.resume_id,
            batch_id=row.batch_id,
            number=row.number,
            filename=self._cipher.decrypt(row.filename, context=row.id).decode() if row.filename else "",
            batch_sequence=row.batch_sequence,
        )


class ListeningWakeups:
    """The real `JobWakeups`: one connection of this replica listens for the changes that any replica commits."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url.replace("postgresql+asyncpg://", "postgresql://")
        self._watchers: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    @contextmanager
    def watch(self, job_id: str) -> Iterator[asyncio.Event]:
        """See the port."""
        event = asyncio.Event()
        self._watchers[job_id].add(event)
        try:
            yield event
        finally:
            self._watchers[job_id].discard(event)
            if not self._watchers[job_id]:
                del self._watchers[job_id]

    async def run(self) -> None:
        """Listens until cancelled. A database that is away is waited for; then every watcher looks again."""
        while True:
            try:
                await self._listen()
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
                _log.warning("wakeups_delayed", kind=type(fault).__name__)
            await asyncio.sleep(_RECONNECT_SECONDS)

    async def _listen(self) -> None:
        connection = await asyncpg.connect(self._url, timeout=3, command_timeout=5)
        lost = asyncio.Event()
        try:
            connection.add_termination_listener(lambda _connection: lost.set())
            await connection.add_listener(CHANNEL, lambda _connection, _pid, _channel, job_id: self._wake(job_id))
            for job_id in tuple(self._watchers):
                self._wake(job_id)
            await lost.wait()
        finally:
            connection.terminate()

    def _wake(self, job_id: str) -> None:
        for event in self._watchers.get(job_id, ()):
            event.set()


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _update(row: sa.Row[Any]) -> JobUpdate:
    return JobUpdate(
        job_id=row.job_id,
        sequence=row.sequence,
        state=JobState(row.state),
        at=row.at,
        attempts=row.attempts,
        page=row.page,
        pages=row.pages,
        failure=_failure(row),
        resume_id=row.resume_id,
    )


def _failure(row: sa.Row[Any]) -> JobFailure | None:
    return JobFailure(row.error_code, row.error_message) if row.error_code else None
