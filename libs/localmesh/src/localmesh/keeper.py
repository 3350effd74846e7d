"""Keeps one component running."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from localmesh.components import Component
from localmesh.processes import ProcessGroup
from localmesh.state import Condition

_PROBE_INTERVAL_SECONDS = 0.1
_PROBE_LIMIT_SECONDS = 5.0
_WATCH_INTERVAL_SECONDS = 3.0
# Before the first, second, ... start in a row that did not last.
_BACKOFF_SECONDS = (0.1, 0.3, 1.0, 2.0, 5.0)
_LASTING_SECONDS = 20.0
# In a row, before the component was ever healthy.
_MOST_FAILED_STARTS = 3


class NeverHealthy(Exception):
    """The component did not come up for the first time. The text goes behind its name."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for a component."""

    start: timedelta
    stop: timedelta


class Keeper:
    """Starts a component, and starts it again whenever it ends, until told to stop."""

    def __init__(
        self,
        component: Component,
        *,
        start: Callable[[], Awaitable[ProcessGroup]],
        note: Callable[[Condition, int | None], None],
        patience: Patience,
    ) -> None:
        self._component = component
        self._start = start
        self._note = note
        self._patience = patience
        self._process: ProcessGroup | None = None
        self._stopping = asyncio.Event()
        self._finished = asyncio.Event()
        self._was_healthy = False

    async def run(self) -> None:
        """Runs until `stop`. Raises NeverHealthy when the component does not come up the first time."""
        try:
            await self._run()
        finally:
            self._finished.set()

    async def stop(self) -> None:
        """Ends the component and waits for that."""
        self._stopping.set()
        if self._process is not None:
            await self._drain()
            await self._process.stop(self._component.stop_signal, self._patience.stop)
        await self._finished.wait()

    async def _drain(self) -> None:
        if self._component.drain is None:
            return
        # A component that cannot drain is stopped all the same.
        with suppress(Exception):
            async with asyncio.timeout(self._patience.stop.total_seconds()):
                await self._component.drain()

    async def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            begun = time.monotonic()
            process = await self._run_once()
            if self._stopping.is_set():
                await process.stop(self._component.stop_signal, self._patience.stop)
                return
            lasted = self._was_healthy and time.monotonic() - begun > _LASTING_SECONDS
            failures = 0 if lasted else failures + 1
            if not self._was_healthy and failures >= _MOST_FAILED_STARTS:
                raise NeverHealthy(f"ended with status {process.ended.result()} before it was healthy")
            self._note(Condition.RESTARTING, None)
            await self._pause(_BACKOFF_SECONDS[min(failures, len(_BACKOFF_SECONDS)) - 1] if failures else 0)

    async def _run_once(self) -> ProcessGroup:
        """From a start to an end, or to the order to stop."""
        process = self._process = await self._start()
        self._note(Condition.STARTING, process.pid)
        if await self._becomes_healthy(process):
            self._was_healthy = True
            await self._watch(process)
        elif not process.ended.done() and not self._stopping.is_set():
            await process.stop(self._component.stop_signal, self._patience.stop)
            if not self._was_healthy:
                raise NeverHealthy(f"was not healthy within {self._patience.start.total_seconds():.0f} seconds")
        return process

    async def _becomes_healthy(self, process: ProcessGroup) -> bool:
        deadline = time.monotonic() + self._patience.start.total_seconds()
        while not self._stopping.is_set() and time.monotonic() < deadline:
            if await self._is_healthy():
                return True
            if await self._has_ended(process, _PROBE_INTERVAL_SECONDS):
                return False
        return False

    async def _watch(self, process: ProcessGroup) -> None:
        """Until the component ends."""
        healthy = True
        self._note(Condition.UP, process.pid)
        while not await self._has_ended(process, _WATCH_INTERVAL_SECONDS) and not self._stopping.is_set():
            if healthy != (healthy := await self._is_healthy()) and not process.ended.done():
                self._note(Condition.UP if healthy else Condition.NOT_READY, process.pid)

    async def _is_healthy(self) -> bool:
        try:
            async with asyncio.timeout(_PROBE_LIMIT_SECONDS):
                await self._component.probe()
        except Exception:
            return False
        return True

    async def _has_ended(self, process: ProcessGroup, seconds: float) -> bool:
        await asyncio.wait([process.ended], timeout=seconds)
        return process.ended.done()

    async def _pause(self, seconds: float) -> None:
        waiting = asyncio.create_task(self._stopping.wait())
        await asyncio.wait([waiting], timeout=seconds)
        waiting.cancel()
