"""What `gateway_service.ports` promises of background parses and batches, on the fakes and on Postgres."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from gateway_service.adapters.batches import SqlBatchStore
from gateway_service.adapters.jobs import SqlJobStore
from gateway_service.domain.batches import Batch
from gateway_service.domain.jobs import CANCELLED, Job, JobNotFound, JobState, Priority
from gateway_service.ports import BatchStore, Transactions
from meshkit.database import SqlLooks, SqlTransactions, open_database
from meshkit.encryption import Cipher
from meshkit.errors import RequestIdReused
from tests.support.builders.gateway import OTHER_USER, USER, next_id
from tests.support.fakes.gateway import InMemoryBatchStore, InMemoryJobStore, InMemoryTransactions
from tests.support.postgres import PostgresUrl

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Storage:
    transactions: Transactions
    looks: Transactions
    # Both stores are also `JobUpdates`.
    jobs: InMemoryJobStore | SqlJobStore
    batches: BatchStore

    async def add(self, *jobs: Job) -> None:
        async with self.transactions() as tx:
            for job in jobs:
                await self.jobs.add(tx, job)

    async def save(self, *jobs: Job) -> None:
        async with self.transactions() as tx:
            for job in jobs:
                await self.jobs.save(tx, job)

    async def told(self, job_id: str, after: int = 0, owner: str = USER) -> list[tuple[int, JobState]]:
        async with self.looks() as tx:
            updates = await self.jobs.after(tx, job_id, after, owner=owner)
        return [(update.sequence, update.state) for update in updates]


@pytest.fixture(params=["in_memory", "postgres"])
async def storage(request: pytest.FixtureRequest) -> AsyncIterator[Storage]:
    if request.param == "in_memory":
        transactions = InMemoryTransactions()
        yield Storage(transactions, transactions, InMemoryJobStore(), InMemoryBatchStore())
        return
    postgres_url: PostgresUrl = request.getfixturevalue("postgres_url")
    engine = open_database(postgres_url("gateway"))
    store = SqlJobStore(Cipher(SecretStr("secret-of-tests"), purpose="filenames"))
    yield Storage(SqlTransactions(engine), SqlLooks(engine), store, SqlBatchStore())
    await engine.dispose()


def job(**changes: object) -> Job:
    known = Job(
        id=next_id(),
        owner=USER,
        tenant=USER,
        document_id=next_id(),
        digest="d1",
        fresh=False,
        request_id="",
        origin="",
        created_at=NOW,
        updated_at=NOW,
        heard_at=NOW,
    )
    return replace(known, **changes)  # type: ignore[arg-type]  # fields of Job


def batch(**changes: object) -> Batch:
    known = Batch(next_id(), USER, USER, "", "d1", 3, NOW, NOW)
    return replace(known, **changes)  # type: ignore[arg-type]  # fields of Batch


def in_batch(of: Batch, number: int, **changes: object) -> Job:
    return job(batch_id=of.id, number=number, filename=f"{number}.pdf", priority=Priority.BATCH, **changes)


async def test_a_job_comes_back_as_it_was_written_to_its_owner_only(storage: Storage) -> None:
    known = job(request_id="r1", origin="http://localhost")
    await storage.add(known)
    async with storage.looks() as tx:
        assert await storage.jobs.find(tx, known.id, owner=USER) == known
        assert await storage.jobs.find_by_request_id(tx, "r1", owner=USER) == known
        assert await storage.jobs.peek(tx, known.id) == known
        assert await storage.jobs.find(tx, known.id, owner=OTHER_USER) is None
        assert await storage.jobs.find(tx, "no id of ours", owner=USER) is None
        with pytest.raises(JobNotFound):
            await storage.jobs.after(tx, known.id, 0, owner=OTHER_USER)
        with pytest.raises(JobNotFound):
            await storage.jobs.after(tx, "no id of ours", 0, owner=USER)


async def test_every_change_is_told_once_and_one_that_is_none_is_not(storage: Storage) -> None:
    known = job()
    begun = known.begun(NOW + timedelta(seconds=1))
    heard = begun.progressed(NOW + timedelta(seconds=2), page=0, pages=0)
    further = heard.progressed(NOW + timedelta(seconds=3), page=1, pages=2)
    await storage.add(known)
    for changed in (begun, heard, further, further.failed(NOW + timedelta(seconds=4), CANCELLED)):
        await storage.save(changed)
    states = [JobState.QUEUED, JobState.PROCESSING, JobState.PROCESSING, JobState.FAILED]
    assert await storage.told(known.id) == list(enumerate(states, 1))
    assert await storage.told(known.id, after=3) == [(4, JobState.FAILED)]
    assert await storage.told(known.id, after=4) == []
    async with storage.transactions() as tx:
        locked = await storage.jobs.lock(tx, known.id)
    assert locked is not None
    assert (locked.failure, locked.page, locked.heard_at) == (CANCELLED, 1, NOW + timedelta(seconds=4))


async def test_a_request_id_makes_one_job_for_each_owner(storage: Storage) -> None:
    await storage.add(job(request_id="r1"), job(request_id="r1", owner=OTHER_USER), job(), job())
    with pytest.raises(RequestIdReused):
        await storage.add(job(request_id="r1"))


async def test_open_jobs_are_counted_by_priority_and_owner(storage: Storage) -> None:
    ended = job().completed(NOW, resume_id=next_id())
    await storage.add(job(), job(owner=OTHER_USER), replace(ended, sequence=1), job(priority=Priority.BATCH))
    async with storage.looks() as tx:
        assert await storage.jobs.count_open(tx, Priority.INTERACTIVE, owner=USER) == (1, 2)
        assert await storage.jobs.count_open(tx, Priority.BATCH, owner=OTHER_USER) == (0, 1)


async def test_recent_durations_are_those_of_completed_jobs_from_their_last_begin(storage: Storage) -> None:
    async with storage.looks() as tx:
        assert await storage.jobs.recent_duration(tx) is None
    known = job()
    await storage.add(known)
    begun = known.begun(NOW + timedelta(seconds=100))
    await storage.save(begun)
    await storage.save(begun.completed(NOW + timedelta(seconds=104), resume_id=next_id()))
    async with storage.looks() as tx:
        assert await storage.jobs.recent_duration(tx) == timedelta(seconds=4)


async def test_silent_jobs_are_found_by_state_and_priority(storage: Storage) -> None:
    waiting, batched, begun = job(), job(priority=Priority.BATCH), job().begun(NOW)
    await storage.add(waiting, batched, replace(begun, sequence=1))
    later = NOW + timedelta(seconds=1)
    for state, priority, found in (
        (JobState.QUEUED, Priority.INTERACTIVE, waiting),
        (JobState.QUEUED, Priority.BATCH, batched),
        (JobState.PROCESSING, Priority.INTERACTIVE, begun),
    ):
        async with storage.transactions() as tx:
            silent = await storage.jobs.silent(tx, state, priority, before=later, limit=10)
            assert [found.id] == [known.id for known in silent]
            assert not await storage.jobs.silent(tx, state, priority, before=NOW, limit=10)


async def test_what_ended_long_ago_and_what_led_to_a_resume_is_removed_with_its_updates(storage: Storage) -> None:
    resume_id = next_id()
    old = replace(job().failed(NOW, CANCELLED), sequence=1)
    led = replace(job().completed(NOW + timedelta(days=2), resume_id=resume_id), sequence=1)
    still_open = job()
    await storage.add(old, led, still_open)
    async with storage.transactions() as tx:
        removed = await storage.jobs.remove_ended(tx, before=NOW + timedelta(days=1), limit=10)
        assert [known.id for known in removed] == [old.id]
        await storage.jobs.remove_for_resume(tx, resume_id)
    for gone in (old, led):
        with pytest.raises(JobNotFound):
            await storage.told(gone.id)
    assert await storage.told(still_open.id) == [(1, JobState.QUEUED)]


async def test_all_that_an_owner_has_is_removed_whatever_became_of_it_and_nothing_of_others(storage: Storage) -> None:
    whole = batch()
    mine = [job(), job().failed(NOW, CANCELLED), in_batch(whole, 1)]
    theirs, their_batch = job(owner=OTHER_USER), batch(owner=OTHER_USER)
    await storage.add(*mine, theirs)
    async with storage.transactions() as tx:
        await storage.batches.add(tx, whole)
        await storage.batches.add(tx, their_batch)
        assert set(await storage.jobs.remove_of(tx, owner=USER)) == {each.id for each in mine}
        await storage.batches.remove_of(tx, owner=USER)
        assert await storage.jobs.remove_of(tx, owner=USER) == []
        assert await storage.batches.find(tx, whole.id, owner=USER) is None
        assert await storage.batches.find(tx, their_batch.id, owner=OTHER_USER) == their_batch
    with pytest.raises(JobNotFound):
        await storage.told(mine[0].id)
    assert await storage.told(theirs.id, owner=OTHER_USER)


async def test_files_of_a_batch_come_back_in_their_order_and_by_when_they_ended(storage: Storage) -> None:
    known = batch(total=3)
    jobs = [in_batch(known, number) for number in (1, 2, 3)]
    async with storage.transactions() as tx:
        await storage.batches.add(tx, known)
        await storage.jobs.add_all(tx, jobs)
    second = replace(jobs[1].failed(NOW, CANCELLED), batch_sequence=1)
    first = replace(jobs[0].failed(NOW, CANCELLED), batch_sequence=2)
    await storage.save(second, first)
    async with storage.looks() as tx:
        assert await storage.jobs.of_batch(tx, known.id, after=0, size=2) == [first, second]
        assert await storage.jobs.of_batch(tx, known.id, after=2, size=2) == [jobs[2]]
        assert await storage.jobs.ended_of_batch(tx, known.id, after=0, until=2) == [second, first]
        assert await storage.jobs.ended_of_batch(tx, known.id, after=1, until=2) == [first]
        assert await storage.jobs.open_of_batch(tx, known.id) == [jobs[2].id]
    assert await storage.told(jobs[2].id) == [(1, JobState.QUEUED)]


async def test_a_batch_is_counted_and_comes_back_to_its_owner_only(storage: Storage) -> None:
    known = batch(request_id="r1")
    later = NOW + timedelta(seconds=1)
    async with storage.transactions() as tx:
        await storage.batches.add(tx, known)
        await storage.batches.count(tx, known.id, completed=1, now=later)
        counted = await storage.batches.count(tx, known.id, failed=1, now=NOW)
        await storage.batches.cancel(tx, known.id)
    expected = replace(known, completed=1, failed=1, sequence=2, updated_at=later)
    assert counted == expected
    async with storage.looks() as tx:
        assert await storage.batches.find(tx, known.id, owner=USER) == replace(expected, cancelled=True)
        assert await storage.batches.find_by_request_id(tx, "r1", owner=USER) is not None
        assert await storage.batches.find(tx, known.id, owner=OTHER_USER) is None
        assert await storage.batches.find(tx, "no id of ours", owner=USER) is None
    with pytest.raises(RequestIdReused):
        async with storage.transactions() as tx:
            await storage.batches.add(tx, batch(request_id="r1"))


async def test_batches_are_listed_newest_first_page_by_page(storage: Storage) -> None:
    made = [batch() for _ in range(3)]
    async with storage.transactions() as tx:
        for known in (*made, batch(owner=OTHER_USER)):
            await storage.batches.add(tx, known)
    async with storage.looks() as tx:
        first = await storage.batches.page(tx, owner=USER, after=None, size=2)
        second = await storage.batches.page(tx, owner=USER, after=first.next_cursor, size=2)
    assert [known.id for known in (*first.batches, *second.batches)] == [known.id for known in reversed(made)]
    assert second.next_cursor is None


async def test_old_batches_are_removed_once_they_have_ended(storage: Storage) -> None:
    ended, still_open = batch(completed=3), batch()
    async with storage.transactions() as tx:
        for known in (ended, still_open):
            await storage.batches.add(tx, known)
        await storage.batches.remove_old(tx, before=NOW + timedelta(seconds=1))
        assert await storage.batches.find(tx, ended.id, owner=USER) is None
        assert await storage.batches.find(tx, still_open.id, owner=USER) == still_open
