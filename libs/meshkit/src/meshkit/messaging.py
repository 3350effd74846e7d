"""NATS JetStream: publishing events, and consuming them at least once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

import grpc
import nats
import nats.errors
import structlog
from google.protobuf.message import DecodeError
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, RetentionPolicy, StreamConfig
from nats.js.errors import APIError
from opentelemetry import trace
from opentelemetry.trace import SpanKind
from prometheus_client import Counter

from hiremesh.events.v1 import envelope_pb2
from meshkit.errors import DomainError
from meshkit.reasons import REASON_CODES
from meshkit.telemetry import remote_context

_log = structlog.get_logger()
_tracer = trace.get_tracer("meshkit")

EVENT_STREAM = "EVENTS"
EVENT_SUBJECTS = "hiremesh.>"
# Each message is for one worker, and leaves the stream when that has done it.
WORK_STREAM = "WORK"
WORK_SUBJECTS = "work.>"
DEAD_LETTER_STREAM = "DEAD_LETTERS"
DEAD_LETTER_PREFIX = "dead_letters"
EVENT_RETENTION = timedelta(days=7)
DEAD_LETTER_RETENTION = timedelta(days=30)
# The broker drops a second copy of an event id that it gets within this time.
DEDUPLICATION_WINDOW = timedelta(minutes=10)

# Statuses of other services that say nothing about the event.
_TRANSIENT = {
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.DEADLINE_EXCEEDED,
}
_FETCH_SECONDS = 1.0
# With several queues: a look that does not wait, and how long less urgent ones go without one while nothing comes.
_GLANCE_SECONDS = 0.01
_PRIORITY_FETCH_SECONDS = 0.25
# Over all replicas of a consumer, each of which has a limit of its own.
MAX_ACK_PENDING = 1000
CONNECT_RETRY_SECONDS = 0.5

EVENTS_CONSUMED = Counter("hiremesh_events_consumed_total", "Events handled, by outcome.", ["consumer", "outcome"])

Handler = Callable[[envelope_pb2.Envelope], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Redelivery:
    """When an event that was not applied comes again."""

    # After this long without a word a consumer is taken for dead.
    ack_wait: timedelta = timedelta(seconds=30)
    # Before each next try; the last one repeats.
    delays: tuple[timedelta, ...] = (
        timedelta(seconds=0.2),
        timedelta(seconds=1),
        timedelta(seconds=5),
        timedelta(seconds=30),
    )
    # An event that still fails then is buried. While a service that it needs is away it is tried without end.
    tries: int = 20


_DEFAULT_REDELIVERY = Redelivery()


class TryLater(Exception):
    """Raised by a handler for an event whose time has not come; it comes again after `delay`, and is never buried for it."""

    def __init__(self, delay: timedelta) -> None:
        super().__init__()
        self.delay = delay


@dataclass(frozen=True, slots=True)
class _Failure:
    cause: str
    # Trying again will not help.
    final: bool
    delay: timedelta | None = None


async def connect_broker(url: str, *, name: str) -> Client:
    """A connection that comes back by itself, for ever; waits for a broker that is away at the start. The caller closes it."""

    async def note(fault: Exception) -> None:
        _log.warning("broker_connection_troubled", kind=type(fault).__name__)

    while True:
        try:
            return await nats.connect(url, name=name, max_reconnect_attempts=-1, reconnect_time_wait=0.2, error_cb=note)
        except (nats.errors.Error, OSError) as fault:
            _log.warning("broker_awaited", kind=type(fault).__name__)
            await asyncio.sleep(CONNECT_RETRY_SECONDS)


async def ensure_streams(broker: Client) -> None:
    """Creates the streams, or brings their settings up to date. Safe to call from every service at every start."""
    js = broker.jetstream()
    configs = (
        StreamConfig(
            name=EVENT_STREAM,
            subjects=[EVENT_SUBJECTS],
            retention=RetentionPolicy.LIMITS,
            max_age=EVENT_RETENTION.total_seconds(),
            duplicate_window=DEDUPLICATION_WINDOW.total_seconds(),
        ),
        StreamConfig(
            name=WORK_STREAM,
            subjects=[WORK_SUBJECTS],
            retention=RetentionPolicy.WORK_QUEUE,
            duplicate_window=DEDUPLICATION_WINDOW.total_seconds(),
        ),
        StreamConfig(
            name=DEAD_LETTER_STREAM,
            subjects=[f"{DEAD_LETTER_PREFIX}.>"],
            retention=RetentionPolicy.LIMITS,
            max_age=DEAD_LETTER_RETENTION.total_seconds(),
        ),
    )
    for config in configs:
        try:
            await js.add_stream(config)
        except APIError:  # exists with other settings
            await js.update_stream(config)


class EventPublisher:
    """Hands events to the broker; the `Publish` of the outbox relay."""

    def __init__(self, broker: Client) -> None:
        self._js = broker.jetstream()

    async def __call__(self, subject: str, event_id: str, payload: bytes) -> None:
        """Returns when the broker has stored the event. Raises OSError or TimeoutError when it could not."""
        try:
            await self._js.publish(subject, payload, headers={"Nats-Msg-Id": event_id}, timeout=5)
        except (nats.errors.Error, APIError) as fault:
            raise OSError(type(fault).__name__) from fault


@dataclass(frozen=True, slots=True)
class Queue:
    """A durable consumer's name and what it takes."""

    durable: str
    subjects: tuple[str, ...]


