"""What may fail while documents are read in the background, one after the other: a real gateway, a real worker, a real database,
broker and storage. The table in services/gateway/README.md says what a user sees; each of its rows names its test.

Workers are killed at the points between them and gateway (`tests/support/worker_process.py`): nothing in the mesh knows of the test.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from meshkit.messaging import WORK_STREAM
from tests.support.builders import documents
from tests.support.gateway_client import ENDED, Client
from tests.support.gateway_process import PATIENCE_SECONDS, gateway_running
from tests.support.nats import NewBroker
from tests.support.postgres import PostgresUrl
from tests.support.worker_process import WorkerProcess, worker_running

# So that nobody waits for what takes minutes in a real mesh.
HASTY = {
    "MAX_JOB_ATTEMPTS": "3",
    "UPKEEP_INTERVAL": "PT0.5S",
    "JOB_FORGOTTEN_AFTER": "PT2S",
    "RELEASED_DOCUMENT_RETENTION": "PT1S",
}


@dataclass
class Parts:
    """What the tests of this module share."""

    client: Client
    worker: WorkerProcess
    storage: Path

    def files(self) -> int:
        return sum(path.is_file() for path in self.storage.rglob("*"))

    async def unsettled(self) -> int:
        """Work items that somebody has, or will get."""
        info = await self.client.gateway.broker.jetstream().stream_info(WORK_STREAM)
        return int(info.state.messages)

    async def settled(self) -> None:
        """Returns when no work is left: the broker has nothing more to hand out."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await self.unsettled():  # noqa: ASYNC110  # the broker has no event to await
                await asyncio.sleep(0.05)


@pytest.fixture(scope="module")
async def parts(
    postgres_url: PostgresUrl, new_nats_server: NewBroker, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Parts]:
    storage = tmp_path_factory.mktemp("storage")
    async with (
        gateway_running(postgres_url("gateway"), new_nats_server(), storage, **HASTY) as gateway,
        worker_running(gateway) as worker,
    ):
        yield Parts(Client(gateway), worker, storage)


async def the_worker_is_known(parts: Parts) -> None:
    """Gateway asks every second; without an answer it would read the document itself."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (accepted := await parts.client.submit(documents.text_resume("known"))).processingMode:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    await parts.client.ended(accepted.jobId.string_value)
    await parts.settled()


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
    resumes, files, kills = await parts.client.resumes(), parts.files(), parts.worker.kills
    when, name = method.split()
    arm = parts.worker.points.before if when == "before" else parts.worker.points.after
    arm(name, parts.worker.die_and_come_back)
    # A scan takes long enough to be seen while it is read.
    job = await parts.client.ended(await parts.client.accepted(documents.scan(step)))
    assert (job.status, job.code, job.attempts) == ("completed", "", attempts)
    assert job.result.personal.email == documents.EMAIL
    await parts.settled()
    assert parts.worker.kills == kills + 1
    assert (await parts.client.resumes(), parts.files()) == (resumes + 1, files + 1)
    states = [event.get("status") for event in await parts.client.told(job.jobId)]
    assert [state for state in states if state in ENDED] == ["completed"]
