"""The pool with real worker processes. Documents are orders to them: see `tests/support/readings.py`."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import date, timedelta
from pathlib import Path

import psutil
import pytest
from structlog.testing import capture_logs

from meshkit.errors import DomainError, Overloaded, ServiceUnavailable
from parser_service.adapters.workers import ReadingFailed, WorkerPool
from parser_service.domain.errors import DocumentEncrypted, DocumentTooComplex
from parser_service.ports import Progress
from tests.support.readings import obey

PATIENCE_SECONDS = 120
TODAY = date(2026, 1, 31)


@asynccontextmanager
async def pool(
    *,
    workers: int = 1,
    queue: int = 8,
    timeout: timedelta = timedelta(minutes=10),
    documents_per_worker: int = 100,
) -> AsyncIterator[WorkerPool]:
    made = WorkerPool(
        workers=workers,
        queue=queue,
        timeout=timeout,
        memory_bytes=1024**3,
        documents_per_worker=documents_per_worker,
        today=lambda: TODAY,
        read=obey,
    )
    await made.warm_up()
    yield made
    made.close()


async def process_that_reads(made: WorkerPool) -> int:
    return int((await made.read(b"read")).personal.headline)


async def eventually(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():  # noqa: ASYNC110  # what other processes do sets no event of ours
            await asyncio.sleep(0.01)


def is_gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


async def test_a_document_is_read_in_another_process_which_is_told_the_date() -> None:
    async with pool() as made:
        resume = await made.read(b"read")
    assert int(resume.personal.headline) != os.getpid()
    assert resume.summary == TODAY.isoformat()


async def test_a_reading_that_hangs_is_killed_and_the_document_that_waited_is_read(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    async with pool(timeout=timedelta(seconds=0.5)) as made:
        hanging = asyncio.create_task(made.read(f"hang {pid_file}".encode()))
        await eventually(pid_file.exists)
        waiting = asyncio.create_task(process_that_reads(made))
        with pytest.raises(DocumentTooComplex) as caught:
            await hanging
        hung = int(pid_file.read_text())
        assert await waiting != hung
        await eventually(lambda: is_gone(hung))
    assert caught.value.fields == {"limit": "time"}


async def test_pages_are_told_while_a_document_is_read(tmp_path: Path) -> None:
    progress = Progress()
    async with pool() as made:
        reading = asyncio.create_task(made.read(f"turn_page {tmp_path / 'pid'}".encode(), progress))
        await eventually(lambda: progress.page > 0)
        reading.cancel()
        await asyncio.wait([reading])
    assert (progress.page, progress.pages) == (2, 5)


async def test_a_reading_that_wants_too_much_memory_is_refused_and_the_next_document_is_read() -> None:
    async with pool() as made:
        with pytest.raises(DocumentTooComplex) as caught:
            await made.read(b"allocate 4294967296")
        assert await process_that_reads(made)
    assert caught.value.fields == {"limit": "memory"}


@pytest.mark.parametrize("death", [b"exit 3", b"signal SIGSEGV", b"signal SIGKILL", b"signal SIGABRT"])
async def test_a_reading_that_ends_its_process_is_refused_and_the_next_document_is_read(death: bytes) -> None:
    async with pool() as made:
        with pytest.raises(DocumentTooComplex):
            await made.read(death)
        assert await process_that_reads(made)


async def test_a_document_at_fault_is_refused_with_reason_and_fields_and_ends_no_worker() -> None:
    async with pool() as made:
        worker = await process_that_reads(made)
        with pytest.raises(DocumentEncrypted) as caught:
            await made.read(b"refuse")
        assert await process_that_reads(made) == worker
    assert caught.value.fields == {"kind": "pdf"}


@pytest.mark.parametrize(("fault", "kind"), [(b"fail", "ValueError"), (b"fail_unsendably", "Unsendable")])
async def test_a_bug_in_the_reader_fails_its_document_only_and_tells_its_place_but_not_its_text(
    fault: bytes, kind: str
) -> None:
    async with pool() as made:
        worker = await process_that_reads(made)
        with capture_logs() as lines, pytest.raises(ReadingFailed, match=rf"^{kind} at .*readings\.py:\d+$") as caught:
            await made.read(fault)
        assert [line["fault"] for line in lines] == [str(caught.value)]
        assert await process_that_reads(made) == worker


async def test_a_pool_that_broke_is_replaced() -> None:
    async with pool() as made:
        with pytest.raises(ServiceUnavailable):
            await made.read(b"answer_unsendably")
        assert await process_that_reads(made)


async def test_cancelling_a_call_kills_its_worker_and_frees_the_place(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    async with pool(queue=0) as made:
        call = asyncio.create_task(made.read(f"hang {pid_file}".encode()))
        await eventually(pid_file.exists)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert await process_that_reads(made) != int(pid_file.read_text())
        await eventually(lambda: is_gone(int(pid_file.read_text())))


async def test_cancelling_a_call_that_waits_leaves_the_one_before_it_alone(tmp_path: Path) -> None:
    async with pool(queue=1) as made:
        first = asyncio.create_task(made.read(f"wait {tmp_path}".encode()))
        await eventually(lambda: any(tmp_path.iterdir()))
        second = asyncio.create_task(made.read(b"read"))
        await asyncio.sleep(0)
        second.cancel()
        third = asyncio.create_task(made.read(b"read"))
        (tmp_path / "go").touch()
        assert (await first).personal.headline == (await third).personal.headline


async def test_more_documents_than_places_are_refused_until_a_place_is_free(tmp_path: Path) -> None:
    async with pool(workers=2, queue=1) as made:
        calls = [asyncio.create_task(made.read(f"wait {tmp_path}".encode())) for _ in range(3)]
        await eventually(lambda: len(list(tmp_path.iterdir())) == 2)
        with pytest.raises(Overloaded) as caught:
            await made.read(b"read")
        (tmp_path / "go").touch()
        await asyncio.gather(*calls)
        assert await process_that_reads(made)
    assert caught.value.retry_after is not None


async def test_a_worker_that_is_killed_while_idle_is_replaced() -> None:
    async with pool() as made:
        idle = await process_that_reads(made)
        os.kill(idle, signal.SIGKILL)
        await eventually(lambda: is_gone(idle))
        readers: list[int] = []

        async def reads() -> bool:
            # A document that met the dead worker is refused as one that may be sent again.
            with suppress(ServiceUnavailable):
                readers.append(await process_that_reads(made))
            return bool(readers)

        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await reads():
                pass
    assert readers != [idle]


async def test_a_place_is_free_again_after_every_kind_of_failure() -> None:
    async with pool(queue=0, timeout=timedelta(seconds=0.3)) as made:
        for failure in (b"exit 1", b"refuse", b"fail", b"allocate 4294967296", b"hang /dev/null", b"answer_unsendably"):
            with pytest.raises((DomainError, ReadingFailed)):
                await made.read(failure)
        assert await process_that_reads(made)


async def test_a_worker_is_replaced_after_its_share_of_documents() -> None:
    async with pool(documents_per_worker=3) as made:
        readers = [await process_that_reads(made) for _ in range(9)]
    assert len(set(readers)) >= 3


async def test_closing_leaves_no_worker_behind_even_one_that_hangs(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    async with pool(workers=2) as made:
        idle = await process_that_reads(made)
        call = asyncio.create_task(made.read(f"hang {pid_file}".encode()))
        await eventually(pid_file.exists)
    hung = int(pid_file.read_text())
    await eventually(lambda: is_gone(hung) and is_gone(idle))
    call.cancel()
    await asyncio.wait([call])
