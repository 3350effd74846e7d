"""What may fail while documents are read in the background, one after the other: a real gateway, a real worker, a real database,
broker and storage. docs/failures.md says what users and operators see; each of its rows names its test.

Workers are killed at the points between them and gateway (`tests/support/worker_process.py`): nothing in the mesh knows of the test.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg
import httpx
import pytest

from localmesh.postgres import SUPERUSER
from tests.support.background import HASTY, Parts, the_worker_is_known
from tests.support.builders import documents
from tests.support.gateway_client import ENDED, Client, failure
from tests.support.gateway_process import PATIENCE_SECONDS, gateway_running, issuer
from tests.support.nats import NewBroker
from tests.support.postgres import PASSWORD, PostgresUrl
from tests.support.s3 import ACCESS_KEY, BUCKET, SECRET_KEY, NewS3Server, S3Server
from tests.support.worker_process import worker_running


@pytest.mark.parametrize(
    ("step", "method", "attempts"),
    [
        ("it has the message and has told nobody", "before BeginParseJob", 1),
        ("its attempt has begun and it does not have the document", "after BeginParseJob", 2),
        ("it reads the document", "after ReportParseJob", 2),
        ("it has read the document and not handed in the resume", "before CompleteParseJob", 2),
        ("the resume is stored and the message is not acknowledged", "after CompleteParseJob", 1),
    ],
)
async def test_a_worker_that_is_killed_at_any_step_is_replaced_and_the_job_is_done_once(
    parts: Parts, step: str, method: str, attempts: int
) -> None:
    await the_worker_is_known(parts)
    before, kills = await parts.state(), parts.worker.kills
    when, name = method.split()
    arm = parts.worker.points.before if when == "before" else parts.worker.points.after
    arm(name, parts.worker.die_and_come_back)
    # A scan takes long enough to be seen while it is read.
    job = await parts.client.ended(await parts.client.accepted(documents.scan(step)))
    assert (job.status, job.code, job.attempts) == ("completed", "", attempts)
    assert job.result.personal.email == documents.EMAIL
    # After the last step the job has ended before the worker has.
    async with asyncio.timeout(PATIENCE_SECONDS):
        while parts.worker.kills == kills:  # noqa: ASYNC110  # another process
            await asyncio.sleep(0.05)
    assert parts.worker.kills == kills + 1
    await done_once(parts, job.jobId, before)


async def done_once(parts: Parts, job_id: str, before: tuple[int, int]) -> None:
    """One resume and one file more than before, no work left, and one end told."""
    await parts.settled()
    assert await parts.state() == (before[0] + 1, before[1] + 1)
    states = [event.get("status") for event in await parts.client.told(job_id)]
    assert [state for state in states if state in ENDED] == ["completed"]


async def test_a_document_that_ends_what_reads_it_fails_and_is_buried_until_an_operator_tries_again(
    parts: Parts,
) -> None:
    await the_worker_is_known(parts)
    before = await parts.state()
    parts.worker.points.after("ReportParseJob", parts.worker.kill_readers)
    poison, healthy = [await parts.client.accepted(documents.scan(name)) for name in ("poison", "healthy")]
    job = await parts.client.ended(poison)
    assert (job.status, job.code, job.attempts) == ("failed", "DOCUMENT_TOO_COMPLEX", 1)
    assert (await parts.client.ended(healthy)).status == "completed"
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not (letters := (await parts.client.do("ListDeadLetters")).letters):  # noqa: ASYNC110  # another process
            await asyncio.sleep(0.05)
    (letter,) = letters
    assert (letter.job_id, letter.code) == (poison, "DOCUMENT_TOO_COMPLEX")
    await parts.client.gateway.until_figure("hiremesh_parse_dead_letters", 1)
    await parts.client.do("RetryDeadLetter", id=letter.id)
    assert (await parts.client.ended(poison)).status == "completed"
    await parts.settled()
    assert await parts.state() == (before[0] + 2, before[1] + 2)
    await parts.client.gateway.until_figure("hiremesh_parse_dead_letters", 0)


@asynccontextmanager
async def administering(parts: Parts) -> AsyncIterator[asyncpg.Connection]:
    address = httpx.URL(parts.client.gateway.database)
    database = await asyncpg.connect(
        host="127.0.0.1", port=address.port, user=SUPERUSER, password=PASSWORD, database=address.path[1:]
    )
    try:
        yield database
    finally:
        await database.close()


async def test_a_relay_that_is_down_for_longer_than_the_mesh_is_patient_delays_jobs_and_doubles_none(
    parts: Parts,
) -> None:
    await the_worker_is_known(parts)
    before = await parts.state()
    async with administering(parts) as database:
        # The relay can neither read nor remove what stands in the outbox; writing goes on.
        await database.execute("REVOKE SELECT, DELETE ON gateway.outbox FROM gateway")
        job_id = await parts.client.accepted(documents.text_resume("relay"))
        await parts.client.gateway.until_figure("hiremesh_parse_jobs_open", 1, priority="interactive")
        assert (await parts.client.get(job_id)).status == "queued"
        async with asyncio.timeout(PATIENCE_SECONDS):
            # Queued again, twice, as if the broker had lost it.
            while await database.fetchval("SELECT count(*) FROM gateway.outbox") < 3:  # noqa: ASYNC110  # another process
                await asyncio.sleep(0.1)
        assert (await parts.client.get(job_id)).status == "queued"
        await database.execute("GRANT SELECT, DELETE ON gateway.outbox TO gateway")
    assert (await parts.client.ended(job_id)).attempts == 1
    await done_once(parts, job_id, before)


@pytest.mark.parametrize("hours", [1, -1])
async def test_a_replica_whose_clock_is_an_hour_off_neither_loses_nor_repeats_work_nor_tells_wrong_times(
    parts: Parts, hours: int
) -> None:
    await the_worker_is_known(parts)
    before, seconds = await parts.state(), hours * 3600
    gateway, worker = parts.client.gateway, parts.worker
    program = ("-m", "tests.support.skewed_gateway", str(seconds))
    async with gateway_running(gateway.database, gateway.server, parts.storage, program=program, **HASTY) as replica:
        # Tokens are believed by the machine's own clock: those of everybody else are expired, or not valid yet.
        error = await failure(Client(replica).submit(b"refused"))
        assert error.wire_reason == "INVALID_TOKEN"
        client = Client(replica, token=issuer.token(exp=int(time.time()) + 7200, iat=None))
        reading, go_on = asyncio.Event(), asyncio.Event()

        async def hold(_: bytes) -> None:
            reading.set()
            await go_on.wait()

        worker.points.before("CompleteParseJob", hold)
        job_id = await client.accepted(documents.text_resume(f"{hours} hours"))
        async with asyncio.timeout(PATIENCE_SECONDS):
            await reading.wait()
            # Some rounds of upkeep, which would take the job for lost, and its document for forgotten.
            ages = set[float]()
            while len(ages) < 4:
                ages.add(await replica.figure("hiremesh_parse_jobs_oldest_seconds"))
                await asyncio.sleep(0.1)
        go_on.set()
        job = await client.ended(job_id)
        assert (job.status, job.attempts) == ("completed", 1)
        assert abs(job.createdAt - time.time()) < PATIENCE_SECONDS
        assert max(ages) < PATIENCE_SECONDS
        assert [update.state for update in await client.updates(job_id)] == [1, 2, 3]
        await replica.until_figure("hiremesh_clock_offset_seconds", pytest.approx(-seconds, abs=5))
    await done_once(parts, job_id, before)


@dataclass
class S3Parts(Parts):
    """With the documents in S3."""

    s3: S3Server

    async def state(self) -> tuple[int, int]:
        resumes = await self.client.resumes()
        return resumes, await self.client.rows("SELECT count(*) FROM documents")


@pytest.fixture(scope="module")
async def s3_parts(
    postgres_url: PostgresUrl,
    new_nats_server: NewBroker,
    new_s3_server: NewS3Server,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[S3Parts]:
    s3 = new_s3_server()
    settings = {
        "STORAGE_TYPE": "s3",
        "AWS_BUCKET_NAME": BUCKET,
        "AWS_REGION": s3.region,
        "AWS_ENDPOINT_URL": s3.endpoint,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
    }
    unused = tmp_path_factory.mktemp("unused")
    async with (
        gateway_running(postgres_url("gateway"), new_nats_server(), unused, **settings) as gateway,
        worker_running(gateway) as worker,
    ):
        yield S3Parts(Client(gateway), worker, unused, s3)


@pytest.mark.parametrize("fault", ["killed", "stopped"])
async def test_while_s3_is_away_a_document_is_read_at_once_or_refused_and_nothing_is_accepted(
    s3_parts: S3Parts, fault: str
) -> None:
    await the_worker_is_known(s3_parts)
    s3, client = s3_parts.s3, s3_parts.client
    jobs = await client.rows("SELECT count(*) FROM parse_jobs")
    s3.kill() if fault == "killed" else s3.stop()
    try:
        document = documents.text_resume(fault)
        error, answer = await asyncio.gather(
            failure(client.submit(document, fallback_to_sync=False)), client.submit(document)
        )
    finally:
        s3.start() if fault == "killed" else s3.go_on()
    assert (error.wire_reason, str(error)) == (
        "SERVICE_UNAVAILABLE",
        "The document storage is not available; retry later",
    )
    assert (answer.processingMode, answer.status) == ("sync_fallback", "completed")
    assert answer.result.metadata.fallback_reason == "storage_unavailable"
    assert await client.rows("SELECT count(*) FROM parse_jobs") == jobs
    original = client.document(answer.result.metadata.resume_id)
    assert (await failure(original)).wire_reason == "NOT_FOUND"


async def test_a_job_waits_for_an_s3_that_went_away_after_the_upload(s3_parts: S3Parts) -> None:
    await the_worker_is_known(s3_parts)
    asked = asyncio.Event()
    s3, client, points = s3_parts.s3, s3_parts.client, s3_parts.worker.points

    async def go_away(_: bytes) -> None:
        s3.kill()

    async def refused(_: bytes) -> None:
        asked.set()

    points.before("BeginParseJob", go_away)
    job_id = await client.accepted(documents.text_resume("s3"))
    async with asyncio.timeout(PATIENCE_SECONDS):
        while s3.runs:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        points.before("BeginParseJob", refused)
        await asked.wait()  # once more: gateway said that it cannot
    assert (await client.get(job_id)).status == "queued"
    s3.start()
    job = await client.ended(job_id)
    assert (job.status, job.attempts) == ("completed", 1)
    await s3_parts.settled()
