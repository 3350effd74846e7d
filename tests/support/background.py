"""A gateway and a worker that work together, on a database, a broker and a storage of their own."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from meshkit.messaging import WORK_STREAM
from tests.support.builders import documents
from tests.support.gateway_client import Client
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

    async def state(self) -> tuple[int, int]:
        """Resumes in the database, and files in the storage."""
        return await self.client.resumes(), sum(path.is_file() for path in self.storage.rglob("*"))

    async def unsettled(self) -> int:
        """Work items that somebody has, or will get."""
        info = await self.client.gateway.broker.jetstream().stream_info(WORK_STREAM)
        return int(info.state.messages)

    async def settled(self) -> None:
        """Returns when no work is left: the broker has nothing more to hand out."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await self.unsettled():  # noqa: ASYNC110  # the broker has no event to await
                await asyncio.sleep(0.05)


@pytest.fixture(scope="session")
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
    """Returns when the worker is there and idle. Gateway asks every second; without an answer it would read documents itself."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (accepted := await parts.client.submit(documents.text_resume("known"))).processingMode:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    await parts.client.ended(accepted.jobId.string_value)
    await parts.settled()
