"""The way into an engine: as many calls as it can work on, a bounded queue, and an answer for all others."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from inference_service.domain.admission import AdmissionQueue, Waiter
from inference_service.domain.generation import Priority
from inference_service.ports import GenerationMeter
from meshkit.errors import Overloaded

# How much a call's time counts in the mean that retry hints are made of.
_SMOOTHING = 0.2
_RETRY_SECONDS = (1.0, 60.0)


@dataclass(frozen=True, slots=True)
class GateLimits:
    """Calls that an engine works on at a time, and calls that may wait for it."""

    places: int
    waiting: int


class Gate:
    """One for each engine."""

    def __init__(self, model: str, limits: GateLimits, meter: GenerationMeter) -> None:
        self._model = model
        self._limits = limits
        self._meter = meter
        self._queue: AdmissionQueue[asyncio.Future[None]] = AdmissionQueue(limits.waiting)
        self._running = 0
        self._mean_seconds = 1.0

    @asynccontextmanager
    async def place(self, *, tenant: str, priority: Priority, weight: int) -> AsyncIterator[float]:
        """A place in the engine, given back at the end; tells the seconds that it took to get it. Raises Overloaded, also while waiting."""
        now = asyncio.get_running_loop().time
        asked = now()
        await self._enter(tenant, priority, weight)
        entered = now()
        try:
            self._meter.admitted(model=self._model, priority=priority, seconds=entered - asked)
            yield entered - asked
        finally:
            self._mean_seconds += _SMOOTHING * (now() - entered - self._mean_seconds)
            self._leave()

    async def _enter(self, tenant: str, priority: Priority, weight: int) -> None:
        if self._running < self._limits.places:
            self._running += 1
            self._report()
            return
        turn = asyncio.get_running_loop().create_future()
        waiter = Waiter(tenant, priority, weight, turn)
        displaced = self._queue.push(waiter)
        if displaced is not None:
            displaced.call.set_exception(Overloaded(resource="model engines", retry_after=self._retry_after()))
        self._report()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self._leave()  # the place came at the moment at which the caller left
            raise
        finally:
            self._queue.remove(waiter)
            self._report()

    def _leave(self) -> None:
        """Hands the place to whoever is next."""
        waiter = self._queue.pop()
        if waiter is None:
            self._running -= 1
        else:
            waiter.call.set_result(None)
        self._report()

    def _retry_after(self) -> timedelta:
        """When the queue that stands now will have been worked off."""
        least, most = _RETRY_SECONDS
        seconds = self._mean_seconds * (len(self._queue) + 1) / self._limits.places
        return timedelta(seconds=min(max(seconds, least), most))

    def _report(self) -> None:
        waiting = {priority: self._queue.waiting(priority) for priority in Priority}
        self._meter.queue_changed(model=self._model, running=self._running, waiting=waiting)
