"""What `matching_service.ports.Transactions` promises, on the fake and on Postgres."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from uuid_utils import uuid7

from matching_service.adapters.store import SqlTransactions
from matching_service.domain.model import Candidate
from matching_service.ports import Transactions
from meshkit.database import open_database
from tests.support.builders.matching import OWNER, PARSED_AT, SECRET, SOMEBODY_ELSE, candidate
from tests.support.fakes.matching import InMemoryTransactions
from tests.support.postgres import PostgresUrl


@pytest.fixture(params=["in_memory", "postgres"])
async def transactions(request: pytest.FixtureRequest) -> AsyncIterator[Transactions]:
    if request.param == "in_memory":
        yield InMemoryTransactions()
        return
    postgres_url: PostgresUrl = request.getfixturevalue("postgres_url")
    engine = open_database(postgres_url("matching"))
    yield SqlTransactions(engine, SECRET)
    await engine.dispose()


async def put(transactions: Transactions, *candidates: Candidate) -> None:
    async with transactions() as tx:
        for each in candidates:
            await tx.candidates.put(each)


async def find(transactions: Transactions, resume_id: str, owner_id: str = OWNER) -> Candidate | None:
    async with transactions() as tx:
        return await tx.candidates.find(resume_id, owner_id=owner_id)


async def test_a_candidate_comes_back_as_it_was_put(transactions: Transactions) -> None:
    stored = candidate()
    await put(transactions, stored)
    assert await find(transactions, stored.resume_id) == stored


async def test_somebody_elses_candidate_is_not_found(transactions: Transactions) -> None:
    stored = candidate()
    await put(transactions, stored)
    assert await find(transactions, stored.resume_id, SOMEBODY_ELSE) is None


async def test_an_owners_candidates_are_named(transactions: Transactions) -> None:
    mine = [candidate(), candidate()]
    await put(transactions, *mine, candidate(owner_id=SOMEBODY_ELSE))
    async with transactions() as tx:
        assert list(await tx.candidates.of(owner_id=OWNER)) == sorted(each.resume_id for each in mine)


async def test_an_unknown_candidate_is_not_found(transactions: Transactions) -> None:
    assert await find(transactions, str(uuid7())) is None


@pytest.mark.parametrize("newest_first", [True, False])
async def test_the_newest_parse_of_a_resume_is_kept(transactions: Transactions, newest_first: bool) -> None:
    old = candidate(headline="Old")
    new = candidate(old.resume_id, headline="New", parsed_at=PARSED_AT + timedelta(seconds=1))
    await put(transactions, *((new, old) if newest_first else (old, new)))
    assert await find(transactions, old.resume_id) == new


async def test_an_erased_candidate_is_gone_and_stays_gone(transactions: Transactions) -> None:
    stored = candidate()
    await put(transactions, stored)
    async with transactions() as tx:
        await tx.candidates.erase(stored.resume_id, PARSED_AT)
        await tx.candidates.erase(stored.resume_id, PARSED_AT)
    await put(transactions, stored)
    assert await find(transactions, stored.resume_id) is None
    async with transactions() as tx:
        assert await tx.candidates.is_erased(stored.resume_id)
        assert not await tx.candidates.is_erased(str(uuid7()))


async def test_erasing_and_putting_at_once_leave_nothing(transactions: Transactions) -> None:
    async def erase(resume_id: str) -> None:
        async with transactions() as tx:
            await tx.candidates.erase(resume_id, PARSED_AT)

    stored = [candidate() for _ in range(5)]
    work = [work for each in stored for work in (put(transactions, each), erase(each.resume_id))]
    await asyncio.gather(*work)
    assert [await find(transactions, each.resume_id) for each in stored] == [None] * 5


async def test_an_event_is_new_once(transactions: Transactions) -> None:
    event_id = str(uuid7())
    async with transactions() as tx:
        assert await tx.inbox.first_time(event_id)
    async with transactions() as tx:
        assert not await tx.inbox.first_time(event_id)


async def test_an_event_is_new_again_when_its_transaction_failed(transactions: Transactions) -> None:
    event_id, stored = str(uuid7()), candidate()

    async def fail() -> None:
        async with transactions() as tx:
            await tx.inbox.first_time(event_id)
            await tx.candidates.put(stored)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await find(transactions, stored.resume_id) is None
    async with transactions() as tx:
        assert await tx.inbox.first_time(event_id)
