"""The queue of background parses as Prometheus sees it."""

import nats.errors
from nats.aio.client import Client
from nats.js.errors import APIError
from prometheus_client import Gauge

from gateway_service.domain.jobs import Priority
from gateway_service.ports import Clock, DeadLetters, JobStore, Transactions
from meshkit.messaging import WORK_STREAM

JOBS_OPEN = Gauge("hiremesh_parse_jobs_open", "Jobs that have not ended.", ["priority"])
OLDEST_JOB_SECONDS = Gauge("hiremesh_parse_jobs_oldest_seconds", "Age of the oldest job that has not ended.")
WORK_WAITING = Gauge("hiremesh_parse_work_waiting", "Work items that no worker has taken.")
WORK_REDELIVERED = Gauge("hiremesh_parse_work_redelivered", "Work items in hand that a worker had before.")
DEAD_LETTERS = Gauge("hiremesh_parse_dead_letters", "Jobs that were given up and wait for an operator.")


class QueueGauges:
    """Every replica shows the same figures: take the maximum over them, not the sum."""

    def __init__(
        self, transactions: Transactions, jobs: JobStore, letters: DeadLetters, broker: Client, clock: Clock
    ) -> None:
        self._transactions = transactions
        self._jobs = jobs
        self._letters = letters
        self._js = broker.jetstream()
        self._clock = clock

    async def observe(self) -> None:
        """Looks once. Raises ServiceUnavailable while database or broker are away."""
        async with self._transactions() as tx:
            for priority in Priority:
                _, everybodys = await self._jobs.count_open(tx, priority, owner="")
                JOBS_OPEN.labels(priority).set(everybodys)
            oldest = await self._jobs.oldest_open(tx)
        OLDEST_JOB_SECONDS.set((self._clock() - oldest).total_seconds() if oldest else 0)
        _, buried = await self._letters.page(size=0)
        DEAD_LETTERS.set(buried)
        try:
            consumers = await self._js.consumers_info(WORK_STREAM)
        except (nats.errors.Error, APIError, OSError, TimeoutError):
            return
        WORK_WAITING.set(sum(consumer.num_pending or 0 for consumer in consumers))
        WORK_REDELIVERED.set(sum(consumer.num_redelivered or 0 for consumer in consumers))
