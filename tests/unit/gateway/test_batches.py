"""Batches on fakes: accepted whole, counted once, behind what somebody waits for."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest

from gateway_service.domain.batches import (
    ArchiveUnreadable,
    Batch,
    BatchNotFound,
    BatchOptions,
    BatchStatus,
    EncryptedEntry,
    SentFile,
    TooManyFiles,
)
from gateway_service.domain.jobs import JobFailure, JobState, Priority, TooManyJobs
from gateway_service.domain.model import Caller, ParsedDocument
from meshkit.errors import InvalidRequest, RequestIdReused, ServiceUnavailable
from tests.support.builders.gateway import OTHER_USER, USER, resume_content, upload
from tests.support.fakes.gateway import GatewayOnFakes

PARSED = ParsedDocument(resume_content(), extractor_version="1")
CALLER = Caller(USER, USER, "")


async def sent(files: Sequence[SentFile | Exception]) -> AsyncIterator[SentFile]:
    for file in files:
        if isinstance(file, Exception):
            raise file
        yield file


async def submitted(gateway: GatewayOnFakes, *files: SentFile | Exception, request_id: str = "") -> Batch:
    options = BatchOptions(fresh=False, request_id=request_id)
    return await gateway.submit_batch(sent(files), lambda: options, CALLER)


def texts(count: int) -> list[SentFile]:
    return [SentFile(f"cv-{number}.txt", b"resume %d" % number) for number in range(count)]


async def worked_off(gateway: GatewayOnFakes, batch: Batch) -> None:
    for job in await gateway.follow_batches.files(batch.id, owner=USER, after=0, size=100):
        if not job.ended and (await gateway.work.begin(job.id)).attempt:
            await gateway.work.complete(job.id, PARSED)


async def test_every_file_becomes_a_job_behind_the_interactive_ones_and_its_document_is_kept() -> None:
    gateway = GatewayOnFakes()
    batch = await submitted(gateway, *texts(3))
    rows = gateway.transactions.committed
    assert [(job.number, job.filename, job.priority) for job in rows.jobs.values()] == [
        (number, f"cv-{number - 1}.txt", Priority.BATCH) for number in (1, 2, 3)
    ]
    assert rows.told == [("queued", job_id) for job_id in rows.jobs]
    assert rows.kept == gateway.storage.files.keys() == rows.documents.keys()
    assert (batch.total, batch.status) == (3, BatchStatus.PROCESSING)


async def test_a_file_that_cannot_be_taken_fails_alone_and_says_why() -> None:
    gateway = GatewayOnFakes()
    files = [
        SentFile("big.pdf", b"x" * 41),
        SentFile("blank.txt", b" \n"),
        SentFile("locked.pdf", fault=EncryptedEntry()),
        SentFile("cv.txt", b"resume"),
    ]
    batch = await submitted(gateway, *files)
    jobs = await gateway.follow_batches.files(batch.id, owner=USER, after=0, size=10)
    codes = [job.failure.code if job.failure else "" for job in jobs]
    assert codes == ["FILE_TOO_LARGE", "DOCUMENT_EMPTY", "DOCUMENT_ENCRYPTED", ""]
    assert (batch.failed, batch.total) == (3, 4)
    assert len(gateway.storage.files) == 1


async def test_files_beyond_what_a_batch_may_hold_unpacked_are_refused_one_by_one() -> None:
    gateway = GatewayOnFakes()
    batch = await submitted(gateway, *(SentFile("cv", b"x" * 39 + b"%d" % number) for number in range(3)))
    jobs = await gateway.follow_batches.files(batch.id, owner=USER, after=0, size=10)
    assert [job.failure.code if job.failure else "" for job in jobs] == ["", "", "BATCH_TOO_LARGE"]


@pytest.mark.parametrize(
    ("files", "error"),
    [
        (texts(6), TooManyFiles),
        ([], InvalidRequest),
        ([*texts(2), ArchiveUnreadable()], ArchiveUnreadable),
    ],
)
async def test_a_batch_that_cannot_be_taken_leaves_nothing(
    files: list[SentFile | Exception], error: type[Exception]
) -> None:
    gateway = GatewayOnFakes()
    with pytest.raises(error):
        await submitted(gateway, *files)
    rows = gateway.transactions.committed
    assert (rows.jobs, rows.batches, rows.told, rows.kept) == ({}, {}, [], set())
    gateway.clock.advance(timedelta(minutes=11))
    await gateway.upkeep()
    assert gateway.storage.files == {}


async def test_without_a_storage_a_batch_is_refused() -> None:
    gateway = GatewayOnFakes()
    gateway.storage.away = True
    with pytest.raises(ServiceUnavailable):
        await submitted(gateway, *texts(1))


async def test_too_many_waiting_files_are_refused_and_do_not_count_against_interactive_jobs() -> None:
    gateway = GatewayOnFakes()
    for _ in range(2):
        await submitted(gateway, *texts(4))
    with pytest.raises(TooManyJobs):
        await submitted(gateway, *texts(1))
    await gateway.submit(upload(), CALLER)


async def test_a_batch_is_completed_when_its_last_file_has_ended_and_that_is_noticed_once() -> None:
    gateway = GatewayOnFakes()
    batch = await submitted(gateway, *texts(3))
    first = next(iter(gateway.transactions.committed.jobs))
    attempt = (await gateway.work.begin(first)).attempt
    await gateway.work.fail(first, attempt, JobFailure("DOCUMENT_ENCRYPTED", ""), transient=False)
    await worked_off(gateway, batch)
    await gateway.work.complete(first, PARSED)  # too late
    done = await gateway.follow_batches.get(batch.id, owner=USER)
    assert (done.completed, done.failed, done.status) == (2, 1, BatchStatus.COMPLETED)
    assert gateway.transactions.committed.noticed == [("batch ended", batch.id)]


async def test_a_batch_of_nothing_but_refused_files_is_completed_at_once() -> None:
    gateway = GatewayOnFakes()
    batch = await submitted(gateway, SentFile("locked.pdf", fault=EncryptedEntry()))
    assert batch.status is BatchStatus.COMPLETED
    assert gateway.transactions.committed.noticed == [("batch ended", batch.id)]


async def test_equal_files_of_a_batch_cost_one_parse() -> None:
    gateway = GatewayOnFakes()
    batch = await submitted(gateway, SentFile("a", b"same"), SentFile("b", b"same"))
    await worked_off(gateway, batch)
    rows = gateway.transactions.committed
    assert len(rows.resumes) == 1
    assert rows.batches[batch.id].completed == 2


async def test_the_same_request_is_answered_with_the_first_batch_and_other_files_are_refused() -> None:
    gateway = GatewayOnFakes()
    first = await submitted(gateway, *texts(2), request_id="r1")
    assert (await submitted(gateway, *texts(2), request_id="r1")).id == first.id
    assert len(gateway.transactions.committed.jobs) == 2
    with pytest.raises(RequestIdReused):
        await submitted(gateway, *texts(1), request_id="r1")


async def test_cancelling_ends_what_has_not_ended() -> None:
    gateway = GatewayOnFakes()
    batch = await submitted(gateway, *texts(3))
    first = next(iter(gateway.transactions.committed.jobs))
    await gateway.work.begin(first)
    await gateway.work.complete(first, PARSED)
    cancelled = await gateway.follow_batches.cancel(batch.id, owner=USER)
    assert (cancelled.status, cancelled.completed, cancelled.failed) == (BatchStatus.CANCELLED, 1, 2)
    assert [job.state for job in gateway.transactions.committed.jobs.values()].count(JobState.FAILED) == 2


async def test_a_watcher_sees_every_file_end_once_also_when_it_comes_back() -> None:
    gateway = GatewayOnFakes()
    batch = await submitted(gateway, SentFile("locked", fault=EncryptedEntry()), *texts(2))
    watching = gateway.follow_batches.watch(batch.id, owner=USER)
    first = await anext(watching)
    assert first is not None
    assert [job.number for job in first.news] == [1]
    await watching.aclose()
    await worked_off(gateway, batch)
    again = [s async for s in gateway.follow_batches.watch(batch.id, owner=USER, after=first.batch.sequence)]
    assert [job.number for sighting in again if sighting for job in sighting.news] == [2, 3]


async def test_a_batch_of_somebody_else_is_not_found() -> None:
    gateway = GatewayOnFakes()
    batch = await submitted(gateway, *texts(1))
    with pytest.raises(BatchNotFound):
        await gateway.follow_batches.get(batch.id, owner=OTHER_USER)
    with pytest.raises(BatchNotFound):
        await gateway.follow_batches.cancel(batch.id, owner=OTHER_USER)
    with pytest.raises(BatchNotFound):
        await gateway.follow_batches.files(batch.id, owner=OTHER_USER, after=0, size=1)


async def test_old_batches_expire_with_their_jobs() -> None:
    gateway = GatewayOnFakes()
    await worked_off(gateway, await submitted(gateway, *texts(2)))
    open_batch = await submitted(gateway, SentFile("other", b"other"))
    gateway.clock.advance(timedelta(days=31))
    await gateway.upkeep()
    assert list(gateway.transactions.committed.batches) == [open_batch.id]
