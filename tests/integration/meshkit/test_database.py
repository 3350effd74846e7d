"""Transactions on a Postgres that has troubles."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace

import asyncpg
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from localmesh.postgres import SUPERUSER, Cluster
from meshkit.clock import DatabaseClock
from meshkit.database import SqlTransactions, check_database, open_database
from meshkit.errors import ServiceUnavailable
from tests.support.postgres import PASSWORD, PostgresUrl

COUNT = sa.text("SELECT count(*) FROM outbox")
WRITE = sa.text("INSERT INTO outbox (id, subject, payload) VALUES (uuidv7(), 's', '')")


@dataclass(frozen=True)
class Database:
    engine: AsyncEngine
    administer: Callable[[str], Awaitable[None]]

    async def count(self) -> int:
        async with SqlTransactions(self.engine)() as tx:
            return int((await tx.execute(COUNT)).scalar_one())

    async def close(self) -> None:
        """As a server that shuts down: ends the connections and takes no new ones."""
        await self.administer("ALTER DATABASE {} ALLOW_CONNECTIONS false")
        await self.end_connections()

    async def open(self) -> None:
        await self.administer("ALTER DATABASE {} ALLOW_CONNECTIONS true")

    async def end_connections(self) -> None:
        await self.administer("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'")


@pytest.fixture
async def database(postgres: Cluster, postgres_url: PostgresUrl) -> AsyncIterator[Database]:
    url = postgres_url("gateway")
    administrator = await asyncpg.connect(
        host="127.0.0.1", port=postgres.port, user=SUPERUSER, password=PASSWORD, database="postgres"
    )

    async def administer(statement: str) -> None:
        await administrator.execute(statement.format(url.rpartition("/")[2]))

    engine = open_database(url, ping_after=timedelta(0))
    yield Database(engine, administer)
    await engine.dispose()
    await administrator.close()


async def test_a_transaction_that_ends_well_is_kept_and_one_that_fails_is_not(database: Database) -> None:
    transactions = SqlTransactions(database.engine)
    async with transactions() as tx:
        await tx.execute(WRITE)
    with pytest.raises(ZeroDivisionError):
        await _write_and_fail(transactions)
    assert await database.count() == 1


async def _write_and_fail(transactions: SqlTransactions) -> None:
    async with transactions() as tx:
        await tx.execute(WRITE)
        raise ZeroDivisionError


async def test_a_database_that_takes_no_connections_is_unavailable_until_it_does(database: Database) -> None:
    await database.count()
    await database.close()
    with pytest.raises(ServiceUnavailable):
        await database.count()
    with pytest.raises(DBAPIError):
        await check_database(database.engine)
    await database.open()
    assert await database.count() == 0
    await check_database(database.engine)


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    engine = open_database("postgresql+asyncpg://gateway:secret@127.0.0.1:1/hiremesh")
    with pytest.raises(ServiceUnavailable) as caught:
        async with SqlTransactions(engine)():
            pass
    assert "secret" not in str(caught.value)
    await engine.dispose()


async def test_connections_that_died_while_idle_are_replaced_unnoticed(database: Database) -> None:
    await database.count()
    await database.end_connections()
    assert await database.count() == 0


async def test_a_connection_that_dies_in_a_transaction_makes_the_database_unavailable(database: Database) -> None:
    async def write_twice() -> None:
        async with SqlTransactions(database.engine)() as tx:
            await tx.execute(WRITE)
            await database.end_connections()
            await tx.execute(WRITE)

    with pytest.raises(ServiceUnavailable):
        await write_twice()
    assert await database.count() == 0


async def test_a_pool_without_a_free_connection_makes_the_database_unavailable(database: Database) -> None:
    small = create_async_engine(database.engine.url, pool_size=1, max_overflow=0, pool_timeout=0.05)
    transactions = SqlTransactions(small)
    async with transactions():
        with pytest.raises(ServiceUnavailable):
            async with transactions():
                pass
    await small.dispose()


async def test_a_statement_that_takes_too_long_makes_the_database_unavailable(database: Database) -> None:
    hasty = create_async_engine(database.engine.url, connect_args={"command_timeout": 0.1})
    with pytest.raises(ServiceUnavailable):
        async with SqlTransactions(hasty)() as tx:
            await tx.execute(sa.text("SELECT pg_sleep(30)"))
    await hasty.dispose()


async def test_a_statement_at_fault_is_no_fault_of_the_database_and_its_error_quotes_no_values(
    database: Database,
) -> None:
    twice = sa.text("INSERT INTO outbox (id, subject, payload) VALUES (:id, :subject, ''), (:id, :subject, '')")
    with pytest.raises(IntegrityError) as caught:
        async with SqlTransactions(database.engine)() as tx:
            await tx.execute(twice, {"id": "0190aaaa-0000-7000-8000-000000000001", "subject": "ada@example.org"})
    assert "ada@example.org" not in str(caught.value)


async def test_who_loses_a_deadlock_may_try_again(database: Database) -> None:
    transactions, both_hold = SqlTransactions(database.engine), asyncio.Barrier(2)

    async def lock(first: int, second: int) -> None:
        async with transactions() as tx:
            await tx.execute(sa.text(f"SELECT pg_advisory_xact_lock({first})"))
            await both_hold.wait()
            await tx.execute(sa.text(f"SELECT pg_advisory_xact_lock({second})"))

    outcomes = await asyncio.gather(lock(1, 2), lock(2, 1), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes if outcome is not None] == [ServiceUnavailable]


async def test_the_clock_is_the_databases_and_goes_on_while_that_is_away(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = SimpleNamespace(time=lambda: time.time() - 3600, monotonic=time.monotonic)
    monkeypatch.setattr("meshkit.clock.time", wrong)
    clock = DatabaseClock(database.engine)
    assert abs(clock().timestamp() - wrong.time()) < 60  # this machine's, for want of a better one
    await clock.synchronise()
    assert abs(clock().timestamp() - time.time()) < 60
    await database.close()
    known = clock()
    await clock.synchronise()
    assert timedelta(0) <= clock() - known < timedelta(seconds=60)
