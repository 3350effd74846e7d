"""Matching as it is deployed: events over JetStream into Postgres, once each, whatever dies meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from hiremesh.events.v1 import envelope_pb2
from hiremesh.inference.v1 import inference_service_pb2, inference_service_pb2_grpc
from hiremesh.matching.v1 import matching_service_pb2_grpc
from hiremesh.matching.v1.matching_service_pb2 import MatchResumeRequest
from matching_service.adapters.store import SqlTransactions
from matching_service.adapters.tables import candidates, inbox, metadata
from matching_service.app import INFERENCE, build, compose, utc_now
from matching_service.consumer import DURABLE, SUBJECTS
from matching_service.domain.model import Candidate
from matching_service.settings import Settings
from meshkit.database import open_database
from meshkit.events import subject_of
from meshkit.interceptors.call import ServicerContext
from meshkit.lifecycle import background
from meshkit.messaging import EventConsumer, EventPublisher, Handler, Redelivery, connect_broker, ensure_streams
from meshkit.pages import PageTokens
from meshkit.server import Service, Servicer
from meshkit.testing import MESH_TOKEN, TokenIssuer, listening, serving, user_metadata
from tests.support.builders.matching import OWNER, SECRET, SOMEBODY_ELSE, deleted_event, erased_event, parsed_event
from tests.support.fakes.matching import ScriptedReader, ScriptedResumes, ScriptedWriter, WordEmbedder
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
    async def matching(self) -> AsyncIterator[Service]:
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


async def test_the_migrations_make_the_tables_of_the_code(outside: Outside) -> None:
    async with outside.database.connect() as connection:
        differences = await connection.run_sync(
            lambda sync: compare_metadata(MigrationContext.configure(sync), metadata)
        )
    assert differences == []


async def test_a_parsed_resume_can_be_matched(outside: Outside) -> None:
    event = parsed_event("Python", "Postgres")
    await outside.publish(event)
    async with outside.matching() as service:
        await stored(outside, event.resume_parsed.resume_id)
        async with serving(*service.servicers, verifier=outside.issuer.verifier()) as channel:
            stub: matching_service_pb2_grpc.MatchingServiceAsyncStub = matching_service_pb2_grpc.MatchingServiceStub(
                channel
            )
            request = MatchResumeRequest(
                resume_id=event.resume_parsed.resume_id, job_description="Requirements: Python, Kubernetes"
            )
            answer = await stub.MatchResume(request, metadata=user_metadata(outside.issuer.token(OWNER)))
    assert (list(answer.matching_skills), list(answer.missing_skills)) == (["Python"], ["Kubernetes"])
    assert answer.embedding_model == "words"


async def test_an_event_that_comes_twice_is_applied_once(outside: Outside) -> None:
    event = parsed_event("Python")
    resume_id = event.resume_parsed.resume_id
    # The copy differs, so that applying it would show.
    copy = parsed_event("Java", resume_id=resume_id)
    copy.id = event.id
    async with outside.matching():
        await outside.publish(event)
        await stored(outside, resume_id)
        first = await outside.candidate(resume_id)
        await outside.publish(copy, copy="-again")

        async def came_again() -> bool:
            return outside.inference.embedder.calls == 2

        await eventually(came_again)
    assert first is not None
    assert await outside.candidate(resume_id) == first
    assert await outside.count(inbox) == 1


async def test_a_worker_that_dies_between_effect_and_acknowledgement_applies_once(outside: Outside) -> None:
    event = parsed_event("Python")
    await outside.publish(event)
    events = compose(
        SqlTransactions(outside.database, SECRET),
        WordEmbedder(),
        ScriptedWriter(),
        ScriptedReader(),
        ScriptedResumes(),
        utc_now,
        arrival_grace=timedelta(0),
        tokens=PageTokens(SecretStr("secret")),
    ).events
    applied, again = asyncio.Event(), asyncio.Event()

    async def apply_and_hang(received: envelope_pb2.Envelope) -> None:
        await events(received)
        applied.set()
        await asyncio.Event().wait()

    async def apply(received: envelope_pb2.Envelope) -> None:
        await events(received)
        again.set()

    async def consume(handler: Handler, until: asyncio.Event) -> None:
        connection = await connect_broker(outside.broker.url, name="worker")
        soon = Redelivery(ack_wait=timedelta(seconds=0.5))
        consumer = EventConsumer(connection, durable=DURABLE, subjects=SUBJECTS, handler=handler, redelivery=soon)
        async with background("worker", consumer.run()), asyncio.timeout(SECONDS):
            await until.wait()
        await connection.close()

    await consume(apply_and_hang, applied)
    before = await outside.candidate(event.resume_parsed.resume_id)
    await consume(apply, again)
    assert before is not None
    assert await outside.candidate(event.resume_parsed.resume_id) == before
    assert (await outside.count(inbox), await outside.count(candidates)) == (1, 1)


async def test_a_user_who_was_erased_leaves_no_candidate_and_comes_back_with_none(outside: Outside) -> None:
    mine, theirs = parsed_event("Python"), parsed_event("Python", owner_id=SOMEBODY_ELSE)
    async with outside.matching():
        for event in (mine, theirs):
            await outside.publish(event)

        async def both() -> bool:
            return await outside.count(candidates) == 2

        await eventually(both)
        await outside.publish(erased_event())

        async def one() -> bool:
            return await outside.count(candidates) == 1

        await eventually(one)
        late = parsed_event("SQL", resume_id=mine.resume_parsed.resume_id)
        await outside.publish(late)

        async def applied() -> bool:
            return await outside.count(inbox) == 4

        await eventually(applied)
    assert await outside.count(candidates) == 1
    assert await outside.candidate(mine.resume_parsed.resume_id) is None


async def test_an_event_waits_while_inference_is_away(outside: Outside) -> None:
    outside.inference.embedder.away = True
    event = parsed_event("Python")
    await outside.publish(event)
    async with outside.matching():

        async def tried() -> bool:
            return outside.inference.embedder.calls > 0

        await eventually(tried)
        assert await outside.candidate(event.resume_parsed.resume_id) is None
        outside.inference.embedder.away = False
        await stored(outside, event.resume_parsed.resume_id)


async def test_a_broker_that_is_killed_and_comes_back_loses_nothing(outside: Outside) -> None:
    first, second = parsed_event("Python"), parsed_event("SQL")
    async with outside.matching():
        await outside.publish(first)
        await stored(outside, first.resume_parsed.resume_id)
        outside.broker.kill()
        outside.broker.start()
        await outside.publish(second)
        await stored(outside, second.resume_parsed.resume_id)
    assert await outside.count(inbox) == 2


async def test_a_deleted_resume_is_erased_from_every_table(outside: Outside) -> None:
    event = parsed_event("Python")
    resume_id = event.resume_parsed.resume_id
    async with outside.matching():
        await outside.publish(event)
        await stored(outside, resume_id)
        await outside.publish(deleted_event(resume_id))

        async def is_gone() -> bool:
            return await outside.candidate(resume_id) is None

        await eventually(is_gone)
    assert await outside.count(candidates) == 0


async def test_a_deletion_that_overtakes_its_parse_wins(outside: Outside) -> None:
    event = parsed_event("Python")
    await outside.publish(deleted_event(event.resume_parsed.resume_id))
    await outside.publish(event)
    async with outside.matching():

        async def both_handled() -> bool:
            return await outside.count(inbox) == 2

        await eventually(both_handled)
    assert await outside.count(candidates) == 0
