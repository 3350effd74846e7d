"""Events that are written in the transaction of their cause, and published from there; and their counterpart, the inbox."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import sqlalchemy as sa
import structlog
from prometheus_client import Counter, Gauge
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from hiremesh.events.v1 import envelope_pb2
from meshkit.events import subject_of

_log = structlog.get_logger()

EVENTS_PUBLISHED = Counter("hiremesh_outbox_published_total", "Events handed to the broker.", ["subject"])
EVENTS_WAITING = Gauge("hiremesh_outbox_waiting", "Events not yet handed to the broker.")

# Sends one event and returns when the broker has stored it. Sending the same id again must be harmless.
Publish = Callable[[str, str, bytes], Awaitable[None]]


def outbox_table(metadata: sa.MetaData) -> sa.Table:
    """The outbox of a service, in its own schema."""
    return sa.Table(
        "outbox",
        metadata,
        sa.Column("id", sa.Uuid, primary_key=True),  # UUIDv7: in the order of writing
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    )


def inbox_table(metadata: sa.MetaData) -> sa.Table:
    """Ids of the events that a service has applied."""
    return sa.Table(
        "inbox",
        metadata,
        sa.Column("event_id", sa.Uuid, primary_key=True),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    )


class Outbox:
    """Writes events beside their cause."""

    def __init__(self, table: sa.Table) -> None:
        self._table = table

    async def append(self, tx: AsyncConnection, event: envelope_pb2.Envelope, *, subject: str | None = None) -> None:
        """The event is published if, and only if, the transaction commits. Facts have a subject by their type, work names one."""
        await self.append_all(tx, [(event, subject or subject_of(event))])

    async def append_all(self, tx: AsyncConnection, events: Sequence[tuple[envelope_pb2.Envelope, str]]) -> None:
        """The same for many, each with its subject."""
        rows = [{"id": event.id, "subject": subject, "payload": event.SerializeToString()} for event, subject in events]
        if rows:
            await tx.execute(self._table.insert(), rows)


class Inbox:
    """Remembers which events were applied."""

    def __init__(self, table: sa.Table) -> None:
        self._table = table

    async def first_time(self, tx: AsyncConnection, event_id: str) -> bool:
        """True exactly once for an id, in the transaction that also applies the event."""
        statement = insert(self._table).values(event_id=event_id).on_conflict_do_nothing()
        return bool((await tx.execute(statement.returning(self._table.c.event_id))).first())


class OutboxRelay:
    """Publishes what stands in the outbox, oldest first, and removes it. Several relays share one outbox without doubling."""

    def __init__(
        self,
        engine: AsyncEngine,
        table: sa.Table,
        publish: Publish,
        *,
        interval: timedelta = timedelta(milliseconds=100),
    ) -> None:
        self._engine = engine
        self._table = table
        self._publish = publish
        self._interval = interval.total_seconds()

    async def run(self) -> None:
        """Runs until cancelled. A broker or database that is away delays events, and loses none."""
        delay = self._interval
        while True:
            try:
                published = await self.publish_batch()
                delay = 0.0 if published else self._interval
            except (SQLAlchemyError, OSError, TimeoutError) as fault:
                delay = min(max(delay, self._interval) * 2, 5.0)
                _log.warning("outbox_relay_delayed", kind=type(fault).__name__, seconds=delay)
            await asyncio.sleep(delay)

    async def publish_batch(self, limit: int = 100) -> int:
        """Publishes up to `limit` events and returns how many."""
        async with self._engine.begin() as tx:
            query = sa.select(self._table).order_by(self._table.c.id).limit(limit).with_for_update(skip_locked=True)
            rows = (await tx.execute(query)).all()
            for row in rows:
                await self._publish(row.subject, str(row.id), row.payload)
                EVENTS_PUBLISHED.labels(row.subject).inc()
            if rows:
                await tx.execute(self._table.delete().where(self._table.c.id.in_([row.id for row in rows])))
            EVENTS_WAITING.set(await tx.scalar(sa.select(sa.func.count()).select_from(self._table)) or 0)
        return len(rows)
