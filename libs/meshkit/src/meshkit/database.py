"""Postgres through SQLAlchemy: one engine a process, transactions opened by use cases only."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from time import monotonic
from typing import Any, Protocol

from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError, DisconnectionError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from meshkit.errors import ServiceUnavailable

_RETURNED = "returned"  # in a connection's notes: when it went back to the pool


class Transactions(Protocol):
    """Port of use cases: `async with transactions() as tx:` commits at the end, rolls back on errors."""

    def __call__(self) -> AbstractAsyncContextManager[AsyncConnection]: ...


def open_database(url: str, *, pool_size: int = 10, ping_after: timedelta = timedelta(seconds=1)) -> AsyncEngine:
    """An engine for `postgresql+asyncpg://...`. Connects when first used. The caller disposes of it.

    A connection that nobody used for `ping_after` is asked whether it lives before it is used. SQLAlchemy's own ping asks always, which
    costs three round trips for every transaction.
    """
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=3,
        connect_args={"command_timeout": 5, "timeout": 3},
        # Statements in error texts quote personal data.
        hide_parameters=True,
    )
    idle_seconds = ping_after.total_seconds()

    def note_return(_connection: object, record: ConnectionPoolEntry) -> None:
        record.info[_RETURNED] = monotonic()

    def replace_dead(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
        """A connection that died, with a restarted Postgres for example, is replaced before it is used."""
        returned = record.info.get(_RETURNED)
        if connection.driver_connection.is_closed():
            raise DisconnectionError
        if returned is not None and monotonic() - returned >= idle_seconds:
            try:
                engine.sync_engine.dialect.do_ping(connection)
            except engine.sync_engine.dialect.loaded_dbapi.Error as fault:
                raise DisconnectionError from fault

    event.listen(engine.sync_engine, "checkin", note_return)
    event.listen(engine.sync_engine, "checkout", replace_dead)
    return engine


class SqlTransactions:
    """The real `Transactions`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._open: Callable[[], AbstractAsyncContextManager[AsyncConnection]] = engine.begin

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[AsyncConnection]:
        """Raises ServiceUnavailable when the database cannot be reached, has none free, or ended a deadlock with this transaction."""
        connected = False
        try:
            async with self._open() as connection:
                connected = True
                yield connection
        except (SQLAlchemyError, OSError) as fault:
            if not connected or _is_loss(fault) or _is_defeat(fault):
                raise ServiceUnavailable(service="The database") from fault
            raise


class SqlLooks(SqlTransactions):
    """`Transactions` for reading only: each statement stands for itself, and costs one round trip instead of three."""

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__(engine)
        self._open = engine.execution_options(isolation_level="AUTOCOMMIT").connect


def _is_loss(fault: SQLAlchemyError | OSError) -> bool:
    """Whether the connection is at fault, not the statement."""
    if isinstance(fault, DBAPIError) and fault.connection_invalidated:
        return True
    return isinstance(fault, OSError | OperationalError | InterfaceError)


def _is_defeat(fault: SQLAlchemyError | OSError) -> bool:
    """Whether another transaction was in the way, SQLSTATE class 40: the same again may well succeed."""
    return isinstance(fault, DBAPIError) and str(getattr(fault.orig, "sqlstate", "")).startswith("40")


async def check_database(engine: AsyncEngine) -> None:
    """Health check: raises when the database cannot answer."""
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
