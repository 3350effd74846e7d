"""NATS in: jobs for the background, and the question whether a worker is there."""

from datetime import timedelta

from nats.aio.client import Client
from nats.aio.msg import Msg

from hiremesh.events.v1 import envelope_pb2, parse_job_pb2
from meshkit.messaging import WORK_STREAM, EventConsumer, Queue, Redelivery, TryLater, connect_broker
from parser_service.usecases import WorkOnJob

DURABLE = "parse_interactive"
SUBJECT = "work.parse.interactive"
# Files of batches, for which nobody waits: taken only while there is nothing else.
BATCHES = Queue("parse_batch", ("work.parse.batch",))
PRESENCE_SUBJECT = "parse_workers.presence"


class JobConsumer:
    """Works on jobs, several at a time, and answers for this worker while it takes any."""

    def __init__(
        self, nats_url: str, work: WorkOnJob, *, extractor_version: str, places: int, redelivered_after: timedelta
    ) -> None:
        """`redelivered_after`: a worker that died loses its jobs after this long."""
        self._url = nats_url
        self._redelivery = Redelivery(ack_wait=redelivered_after)
        self._work = work
        self._presence = parse_job_pb2.ParseWorkerPresence(extractor_version=extractor_version, places=places)
        self._places = places
        self._stopping = False
        self._consumer: EventConsumer | None = None

    async def run(self) -> None:
        """Runs until `stop`. A broker that is away is waited for: meanwhile documents are parsed on demand."""
        broker = await connect_broker(self._url, name="parser")
        try:
            if not self._stopping:
                await self._consume(broker)
        finally:
            await broker.close()

    async def stop(self) -> None:
        """Takes no more jobs and waits for those in hand."""
        self._stopping = True
        if self._consumer is not None:
            await self._consumer.stop()

    async def _consume(self, broker: Client) -> None:
        await broker.subscribe(PRESENCE_SUBJECT, cb=self._answer)
        self._consumer = EventConsumer(
            broker,
            durable=DURABLE,
            subjects=[SUBJECT],
            handler=self._handle,
            concurrency=self._places,
            redelivery=self._redelivery,
            stream=WORK_STREAM,
            then=[BATCHES],
        )
        await self._consumer.run()

    async def _answer(self, question: Msg) -> None:
        if not self._stopping:
            await question.respond(self._presence.SerializeToString())

    async def _handle(self, event: envelope_pb2.Envelope) -> None:
        come_back = await self._work(event.parse_job_queued.job_id)
        if come_back is not None:
            raise TryLater(come_back)
