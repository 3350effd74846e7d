"""Background parses on a real database, broker and storage. The test plays the worker, and dies where it likes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from nats.aio.msg import Msg

from hiremesh.events.v1 import envelope_pb2
from hiremesh.gateway.v1 import parse_work_service_pb2
from meshkit.messaging import WORK_STREAM, EventConsumer, Redelivery
from tests.support.gateway_client import PRESENCE, RESUME, Client, failure
from tests.support.gateway_process import PATIENCE_SECONDS, GatewayProcess


@pytest.fixture
def client(gateway_process: GatewayProcess) -> Client:
    return Client(gateway_process)


@pytest.fixture
async def worker_there(gateway_process: GatewayProcess) -> None:
    async def answer(question: Msg) -> None:
        await question.respond(PRESENCE)

    await gateway_process.broker.subscribe("parse_workers.presence", cb=answer)
    await gateway_process.broker.flush()


@asynccontextmanager
async def working(gateway: GatewayProcess, handler: Any, *, ack_wait: float = 30) -> AsyncIterator[EventConsumer]:
    consumer = EventConsumer(
        gateway.broker,
        durable="parse_interactive",
        subjects=["work.parse.interactive"],
        handler=handler,
        redelivery=Redelivery(ack_wait=timedelta(seconds=ack_wait)),
        stream=WORK_STREAM,
    )
    running = asyncio.create_task(consumer.run())
    yield consumer
    await consumer.stop()
    await running


async def test_without_a_worker_the_document_is_read_at_once_or_refused_in_the_documented_words(client: Client) -> None:
    answer = await client.submit()
    assert answer.jobId.WhichOneof("kind") == "null_value"
    assert (answer.status, answer.processingMode) == ("completed", "sync_fallback")
    assert answer.message == "Processed synchronously (worker unavailable)"
    metadata = answer.result.metadata
    assert (metadata.processing_mode, metadata.fallback_reason) == ("sync_fallback", "worker_unavailable")
    error = await failure(client.submit(b"other", fallback_to_sync=False))
    assert error.wire_reason == "WORKER_UNAVAILABLE"
    assert str(error) == "Background worker is not available. Please use /parse-resume endpoint instead."


@pytest.mark.usefixtures("worker_there")
async def test_an_accepted_job_reaches_a_worker_and_its_result_is_kept_once(client: Client) -> None:
    seen: asyncio.Queue[str] = asyncio.Queue()

    async def work(event: envelope_pb2.Envelope) -> None:
        await client.finish(event.parse_job_queued.job_id)
        seen.put_nowait(event.parse_job_queued.job_id)

    job_id = await client.accepted()
    async with working(client.gateway, work), asyncio.timeout(PATIENCE_SECONDS):
        assert await seen.get() == job_id
    job = await client.get(job_id)
    assert (job.status, job.result.personal.name, job.attempts) == ("completed", "Ada Example", 1)
    again = await client.do("CompleteParseJob", job_id=job_id, attempt=1, resume=RESUME)
    assert not again.accepted
    assert (await client.do("BeginParseJob", job_id=job_id)).attempt == 0
    assert await client.resumes() == 1


@pytest.mark.usefixtures("worker_there")
async def test_a_worker_that_dies_after_it_began_is_replaced_and_its_late_failure_does_not_count(
    client: Client,
) -> None:
    job_id = await client.accepted()
    assert (await client.do("BeginParseJob", job_id=job_id)).attempt == 1  # and dies
    assert (await client.do("BeginParseJob", job_id=job_id)).attempt == 2
    assert not (await client.do("ReportParseJob", job_id=job_id, attempt=1)).go_on
    assert (await client.do("ReportParseJob", job_id=job_id, attempt=2)).go_on
    await client.do("FailParseJob", job_id=job_id, attempt=1, code="DOCUMENT_EMPTY", message="late")
    assert (await client.get(job_id)).status == "processing"
    # A result of the first attempt is as good as one of the second; whichever comes first is kept.
    assert (await client.do("CompleteParseJob", job_id=job_id, attempt=1, resume=RESUME)).accepted
    assert not (await client.do("CompleteParseJob", job_id=job_id, attempt=2, resume=RESUME)).accepted
    assert await client.resumes() == 1


@pytest.mark.usefixtures("worker_there")
async def test_a_document_that_ends_every_worker_is_buried_and_can_be_tried_again(client: Client) -> None:
    job_id = await client.accepted()
    for attempt in range(1, 6):
        assert (await client.do("BeginParseJob", job_id=job_id)).attempt == attempt  # and dies
    assert (await client.do("BeginParseJob", job_id=job_id)).attempt == 0
    job = await client.get(job_id)
    assert (job.status, job.code) == ("failed", "ATTEMPTS_EXHAUSTED")
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not (letters := (await client.do("ListDeadLetters")).letters):  # noqa: ASYNC110  # the relay is another process
            await asyncio.sleep(0.05)
    (letter,) = letters
    assert (letter.job_id, letter.code, letter.attempts) == (job_id, "ATTEMPTS_EXHAUSTED", 5)
    assert letter.document_id
    await client.do("RetryDeadLetter", id=letter.id)
    assert (await client.do("ListDeadLetters")).total == 0
    await client.finish(job_id)
    assert (await client.get(job_id)).status == "completed"


@pytest.mark.usefixtures("worker_there")
async def test_a_document_at_fault_fails_its_job_and_nobody_buries_it(client: Client) -> None:
    job_id = await client.accepted()
    await client.do("BeginParseJob", job_id=job_id)
    answer = await client.do("FailParseJob", job_id=job_id, attempt=1, code="DOCUMENT_ENCRYPTED", message="encrypted")
    assert not answer.retry
    job = await client.get(job_id)
    assert (job.status, job.error, job.code) == ("failed", "encrypted", "DOCUMENT_ENCRYPTED")
    assert (await client.do("ListDeadLetters")).total == 0


@pytest.mark.usefixtures("worker_there")
async def test_a_job_that_is_cancelled_stops_its_worker_and_takes_no_result(client: Client) -> None:
    job_id = await client.accepted()
    await client.do("BeginParseJob", job_id=job_id)
    assert (await client.cancel(job_id)).code == "JOB_CANCELLED"
    assert not (await client.do("ReportParseJob", job_id=job_id, attempt=1)).go_on
    assert not (await client.do("CompleteParseJob", job_id=job_id, attempt=1, resume=RESUME)).accepted
    assert (await client.get(job_id)).status == "failed"
    assert await client.resumes() == 0


@pytest.mark.usefixtures("worker_there")
async def test_while_the_same_bytes_are_read_a_second_job_waits_and_then_gets_the_same_result(client: Client) -> None:
    first, second = await client.accepted(), await client.accepted()
    assert (await client.do("BeginParseJob", job_id=first)).attempt == 1
    begun = await client.do("BeginParseJob", job_id=second)
    assert (begun.attempt, begun.retry_after.seconds) == (0, 1)
    await client.do("CompleteParseJob", job_id=first, attempt=1, resume=RESUME)
    assert (await client.do("BeginParseJob", job_id=second)).attempt == 0
    results = [(await client.get(job_id)).result.metadata.resume_id for job_id in (first, second)]
    assert results[0] == results[1]
    assert await client.resumes() == 1


@pytest.mark.usefixtures("worker_there")
async def test_jobs_survive_a_broker_that_is_away_and_gateway_killed(client: Client) -> None:
    server = client.gateway.server
    await client.accepted(b"before")  # so that workers are known
    server.kill()
    job_id = await client.accepted(b"while the broker is away")
    server.start()
    seen: asyncio.Queue[str] = asyncio.Queue()

    async def work(event: envelope_pb2.Envelope) -> None:
        seen.put_nowait(event.parse_job_queued.job_id)

    async with working(client.gateway, work), asyncio.timeout(PATIENCE_SECONDS):
        while await seen.get() != job_id:
            pass
    await client.finish(job_id)
    assert (await client.get(job_id)).status == "completed"


async def test_only_the_mesh_may_do_the_work(client: Client) -> None:
    request = parse_work_service_pb2.BeginParseJobRequest(job_id="0190aaaa-0000-7000-8000-000000000001")
    error = await failure(client.work.BeginParseJob(request, metadata=client.user))
    assert error.wire_reason == "PERMISSION_DENIED"
