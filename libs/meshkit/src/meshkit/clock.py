"""One time for all replicas of a service."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
import structlog
from prometheus_client import Gauge
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

_log = structlog.get_logger()

CLOCK_OFFSET = Gauge("hiremesh_clock_offset_seconds", "How far this machine's clock is behind the database's.")


class DatabaseClock:
    """What the time is at the database. Replicas whose machines disagree still agree on what is late and what has expired.

    Between looks the time goes on by the monotonic clock, so that a machine whose clock is set meanwhile changes nothing.
    """

    def __init__(self, engine: AsyncEngine, *, interval: timedelta = timedelta(seconds=30)) -> None:
        self._engine = engine
        self._interval = interval.total_seconds()
        # A moment at the database, and when that was here. Until the database answers, this machine is believed.
        self._then = datetime.fromtimestamp(time.time(), UTC)
        self._read_at = time.monotonic()

    def __call__(self) -> datetime:
        """Now."""
        return self._then + timedelta(seconds=time.monotonic() - self._read_at)

    async def run(self) -> None:
        """Looks again from time to time, until cancelled."""
        while True:
            await self.synchronise()
            await asyncio.sleep(self._interval)

    async def synchronise(self) -> None:
        """Looks once. A database that is away leaves everything as it is."""
        try:
            async with self._engine.connect() as connection:
                _, then, read_at = min([await _ask(connection) for _ in range(_ASKED)])
        except (SQLAlchemyError, OSError, TimeoutError) as fault:
            _log.warning("clock_not_synchronised", kind=type(fault).__name__)
            return
        self._then, self._read_at = then, read_at
        CLOCK_OFFSET.set(self().timestamp() - time.time())


async def _ask(connection: AsyncConnection) -> tuple[float, datetime, float]:
    """How long the answer took in seconds, what it was, and when it was made: somewhere in between."""
    asked = time.monotonic()
    then: datetime = (await connection.execute(_NOW)).scalar_one()
    answered = time.monotonic()
    return answered - asked, then, (asked + answered) / 2


_NOW = sa.text("SELECT clock_timestamp()")
# The quickest answer of so many is the most exact.
_ASKED = 3
