"""What gateway asks the broker: whether workers are there, and which jobs were given up."""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC

import nats.errors
from google.protobuf.message import DecodeError
from nats.aio.client import Client
from nats.js.api import AckPolicy, ConsumerConfig, RawStreamMsg
from nats.js.errors import APIError, NotFoundError

from gateway_service.adapters.publisher import DEAD_LETTER_SUBJECT, RESUME_PARSED_SUBJECT, tells_of
from gateway_service.domain.jobs import DeadLetter
from gateway_service.domain.model import Presence
from hiremesh.events.v1 import envelope_pb2, parse_job_pb2
from meshkit.errors import ServiceUnavailable
from meshkit.messaging import DEAD_LETTER_STREAM, EVENT_STREAM

# Every worker that can take work answers on it; nobody there, and the broker says so at once.
PRESENCE_SUBJECT = "parse_workers.presence"
_ANSWER_SECONDS = 1.0
# Between questions. Nobody waits for their answers, unless the last one is older than what counts as fresh.
_ASK_SECONDS = 1.0
_FRESH_SECONDS = 3.0
# While the broker itself is away, what was known of the workers holds this long: their work waits in the outbox.
_TRUSTED_SECONDS = 60.0
# A reader that nobody knows by name, and that the broker forgets when it has gone.
_ONE_READING = ConsumerConfig(ack_policy=AckPolicy.NONE, inactive_threshold=30)
_READ_AT_ONCE = 200
_READ_SECONDS = 5.0


class BrokerWorkers:
    """The real `Workers`: asks, so that a worker that died or hangs is not counted on."""

    def __init__(self, broker: Client) -> None:
        self._broker = broker
        self._known: Presence | None = None
        self._heard_at = float("-inf")
        self._asking = asyncio.Lock()

    @property
    def extractor_version(self) -> str | None:
        """See the port."""
        return self._known.extractor_version if self._known else None

    async def run(self) -> None:
        """Keeps asking, until cancelled, so that callers need not wait for the answer."""
        while True:
            async with self._asking:
                await self._ask()
            await asyncio.sleep(_ASK_SECONDS)

    async def presence(self) -> Presence | None:
        """See the port."""
        if self._fresh:
            return self._known
        async with self._asking:
            return self._known if self._fresh else await self._ask()

    @property
    def _fresh(self) -> bool:
        return time.monotonic() - self._heard_at <= _FRESH_SECONDS

    async def _ask(self) -> Presence | None:
        try:
            answer = await self._broker.request(PRESENCE_SUBJECT, b"", timeout=_ANSWER_SECONDS)
            heard = parse_job_pb2.ParseWorkerPresence.FromString(answer.data)
        except (nats.errors.Error, OSError, TimeoutError, DecodeError):
            trusted = not self._broker.is_connected and time.monotonic() - self._heard_at < _TRUSTED_SECONDS
            return self._known if trusted else None
        self._known = Presence(extractor_version=heard.extractor_version, places=heard.places)
        self._heard_at = time.monotonic()
        return self._known


class StreamDeadLetters:
    """The real `DeadLetters`; the id of a letter is its place in the stream."""

    def __init__(self, broker: Client) -> None:
        self._js = broker.jetstream()

    async def page(self, *, size: int) -> tuple[Sequence[DeadLetter], int]:
        """See the port."""
        found: list[DeadLetter] = []
        try:
            info = await self._js.stream_info(DEAD_LETTER_STREAM, subjects_filter=DEAD_LETTER_SUBJECT)
            total = (info.state.subjects or {}).get(DEAD_LETTER_SUBJECT, 0)
            sequence = info.state.first_seq
            while len(found) < min(size, total):
                message = await self._js.get_msg(
                    DEAD_LETTER_STREAM, seq=sequence, subject=DEAD_LETTER_SUBJECT, next=True
                )
                found.append(_letter(message))
                sequence = (message.seq or 0) + 1
        except NotFoundError:
            return found, len(found)
        except (nats.errors.Error, APIError, OSError, TimeoutError) as fault:
            raise ServiceUnavailable(service="The broker") from fault
        return found, total

    async def find(self, letter_id: str) -> DeadLetter | None:
        """See the port."""
        if not letter_id.isdigit():
            return None
        try:
            message = await self._js.get_msg(DEAD_LETTER_STREAM, seq=int(letter_id))
        except NotFoundError:
            return None
        except (nats.errors.Error, APIError, OSError, TimeoutError) as fault:
            raise ServiceUnavailable(service="The broker") from fault
        return _letter(message) if message.subject == DEAD_LETTER_SUBJECT else None

    async def remove(self, letter_id: str) -> None:
        """See the port."""
        try:
            await self._js.delete_msg(DEAD_LETTER_STREAM, int(letter_id))
        except APIError:  # removed already
            return
        except (nats.errors.Error, OSError, TimeoutError) as fault:
            raise ServiceUnavailable(service="The broker") from fault


class StreamHistory:
    """The real `ToldEvents`: events that matching has applied stay in the stream for days."""

    def __init__(self, broker: Client) -> None:
        self._js = broker.jetstream()

    async def forget(self, *, owner: str) -> None:
        """See the port. The stream is read from its beginning: owners stand inside the events."""
        try:
            reading = await self._js.pull_subscribe(RESUME_PARSED_SUBJECT, stream=EVENT_STREAM, config=_ONE_READING)
            left = (await reading.consumer_info()).num_pending or 0
            while left > 0:
                for message in await reading.fetch(min(left, _READ_AT_ONCE), timeout=_READ_SECONDS):
                    left -= 1
                    if tells_of(message.data, owner=owner):
                        await self._js.delete_msg(EVENT_STREAM, message.metadata.sequence.stream)
            await reading.unsubscribe()
        except (nats.errors.Error, APIError, OSError, TimeoutError) as fault:
            raise ServiceUnavailable(service="The broker") from fault


def _letter(message: RawStreamMsg) -> DeadLetter:
    event = envelope_pb2.Envelope.FromString(message.data or b"")
    buried = event.parse_job_buried
    return DeadLetter(
        id=str(message.seq),
        job_id=buried.job_id,
        document_id=buried.document_id,
        code=buried.code,
        attempts=buried.attempts,
        buried_at=event.time.ToDatetime(tzinfo=UTC),
    )
