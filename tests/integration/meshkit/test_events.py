"""From the transaction of a cause to the transaction of its effect: outbox, relay, JetStream, consumer, inbox, all real."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count

import asyncpg
import pytest
import sqlalchemy as sa
from nats.aio.client import Client
from nats.js.errors import NotFoundError
from sqlalchemy.ext.asyncio import AsyncEngine

from hiremesh.events.v1 import envelope_pb2, resume_pb2
from localmesh.postgres import SUPERUSER, Cluster
from meshkit.database import open_database
from meshkit.errors import ServiceUnavailable
from meshkit.events import envelope
from meshkit.lifecycle import background
from meshkit.messaging import (
    DEAD_LETTER_STREAM,
    EVENT_STREAM,
    EventConsumer,
    EventPublisher,
    Handler,
    Redelivery,
    connect_broker,
    ensure_streams,
)
from meshkit.outbox import Inbox, Outbox, OutboxRelay, inbox_table, outbox_table
from tests.support.nats import NewBroker
from tests.support.postgres import PASSWORD, PostgresUrl

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SUBJECT = "hiremesh.resume.v1.deleted"
SOON = Redelivery(ack_wait=timedelta(seconds=1), delays=(timedelta(milliseconds=20),), tries=3)
PATIENCE_SECONDS = 120

metadata = sa.MetaData()
outbox = outbox_table(metadata)
inbox = inbox_table(metadata)
effects = sa.Table("effects", metadata, sa.Column("resume_id", sa.Text))

_numbers = count(1)


def event(resume_id: str) -> envelope_pb2.Envelope:
    fact = resume_pb2.ResumeDeleted(resume_id=resume_id, owner_id="u1")
    return envelope(fact, source="tests", subject=resume_id, tenant="t1", now=NOW)


async def eventually(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await condition():  # noqa: ASYNC110  # what other processes do sets no event of ours
            await asyncio.sleep(0.02)


@dataclass
class World:
    """A database and a broker, with one service that tells and one that listens."""

    engine: AsyncEngine
    broker: Client
    durable: str = field(default_factory=lambda: f"listener_{next(_numbers)}")

    async def tell(self, *events: envelope_pb2.Envelope) -> None:
        async with self.engine.begin() as tx:
            for each in events:
                await Outbox(outbox).append(tx, each)

    async def apply(self, happened: envelope_pb2.Envelope) -> None:
        """The handler of the listening service: the effect, once."""
        async with self.engine.begin() as tx:
            if await Inbox(inbox).first_time(tx, happened.id):
                await tx.execute(effects.insert().values(resume_id=happened.subject))

    def relay(self) -> OutboxRelay:
        return OutboxRelay(self.engine, outbox, EventPublisher(self.broker), interval=timedelta(milliseconds=10))

    def consumer(
        self, handler: Handler | None = None, *, redelivery: Redelivery = SOON, at_once: int = 8
    ) -> EventConsumer:
        return EventConsumer(
            self.broker,
            durable=self.durable,
            subjects=[SUBJECT],
            handler=handler or self.apply,
            redelivery=redelivery,
            concurrency=at_once,
        )

    @asynccontextmanager
    async def running(self, consumer: EventConsumer | None = None) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(background("relay", self.relay().run()))
            await stack.enter_async_context(background("consumer", (consumer or self.consumer()).run()))
            yield

    async def applied(self) -> list[str]:
        async with self.engine.connect() as connection:
            return sorted((await connection.scalars(sa.select(effects.c.resume_id))).all())

    async def waiting(self) -> int:
        async with self.engine.connect() as connection:
            return (await connection.execute(sa.select(sa.func.count()).select_from(outbox))).scalar_one()

    async def await_effects(self, *resume_ids: str) -> None:
        """Each of them, and each once: two of one make the lists differ for ever."""

        async def there() -> bool:
            return await self.applied() == sorted(resume_ids)

        await eventually(there)

    async def await_settled(self) -> None:
        """Every event that was told is answered for: nothing is left to come again."""

        async def settled() -> bool:
            info = await self.broker.jetstream().consumer_info(EVENT_STREAM, self.durable)
            return info.num_pending == 0 and info.num_ack_pending == 0 and await self.waiting() == 0

        await eventually(settled)

    async def stored_events(self) -> int:
        return (await self.broker.jetstream().stream_info(EVENT_STREAM)).state.messages

    async def dead_letters(self) -> int:
        return (await self.broker.jetstream().stream_info(DEAD_LETTER_STREAM)).state.messages


@pytest.fixture
async def engine(postgres_url: PostgresUrl) -> AsyncIterator[AsyncEngine]:
    opened = open_database(postgres_url("gateway"))
    async with opened.begin() as connection:
        await connection.run_sync(metadata.create_all)
    yield opened
    await opened.dispose()


@pytest.fixture
async def world(engine: AsyncEngine, new_nats_server: NewBroker) -> AsyncIterator[World]:
    server = new_nats_server()
    broker = await connect_broker(server.url, name="tests")
    await ensure_streams(broker)
    yield World(engine, broker)
    await broker.close()
    server.stop()


async def test_an_event_arrives_with_everything_that_was_told(world: World) -> None:
    told = event("r1")
    received: list[envelope_pb2.Envelope] = []

    async def note(happened: envelope_pb2.Envelope) -> None:
        received.append(happened)
        await world.apply(happened)

    async with world.running(world.consumer(note)):
        await world.tell(told)
        await world.await_effects("r1")
        await world.await_settled()
    assert received == [told]


async def test_an_event_of_a_transaction_that_failed_is_never_told(world: World) -> None:
    async def tell_and_fail() -> None:
        async with world.engine.begin() as tx:
            await Outbox(outbox).append(tx, event("never"))
            raise ZeroDivisionError

    async with world.running():
        with pytest.raises(ZeroDivisionError):
            await tell_and_fail()
        await world.tell(event("r1"))
        await world.await_effects("r1")
        await world.await_settled()
    assert await world.stored_events() == 1


async def test_events_reach_the_broker_in_the_order_of_their_making(world: World) -> None:
    events = [event(f"r{number}") for number in range(7)]
    await world.tell(*reversed(events))
    sent: list[str] = []

    async def publish(_subject: str, event_id: str, _payload: bytes) -> None:
        sent.append(event_id)

    relay = OutboxRelay(world.engine, outbox, publish)
    assert [await relay.publish_batch(limit=5) for _ in range(3)] == [5, 2, 0]
    assert sent == [each.id for each in events]


async def test_two_relays_at_once_publish_each_event_once(world: World) -> None:
    events = [event(f"r{number}") for number in range(20)]
    await world.tell(*events)
    sent: list[str] = []
    both_have_begun = asyncio.Barrier(2)

    def relay() -> OutboxRelay:
        begun = False

        async def publish(_subject: str, event_id: str, _payload: bytes) -> None:
            nonlocal begun
            if not begun:
                begun = True
                await both_have_begun.wait()
            sent.append(event_id)

        return OutboxRelay(world.engine, outbox, publish)

    await asyncio.gather(relay().publish_batch(limit=10), relay().publish_batch(limit=10))
    assert sorted(sent) == sorted(each.id for each in events)
    assert await world.waiting() == 0


async def test_a_relay_that_dies_between_publishing_and_removing_publishes_again_and_the_effect_stays_one(
    world: World,
) -> None:
    await world.tell(event("r1"))
    real = EventPublisher(world.broker)

    async def publish_and_die(subject: str, event_id: str, payload: bytes) -> None:
        await real(subject, event_id, payload)
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await OutboxRelay(world.engine, outbox, publish_and_die).publish_batch()
    assert (await world.waiting(), await world.stored_events()) == (1, 1)
    async with world.running():
        await world.await_effects("r1")
        await world.await_settled()
    assert await world.stored_events() == 1


async def test_an_id_that_the_broker_holds_twice_has_one_effect(world: World) -> None:
    payload = event("r1").SerializeToString()
    for _ in range(2):  # without an id in the header the broker cannot tell that they are one
        await world.broker.jetstream().publish(SUBJECT, payload)
    assert await world.stored_events() == 2
    async with world.running():
        await world.await_effects("r1")
        await world.await_settled()
    assert (await world.applied(), await world.dead_letters()) == (["r1"], 0)


async def test_a_consumer_that_dies_between_effect_and_acknowledgement_leaves_one_effect(world: World) -> None:
    await world.tell(event("r1"))
    effect_is_there = asyncio.Event()

    async def apply_and_hang(happened: envelope_pb2.Envelope) -> None:
        await world.apply(happened)
        effect_is_there.set()
        await asyncio.Event().wait()

    async with world.running(world.consumer(apply_and_hang)):
        await effect_is_there.wait()
    tries: list[str] = []

    async def apply(happened: envelope_pb2.Envelope) -> None:
        tries.append(happened.id)
        await world.apply(happened)

    async with world.running(world.consumer(apply)):
        await world.await_settled()
    assert len(tries) == 1
    assert await world.applied() == ["r1"]


async def test_a_broker_that_is_killed_delays_events_and_loses_none(
    engine: AsyncEngine, new_nats_server: NewBroker
) -> None:
    server = new_nats_server()
    broker = await connect_broker(server.url, name="tests")
    await ensure_streams(broker)
    world = World(engine, broker)
    in_hand, go_on = asyncio.Event(), asyncio.Event()

    async def apply_when_told(happened: envelope_pb2.Envelope) -> None:
        in_hand.set()
        await go_on.wait()
        await world.apply(happened)

    async with world.running(world.consumer(apply_when_told)):
        await world.tell(event("before"))
        await in_hand.wait()
        server.kill()
        await world.tell(event("meanwhile"))
        go_on.set()  # its acknowledgement finds no broker
        await world.await_effects("before")
        server.start()
        await world.tell(event("after"))
        await world.await_effects("before", "meanwhile", "after")
        await world.await_settled()
    await broker.close()


async def test_a_broker_that_comes_back_without_its_data_is_set_up_again(
    engine: AsyncEngine, new_nats_server: NewBroker
) -> None:
    server = new_nats_server()
    broker = await connect_broker(server.url, name="tests")
    await ensure_streams(broker)
    world = World(engine, broker)
    async with world.running():
        await world.tell(event("before"))
        await world.await_effects("before")
        server.kill()
        shutil.rmtree(server.folder / "jetstream")
        await world.tell(event("after"))
        server.start()
        await world.await_effects("before", "after")
    await broker.close()


async def test_a_database_that_is_away_for_a_while_stops_neither_relay_nor_consumer(
    world: World, postgres: Cluster
) -> None:
    administrator = await asyncpg.connect(
        host="127.0.0.1", port=postgres.port, user=SUPERUSER, password=PASSWORD, database="postgres"
    )
    name = world.engine.url.database
    failures = 0

    async def apply(happened: envelope_pb2.Envelope) -> None:
        nonlocal failures
        try:
            await world.apply(happened)
        except Exception:
            failures += 1
            raise ServiceUnavailable(service="The database") from None

    async def has_failed() -> bool:
        return failures >= SOON.tries + 1

    async with world.running(world.consumer(apply)):
        await world.tell(event("before"))
        await world.await_effects("before")
        await administrator.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        await administrator.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
        during = event("during")
        await EventPublisher(world.broker)(SUBJECT, during.id, during.SerializeToString())
        await eventually(has_failed)
        await administrator.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        await world.tell(event("after"))
        await world.await_effects("before", "during", "after")
    assert await world.dead_letters() == 0
    await administrator.close()


async def test_an_event_that_fails_for_a_while_is_tried_until_it_is_applied(world: World) -> None:
    tries = 0

    async def fail_twice(happened: envelope_pb2.Envelope) -> None:
        nonlocal tries
        tries += 1
        if tries < SOON.tries:
            raise ValueError
        await world.apply(happened)

    async with world.running(world.consumer(fail_twice)):
        await world.tell(event("r1"))
        await world.await_effects("r1")
        await world.await_settled()
    assert (tries, await world.dead_letters()) == (SOON.tries, 0)


async def test_an_event_that_always_fails_is_buried_with_its_cause_and_the_others_go_on(world: World) -> None:
    tries = 0

    async def fail_for_one(happened: envelope_pb2.Envelope) -> None:
        nonlocal tries
        if happened.subject == "poison":
            tries += 1
            raise KeyError("ada@example.org")
        await world.apply(happened)

    poison = event("poison")
    async with world.running(world.consumer(fail_for_one)):
        await world.tell(poison, event("r1"))
        await world.await_effects("r1")
        await world.await_settled()
    letter = await world.broker.jetstream().get_last_msg(DEAD_LETTER_STREAM, f"dead_letters.{world.durable}")
    assert tries == SOON.tries
    assert letter.headers == {"Hiremesh-Subject": SUBJECT, "Hiremesh-Cause": "KeyError"}
    assert envelope_pb2.Envelope.FromString(letter.data or b"") == poison


async def test_a_message_that_is_no_event_is_buried_at_once(world: World) -> None:
    await world.broker.jetstream().publish(SUBJECT, b"\xff\xff")
    async with world.running():
        await world.tell(event("r1"))
        await world.await_effects("r1")
        await world.await_settled()
    letter = await world.broker.jetstream().get_last_msg(DEAD_LETTER_STREAM, f"dead_letters.{world.durable}")
    assert (letter.data, (letter.headers or {})["Hiremesh-Cause"]) == (b"\xff\xff", "not an Envelope")


async def test_what_cannot_be_buried_is_kept_and_the_others_go_on(world: World) -> None:
    js = world.broker.jetstream()
    await js.publish(SUBJECT, b"\xff\xff")
    async with world.running():
        await world.tell(event("r1"))
        await world.await_effects("r1")
        await world.await_settled()
        await js.delete_stream(DEAD_LETTER_STREAM)
        await js.publish(SUBJECT, b"\xff\xff")
        await world.tell(event("r2"))
        await world.await_effects("r1", "r2")
        with pytest.raises(NotFoundError):
            await js.stream_info(DEAD_LETTER_STREAM)
        await ensure_streams(world.broker)
        await world.await_settled()
    assert await world.dead_letters() == 1


async def test_an_event_that_takes_long_holds_up_no_other(world: World) -> None:
    others_are_done = asyncio.Event()

    async def wait_for_the_others(happened: envelope_pb2.Envelope) -> None:
        if happened.subject == "slow":
            await others_are_done.wait()
        await world.apply(happened)

    patient = replace(SOON, ack_wait=timedelta(seconds=PATIENCE_SECONDS))
    async with world.running(world.consumer(wait_for_the_others, redelivery=patient, at_once=2)):
        await world.tell(event("slow"))
        await world.tell(*(event(f"r{number}") for number in range(3)))
        await world.await_effects("r0", "r1", "r2")
        others_are_done.set()
        await world.await_effects("r0", "r1", "r2", "slow")


async def test_no_more_events_are_in_hand_at_once_than_allowed(world: World) -> None:
    in_hand = most = 0
    both_are_here = asyncio.Event()

    async def count_in_hand(happened: envelope_pb2.Envelope) -> None:
        nonlocal in_hand, most
        in_hand += 1
        most = max(most, in_hand)
        if in_hand == 2:
            both_are_here.set()
        await both_are_here.wait()
        await world.apply(happened)
        in_hand -= 1

    ids = [f"r{number}" for number in range(6)]
    async with world.running(world.consumer(count_in_hand, at_once=2)):
        await world.tell(*(event(each) for each in ids))
        await world.await_effects(*ids)
    assert most == 2


async def test_stopping_finishes_the_events_in_hand_and_takes_no_others(world: World) -> None:
    in_hand, go_on = asyncio.Event(), asyncio.Event()

    async def apply_when_told(happened: envelope_pb2.Envelope) -> None:
        in_hand.set()
        await go_on.wait()
        await world.apply(happened)

    consumer = world.consumer(apply_when_told, at_once=1)
    async with world.running(consumer):
        await world.tell(event("in hand"))
        await in_hand.wait()
        stopping = asyncio.create_task(consumer.stop())
        await world.tell(event("later"))
        go_on.set()
        await stopping
        assert await world.applied() == ["in hand"]
    async with world.running():
        await world.await_effects("in hand", "later")
        await world.await_settled()
    assert await world.applied() == ["in hand", "later"]


async def test_streams_that_are_there_are_left_with_their_events(world: World) -> None:
    await world.tell(event("r1"))
    await world.relay().publish_batch()
    await ensure_streams(world.broker)
    assert await world.stored_events() == 1
