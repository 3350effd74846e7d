"""Matching as it is deployed: events over JetStream into Postgres, once each, whatever dies meanwhile."""

import asyncio
from datetime import timedelta

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from pydantic import SecretStr

from hiremesh.events.v1 import envelope_pb2
from hiremesh.matching.v1 import matching_service_pb2_grpc
from hiremesh.matching.v1.matching_service_pb2 import MatchResumeRequest
from matching_service.adapters.store import SqlTransactions
from matching_service.adapters.tables import candidates, inbox, metadata
from matching_service.app import compose, utc_now
from matching_service.consumer import DURABLE, SUBJECTS
from meshkit.lifecycle import background
from meshkit.messaging import EventConsumer, Handler, Redelivery, connect_broker
from meshkit.pages import PageTokens
from meshkit.testing import serving, user_metadata
from tests.support.builders.matching import OWNER, SECRET, SOMEBODY_ELSE, deleted_event, erased_event, parsed_event
from tests.support.fakes.matching import ScriptedReader, ScriptedResumes, ScriptedWriter, WordEmbedder
from tests.support.matching_service import SECONDS, Outside, eventually, stored


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
        secret=SECRET,
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
