"""Tasks that live as long as the service, and signals that end it."""

import asyncio
import signal
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import structlog

_log = structlog.get_logger()


def stop_requested() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set."""
    event = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, event.set)
    return event


@asynccontextmanager
async def background(name: str, work: Coroutine[Any, Any, None]) -> AsyncIterator[asyncio.Task[None]]:
    """Runs `work` while the context is open, cancels it at the end and waits for that.

    A service without it would do half its job: when the work fails, the service drains and ends, to be started again.
    """
    task = asyncio.create_task(work, name=name)
    task.add_done_callback(_end_service)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])


def _end_service(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (fault := task.exception()) is not None:
        _log.error("background_task_failed", task=task.get_name(), kind=type(fault).__name__)
        signal.raise_signal(signal.SIGTERM)
