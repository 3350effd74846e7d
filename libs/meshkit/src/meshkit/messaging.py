"""NATS JetStream: publishing events, and consuming them at least once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta

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
from meshkit.telemetry import remote_context

_log = structlog.get_logger()
_tracer = trace.get_tracer("meshkit")

EVENT_STREAM = "EVENTS"
EVENT_SUBJECTS = "hiremesh.>"
DEAD_LETTER_STREAM = "DEAD_LETTERS"
DEAD_LETTER_PREFIX = "dead_letters"
EVENT_RETENTION = timedelta(days=7)
DEAD_LETTER_RETENTION = timedelta(days=30)
# The broker drops a second copy of an event id that it gets within this time.
DEDUPLICATION_WINDOW = timedelta(minutes=10)

ACK_WAIT = timedelta(seconds=30)
# Delay before each next try; the last one repeats.
RETRY_DELAYS = (timedelta(seconds=0.2), timedelta(seconds=1), timedelta(seconds=5), timedelta(seconds=30))
MAX_DELIVERIES = 20

EVENTS_CONSUMED = Counter("hiremesh_events_consumed_total", "Events handled, by outcome.", ["consumer", "outcome"])

Handler = Callable[[envelope_pb2.Envelope], Awaitable[None]]


async def connect_broker(url: str, *, name: str) -> Client:
    """A connection that comes back by itself, for ever. Raises when the broker is away at the start. The caller drains it."""

    async def note(fault: Exception) -> None:
        _log.warning("broker_connection_troubled", kind=type(fault).__name__)

    return await nats.connect(url, name=name, max_reconnect_attempts=-1, reconnect_time_wait=0.2, error_cb=note)


async def ensure_streams(broker: Client) -> None:
    """Creates the streams, or brings their settings up to date. Safe to call from every service at every start."""
    js = broker.jetstream()
    configs = (
        StreamConfig(
            name=EVENT_STREAM,
            subjects=[EVENT_SUBJECTS],
            max_age=EVENT_RETENTION.total_seconds(),
            duplicate_window=DEDUPLICATION_WINDOW.total_seconds(),
        ),
        StreamConfig(
            name=DEAD_LETTER_STREAM, subjects=[f"{DEAD_LETTER_PREFIX}.>"], max_age=DEAD_LETTER_RETENTION.total_seconds()
        ),
    )
    for config in configs:
        config.retention = RetentionPolicy.LIMITS
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


class EventConsumer:
    """A durable consumer of some subjects: calls the handler at least once for every event, several at a time."""

    def __init__(
        self, broker: Client, *, durable: str, subjects: Sequence[str], handler: Handler, concurrency: int = 8
    ) -> None:
        self._broker = broker
        self._js: JetStreamContext = broker.jetstream()
        self._durable = durable
        self._subjects = list(subjects)
        self._handler = handler
        self._concurrency = concurrency
        self._stopping = asyncio.Event()
        self._stopped = asyncio.Event()

    async def stop(self) -> None:
        """Stops fetching and waits for the events in hand."""
        self._stopping.set()
        await self._stopped.wait()

    async def run(self) -> None:
        """Runs until `stop`. A broker that is away is waited for."""
        try:
            subscription: JetStreamContext.PullSubscription | None = None
            while not self._stopping.is_set():
                try:
                    subscription = subscription or await self._subscribe()
                    messages = await subscription.fetch(self._concurrency, timeout=1)
                except TimeoutError:  # nothing new
                    continue
                except (nats.errors.Error, APIError, OSError) as fault:
                    _log.warning("event_fetch_delayed", consumer=self._durable, kind=type(fault).__name__)
                    subscription = None
                    await asyncio.sleep(0.5)
                    continue
                await asyncio.gather(*(self._handle(message) for message in messages))
        finally:
            self._stopped.set()

    async def _subscribe(self) -> JetStreamContext.PullSubscription:
        config = ConsumerConfig(
            durable_name=self._durable,
            filter_subjects=self._subjects,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=ACK_WAIT.total_seconds(),
            max_deliver=MAX_DELIVERIES + 1,
            max_ack_pending=self._concurrency * 4,
        )
        await self._js.add_consumer(EVENT_STREAM, config)
        return await self._js.pull_subscribe_bind(self._durable, EVENT_STREAM)

    async def _handle(self, message: Msg) -> None:
        delivery = message.metadata.num_delivered or 1
        async with AsyncExitStack() as stack:
            try:
                event = envelope_pb2.Envelope.FromString(message.data)
                stack.enter_context(
                    _tracer.start_as_current_span(
                        f"{message.subject} process",
                        context=remote_context({"traceparent": event.traceparent}),
                        kind=SpanKind.CONSUMER,
                        record_exception=False,
                        set_status_on_exception=False,
                        attributes={"messaging.system": "nats", "messaging.message.id": event.id},
                    )
                )
                await self._handler(event)
                await message.ack()
                EVENTS_CONSUMED.labels(self._durable, "applied").inc()
            except asyncio.CancelledError:
                raise
            except DecodeError:
                await self._bury(message, "not an Envelope")
            except Exception as fault:
                _log.warning("event_failed", consumer=self._durable, kind=type(fault).__name__, delivery=delivery)
                if delivery >= MAX_DELIVERIES:
                    await self._bury(message, type(fault).__name__)
                else:
                    EVENTS_CONSUMED.labels(self._durable, "retried").inc()
                    await message.nak(delay=RETRY_DELAYS[min(delivery, len(RETRY_DELAYS)) - 1].total_seconds())

    async def _bury(self, message: Msg, cause: str) -> None:
        """Moves a message to the dead letters. It is ended only once it is stored there."""
        await self._js.publish(
            f"{DEAD_LETTER_PREFIX}.{self._durable}",
            message.data,
            headers={"Hiremesh-Subject": message.subject, "Hiremesh-Cause": cause},
        )
        await message.term()
        EVENTS_CONSUMED.labels(self._durable, "buried").inc()
        _log.error("event_buried", consumer=self._durable, cause=cause)


async def check_broker(broker: Client) -> None:
    """Health check: raises while the broker is away."""
    if not broker.is_connected:
        raise ConnectionError("broker")
