"""What `gateway_service.ports` promises of transactions, resumes and events, on the fake and on Postgres."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from gateway_service.adapters import tables
from gateway_service.adapters.publisher import OutboxEvents
from gateway_service.adapters.store import SqlResumeStore
from gateway_service.domain.model import StoredResume
from gateway_service.ports import Events, ResumeStore, Transactions
from hiremesh.events.v1 import envelope_pb2
from meshkit.database import SqlTransactions, open_database
from meshkit.encryption import Cipher
from meshkit.errors import RequestIdReused
from meshkit.outbox import Outbox
from tests.support.builders.gateway import OTHER_USER, USER, next_id, stored
from tests.support.fakes.gateway import InMemoryResumeStore, InMemoryTransactions, ToldEvents
from tests.support.postgres import PostgresUrl

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Storage:
    transactions: Transactions
    store: ResumeStore
    events: Events
    # What has been told so far, as (fact, resume id).
    told: Callable[[], Awaitable[Sequence[tuple[str, str]]]]

    async def add(self, *resumes: StoredResume) -> None:
        for resume in resumes:
            async with self.transactions() as tx:
                await self.store.add(tx, resume)

    async def find(self, resume_id: str, owner: str = USER) -> StoredResume | None:
        async with self.transactions() as tx:
            return await self.store.find(tx, resume_id, owner=owner)

    async def ids(self, owner: str = USER) -> list[str]:
        async with self.transactions() as tx:
            page = await self.store.page(tx, owner=owner, after=None, size=100)
        return [resume.id for resume in page.resumes]


def in_memory() -> Storage:
    transactions = InMemoryTransactions()

    async def told() -> Sequence[tuple[str, str]]:
        return transactions.committed.told

    return Storage(transactions, InMemoryResumeStore(), ToldEvents(), told)


@pytest.fixture(params=["in_memory", "postgres"])
async def storage(request: pytest.FixtureRequest) -> AsyncIterator[Storage]:
    if request.param == "in_memory":
        yield in_memory()
        return
    postgres_url: PostgresUrl = request.getfixturevalue("postgres_url")
    engine = open_database(postgres_url("gateway"))

    async def told() -> Sequence[tuple[str, str]]:
        async with engine.connect() as connection:
            payloads = (await connection.scalars(sa.select(tables.outbox.c.payload).order_by("id"))).all()
        events = [envelope_pb2.Envelope.FromString(payload) for payload in payloads]
        return [(event.type.rpartition("Resume")[2].lower(), event.subject) for event in events]

    store = SqlResumeStore(Cipher(SecretStr("secret-of-tests"), purpose="resumes"))
    yield Storage(SqlTransactions(engine), store, OutboxEvents(Outbox(tables.outbox), lambda: NOW), told)
    await engine.dispose()


async def test_a_resume_comes_back_as_it_was_added(storage: Storage) -> None:
    resume = stored(created_at=NOW, request_id=next_id())
    await storage.add(resume)
    assert await storage.find(resume.id) == resume


async def test_a_resume_without_a_request_id_comes_back_without_one_and_may_have_company(storage: Storage) -> None:
    first, second = stored(), stored()
    await storage.add(first, second)
    assert await storage.find(second.id) == second
    assert await storage.ids() == [second.id, first.id]


async def test_what_nobody_added_is_not_found(storage: Storage) -> None:
    assert await storage.find(next_id()) is None


async def test_what_belongs_to_somebody_else_is_neither_found_nor_listed_nor_removed(storage: Storage) -> None:
    resume = stored(digest="d1", request_id="r1", created_at=NOW)
    await storage.add(resume)
    async with storage.transactions() as tx:
        assert await storage.store.find(tx, resume.id, owner=OTHER_USER) is None
        assert await storage.store.find_by_request_id(tx, "r1", owner=OTHER_USER) is None
        assert await storage.store.find_by_digest(tx, "d1", owner=OTHER_USER, since=NOW, extractor_version=None) is None
        assert await storage.store.remove(tx, resume.id, owner=OTHER_USER) is None
    assert await storage.ids(OTHER_USER) == []
    assert await storage.find(resume.id) == resume


async def test_a_resume_is_found_by_the_request_that_made_it(storage: Storage) -> None:
    resume = stored(request_id="r1")
    await storage.add(stored(request_id="r2"), resume)
    async with storage.transactions() as tx:
        assert await storage.store.find_by_request_id(tx, "r1", owner=USER) == resume
        assert await storage.store.find_by_request_id(tx, "r3", owner=USER) is None


async def test_a_request_id_can_be_used_once_by_its_owner(storage: Storage) -> None:
    await storage.add(stored(request_id="r1"))
    with pytest.raises(RequestIdReused):
        await storage.add(stored(request_id="r1"))
    await storage.add(stored(request_id="r1", owner=OTHER_USER))
    assert len(await storage.ids()) == 1


async def test_of_several_results_for_the_same_bytes_the_newest_is_found(storage: Storage) -> None:
    older = stored(digest="d1", created_at=NOW)
    newer = stored(digest="d1", created_at=NOW + timedelta(seconds=1))
    await storage.add(older, newer, stored(digest="d2", created_at=NOW + timedelta(seconds=2)))
    async with storage.transactions() as tx:
        assert await storage.store.find_by_digest(tx, "d1", owner=USER, since=NOW, extractor_version=None) == newer


async def test_results_from_before_a_moment_are_not_found(storage: Storage) -> None:
    resume = stored(digest="d1", created_at=NOW)
    await storage.add(resume)
    async with storage.transactions() as tx:
        assert await storage.store.find_by_digest(tx, "d1", owner=USER, since=NOW, extractor_version=None) == resume
        later = NOW + timedelta(microseconds=1)
        assert await storage.store.find_by_digest(tx, "d1", owner=USER, since=later, extractor_version=None) is None


@pytest.mark.parametrize(("count", "pages"), [(0, [0]), (1, [1]), (2, [2]), (3, [2, 1]), (4, [2, 2])])
async def test_pages_hold_every_resume_once_newest_first_and_the_last_names_no_next(
    storage: Storage, count: int, pages: list[int]
) -> None:
    resumes = [stored() for _ in range(count)]
    await storage.add(*resumes)
    seen: list[StoredResume] = []
    sizes: list[int] = []
    after: str | None = None
    while not sizes or after is not None:
        async with storage.transactions() as tx:
            page = await storage.store.page(tx, owner=USER, after=after, size=2)
        seen += page.resumes
        sizes.append(len(page.resumes))
        after = page.next_cursor
    assert (seen, sizes) == (resumes[::-1], pages)


async def test_a_page_that_follows_a_removed_resume_begins_where_that_stood(storage: Storage) -> None:
    resumes = [stored() for _ in range(3)]
    await storage.add(*resumes)
    async with storage.transactions() as tx:
        await storage.store.remove(tx, resumes[1].id, owner=USER)
        page = await storage.store.page(tx, owner=USER, after=resumes[1].id, size=2)
    assert list(page.resumes) == [resumes[0]]


async def test_a_removed_resume_is_handed_back_and_gone(storage: Storage) -> None:
    resume = stored()
    await storage.add(resume)
    async with storage.transactions() as tx:
        assert await storage.store.remove(tx, resume.id, owner=USER) == resume
    assert await storage.find(resume.id) is None
    async with storage.transactions() as tx:
        assert await storage.store.remove(tx, resume.id, owner=USER) is None


async def test_an_owners_resumes_are_named_a_few_at_a_time(storage: Storage) -> None:
    mine = [stored() for _ in range(3)]
    await storage.add(*mine, stored(owner=OTHER_USER))
    async with storage.transactions() as tx:
        assert set(await storage.store.of(tx, owner=USER, limit=9)) == {resume.id for resume in mine}
        assert len(await storage.store.of(tx, owner=USER, limit=2)) == 2


async def test_nothing_of_a_transaction_that_failed_remains_neither_row_nor_event(storage: Storage) -> None:
    resume = stored()
    with pytest.raises(ZeroDivisionError):
        async with storage.transactions() as tx:
            await storage.store.add(tx, resume)
            await storage.events.resume_parsed(tx, resume)
            raise ZeroDivisionError
    assert await storage.find(resume.id) is None
    assert list(await storage.told()) == []


async def test_events_are_told_with_the_transaction_in_order(storage: Storage) -> None:
    resume = replace(stored(), tenant="t1")
    async with storage.transactions() as tx:
        await storage.store.add(tx, resume)
        await storage.events.resume_parsed(tx, resume)
    async with storage.transactions() as tx:
        await storage.store.remove(tx, resume.id, owner=USER)
        await storage.events.resume_deleted(tx, resume)
    assert list(await storage.told()) == [("parsed", resume.id), ("deleted", resume.id)]