class EventConsumer:
    """A durable consumer of some subjects: calls the handler at least once for every event, for several at a time."""

    def __init__(
        self,
        broker: Client,
        *,
        durable: str,
        subjects: Sequence[str],
        handler: Handler,
        concurrency: int = 8,
        redelivery: Redelivery = _DEFAULT_REDELIVERY,
        stream: str = EVENT_STREAM,
        then: Sequence[Queue] = (),
    ) -> None:
        """`then`: queues that are looked at, in this order, only while those before them are empty."""
        self._broker = broker
        self._stream = stream
        self._js: JetStreamContext = broker.jetstream()
        self._queues = (Queue(durable, tuple(subjects)), *then)
        self._handler = handler
        self._concurrency = concurrency
        self._redelivery = redelivery
        self._subscriptions: dict[Queue, JetStreamContext.PullSubscription] = {}
        self._stopping = asyncio.Event()
        self._stopped = asyncio.Event()

    async def stop(self) -> None:
        """Stops fetching and waits for the events in hand."""
        self._stopping.set()
        await self._stopped.wait()

    async def run(self) -> None:
        """Runs until `stop`. A broker that is away is waited for."""
        places = asyncio.Semaphore(self._concurrency)
        try:
            async with asyncio.TaskGroup() as in_hand:
                while True:
                    await places.acquire()
                    if self._stopping.is_set():
                        break
                    # One at a time: a fetch of several waits until all of them are there.
                    taken = await self._next()
                    if taken is None:
                        places.release()
                        continue
                    in_hand.create_task(self._handle(*taken)).add_done_callback(lambda _: places.release())
        finally:
            self._stopped.set()

    async def _next(self) -> tuple[Queue, Msg] | None:
        """None when nothing came for a while."""
        only, *others = self._queues
        if not others:
            return await self._take(only, _FETCH_SECONDS)
        for queue in self._queues:
            if taken := await self._take(queue, _GLANCE_SECONDS):
                return taken
        return await self._take(only, _PRIORITY_FETCH_SECONDS)

    async def _take(self, queue: Queue, seconds: float) -> tuple[Queue, Msg] | None:
        try:
            if queue not in self._subscriptions:
                self._subscriptions[queue] = await self._subscribe(queue)
            (message,) = await self._subscriptions[queue].fetch(1, timeout=seconds)
        except TimeoutError:
            return None
        except (nats.errors.Error, OSError) as fault:
            _log.warning("event_fetch_delayed", consumer=queue.durable, kind=type(fault).__name__)
            await self._unsubscribe(queue)
            await asyncio.sleep(0.5)
            return None
        return queue, message

    async def _subscribe(self, queue: Queue) -> JetStreamContext.PullSubscription:
        # A broker that came back without its data has no streams.
        await ensure_streams(self._broker)
        config = ConsumerConfig(
            durable_name=queue.durable,
            filter_subjects=list(queue.subjects),
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=self._redelivery.ack_wait.total_seconds(),
            max_ack_pending=MAX_ACK_PENDING,
        )
        await self._js.add_consumer(self._stream, config)
        return await self._js.pull_subscribe_bind(queue.durable, self._stream)

    async def _unsubscribe(self, queue: Queue) -> None:
        subscription = self._subscriptions.pop(queue, None)
        if subscription is not None:
            with suppress(nats.errors.Error, OSError):
                await subscription.unsubscribe()

    async def _handle(self, queue: Queue, message: Msg) -> None:
        """Applies and settles one event. What could not be settled comes again after the ack wait."""
        async with _heartbeat(message, self._redelivery.ack_wait / 3):
            failure = await self._apply(queue, message)
        try:
            outcome = await self._settle(queue, message, failure)
        except (nats.errors.Error, OSError) as fault:
            _log.warning("event_not_settled", consumer=queue.durable, kind=type(fault).__name__)
            outcome = "not_settled"
        EVENTS_CONSUMED.labels(queue.durable, outcome).inc()

    async def _apply(self, queue: Queue, message: Msg) -> _Failure | None:
        try:
            event = envelope_pb2.Envelope.FromString(message.data)
        except DecodeError:
            return _Failure("not an Envelope", final=True)
        with _tracer.start_as_current_span(
            f"{message.subject} process",
            context=remote_context({"traceparent": event.traceparent}),
            kind=SpanKind.CONSUMER,
            record_exception=False,
            set_status_on_exception=False,
            attributes={"messaging.system": "nats", "messaging.message.id": event.id},
        ):
            try:
                await self._handler(event)
            except TryLater as later:
                return _Failure("TryLater", final=False, delay=later.delay)
            except Exception as fault:
                cause, tries = type(fault).__name__, message.metadata.num_delivered
                _log.warning("event_failed", consumer=queue.durable, kind=cause, tries=tries)
                return _Failure(cause, final=tries >= self._redelivery.tries and not _is_transient(fault))
        return None

    async def _settle(self, queue: Queue, message: Msg, failure: _Failure | None) -> str:
        if failure is None:
            await message.ack()
            return "applied"
        if failure.final:
            await self._bury(queue, message, failure.cause)
            return "buried"
        delays = self._redelivery.delays
        delay = failure.delay or delays[min(message.metadata.num_delivered, len(delays)) - 1]
        await message.nak(delay=delay.total_seconds())
        return "retried"

    async def _bury(self, queue: Queue, message: Msg, cause: str) -> None:
        """Moves a message to the dead letters. It is ended only once it is stored there."""
        await self._js.publish(
            f"{DEAD_LETTER_PREFIX}.{queue.durable}",
            message.data,
            headers={"Hiremesh-Subject": message.subject, "Hiremesh-Cause": cause},
        )
        await message.term()
        _log.error("event_buried", consumer=queue.durable, cause=cause)


@asynccontextmanager
async def _heartbeat(message: Msg, interval: timedelta) -> AsyncIterator[None]:
    """Tells the broker that a message is being worked on, so that it does not hand it to somebody else."""

    async def beat() -> None:
        while True:
            await asyncio.sleep(interval.total_seconds())
            with suppress(nats.errors.Error, OSError):
                await message.in_progress()

    task = asyncio.create_task(beat())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


def _is_transient(fault: Exception) -> bool:
    return isinstance(fault, DomainError) and REASON_CODES.get(fault.wire_reason) in _TRANSIENT


async def check_broker(broker: Client) -> None:
    """Health check: raises while the broker is away."""
    if not broker.is_connected:
        raise ConnectionError("broker")
