"""Matching with a real database and broker; inference is a server of the test."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import sqlalchemy as sa
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from hiremesh.events.v1 import envelope_pb2
from hiremesh.inference.v1 import inference_service_pb2, inference_service_pb2_grpc
from matching_service.adapters.store import SqlTransactions
from matching_service.app import INFERENCE, build
from matching_service.domain.model import Candidate
from matching_service.settings import Settings
from meshkit.database import open_database
from meshkit.events import subject_of
from meshkit.interceptors.call import ServicerContext
from meshkit.messaging import EventPublisher, connect_broker, ensure_streams
from meshkit.server import Service, Servicer
from meshkit.testing import MESH_TOKEN, TokenIssuer, listening
from tests.support.builders.matching import OWNER, SECRET
from tests.support.fakes.matching import WordEmbedder
from tests.support.nats import NatsServer, NewBroker
from tests.support.postgres import PostgresUrl

SECONDS = 30


class Inference(inference_service_pb2_grpc.InferenceServiceServicer):
    def __init__(self) -> None:
        self.embedder = WordEmbedder()

    async def Embed(
        self, request: inference_service_pb2.EmbedRequest, context: ServicerContext
    ) -> inference_service_pb2.EmbedResponse:
        found = await self.embedder.embed(request.texts, tenant=request.tenant)
        return inference_service_pb2.EmbedResponse(
            embeddings=[inference_service_pb2.Embedding(values=each.vector) for each in found],
            model=self.embedder.model,
        )


@dataclass
class Outside:
    """Everything around matching."""

    broker: NatsServer
    database: AsyncEngine
    url: str
    inference: Inference
    inference_target: str
    issuer: TokenIssuer = field(default_factory=TokenIssuer)

    async def publish(self, event: envelope_pb2.Envelope, *, copy: str = "") -> None:
        """A `copy` gets past the broker's own deduplication."""
        connection = await connect_broker(self.broker.url, name="tests")
        await ensure_streams(connection)
        await EventPublisher(connection)(subject_of(event), f"{event.id}{copy}", event.SerializeToString())
        await connection.close()

    async def candidate(self, resume_id: str) -> Candidate | None:
        async with SqlTransactions(self.database, SECRET)() as tx:
            return await tx.candidates.find(resume_id, owner_id=OWNER)

    async def count(self, table: sa.Table) -> int:
        async with self.database.connect() as connection:
            return await connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0

    @asynccontextmanager
    async def matching(self, *, sweep_interval: timedelta = timedelta(minutes=1)) -> AsyncIterator[Service]:
        """The service as its composition root builds it."""
        settings = Settings(
            port=0,
            metrics_port=0,
            mesh_token=MESH_TOKEN,
            database_url=SecretStr(self.url),
            nats_url=self.broker.url,
            auth_target="127.0.0.1:1",  # tests bring their own verifier
            gateway_target="127.0.0.1:1",
            inference_target=self.inference_target,
            parser_target="127.0.0.1:1",
            encryption_secret=SECRET,
            embedding_timeout=timedelta(seconds=2),
            sweep_interval=sweep_interval,
        )
        async with AsyncExitStack() as stack:
            service = await build(stack, settings)
            yield service
            for stop in service.stop_consuming:
                await stop()


@pytest.fixture
async def outside(postgres_url: PostgresUrl, new_nats_server: NewBroker) -> AsyncIterator[Outside]:
    url, inference = postgres_url("matching"), Inference()  # type: ignore[abstract]  # only Embed is ever called
    database = open_database(url)
    served = Servicer(INFERENCE, inference_service_pb2_grpc.add_InferenceServiceServicer_to_server, inference)
    async with listening(served) as target:
        yield Outside(new_nats_server(), database, url, inference, target)
    await database.dispose()


async def eventually(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(SECONDS):
        while not await condition():  # noqa: ASYNC110  # a database sets no event of ours
            await asyncio.sleep(0.02)


async def stored(outside: Outside, resume_id: str) -> None:
    async def is_there() -> bool:
        return await outside.candidate(resume_id) is not None

    await eventually(is_there)
