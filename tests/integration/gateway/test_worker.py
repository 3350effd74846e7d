"""A real worker at work for a real gateway: who goes first, how far it is, and what the metrics say of it."""

import asyncio
from typing import Any

from hiremesh.gateway.v1 import parse_work_service_pb2
from tests.support.background import Parts, the_worker_is_known
from tests.support.builders import documents
from tests.support.gateway_process import PATIENCE_SECONDS

FILES = 6


class Hold:
    """An action of a fault point: the call stops there until it may go on."""

    def __init__(self) -> None:
        self.reached, self.go_on = asyncio.Event(), asyncio.Event()

    async def __call__(self, _: bytes) -> None:
        self.reached.set()
        await self.go_on.wait()


async def test_a_job_that_somebody_waits_for_overtakes_a_batch_and_the_metrics_tell_who_waits(parts: Parts) -> None:
    await the_worker_is_known(parts)
    client, first = parts.client, Hold()
    figure = client.gateway.until_figure
    parts.worker.points.before("BeginParseJob", first)
    batch = await client.submit_batch(*(documents.text_resume(f"file {number}") for number in range(FILES)))
    try:
        await first.reached.wait()
        job_id = await client.accepted(documents.text_resume("somebody waits"))
        # One is in the worker's hands; the others stand in the broker's queue.
        await figure("hiremesh_parse_work_waiting", FILES - 1 + 1)
        await figure("hiremesh_parse_jobs_open", FILES, priority="batch")
        await figure("hiremesh_parse_jobs_open", 1, priority="interactive")
        assert 0 < await client.gateway.figure("hiremesh_parse_jobs_oldest_seconds") < PATIENCE_SECONDS
    finally:
        first.go_on.set()
    assert (await client.ended(job_id)).status == "completed"
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (whole := await client.batch(batch.id)).status == "processing":  # noqa: ASYNC110  # another process
            await asyncio.sleep(0.05)
    assert whole.completed == FILES
    earlier = await client.rows(
        """SELECT count(*) FROM parse_jobs WHERE batch_id = $1
           AND updated_at < (SELECT updated_at FROM parse_jobs WHERE id = $2)""",
        batch.id,
        job_id,
    )
    assert earlier == 1  # the file that was in hand
    await figure("hiremesh_parse_work_waiting", 0)
    await figure("hiremesh_parse_jobs_open", 0)
    await figure("hiremesh_parse_jobs_oldest_seconds", 0)


async def test_the_page_that_is_read_is_told_to_those_who_poll_and_to_those_who_listen(parts: Parts) -> None:
    await the_worker_is_known(parts)
    client, points = parts.client, parts.worker.points
    polled: list[tuple[Any, Any]] = []

    async def look(request: bytes) -> None:
        report = parse_work_service_pb2.ReportParseJobRequest.FromString(request)
        if report.page:
            polled.append((report, await client.get(report.job_id)))
        else:
            points.after("ReportParseJob", look)

    points.after("ReportParseJob", look)
    job_id = await client.accepted(documents.scan("pages", pages=3))
    assert (await client.ended(job_id)).status == "completed"
    ((report, job),) = polled
    assert (job.status, job.progress.page, job.progress.pages) == ("processing", report.page, 3)
    told = [event["progress"] for event in await client.told(job_id) if "progress" in event]
    pages = [progress["page"] for progress in told]
    assert pages
    assert pages == sorted(set(pages))
    assert {progress["pages"] for progress in told} == {3}


async def test_work_that_a_dead_worker_had_is_counted_until_another_has_done_it(parts: Parts) -> None:
    await the_worker_is_known(parts)
    client, points, again = parts.client, parts.worker.points, Hold()

    async def die(_: bytes) -> None:
        points.before("BeginParseJob", again)
        await parts.worker.die_and_come_back()

    points.before("BeginParseJob", die)
    job_id = await client.accepted(documents.text_resume("redelivered"))
    try:
        await again.reached.wait()
        await client.gateway.until_figure("hiremesh_parse_work_redelivered", 1)
    finally:
        again.go_on.set()
    assert (await client.ended(job_id)).status == "completed"
    await parts.settled()
    await client.gateway.until_figure("hiremesh_parse_work_redelivered", 0)
