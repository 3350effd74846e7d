"""Reading documents in worker processes that can be killed: never on the event loop, never by `fork`."""

import asyncio
import multiprocessing
import os
import resource
import traceback
from collections.abc import Callable
from concurrent.futures import TimeoutError as WorkerTimeout
from concurrent.futures.process import BrokenProcessPool
from datetime import date, timedelta
from typing import Any

import structlog
from pebble import ProcessExpired, ProcessPool
from prometheus_client import Counter, Gauge

from meshkit.errors import DomainError, Overloaded, ServiceUnavailable
from parser_service.adapters.pages import following, telling
from parser_service.adapters.reader import read_bytes
from parser_service.adapters.redact import redact_bytes
from parser_service.domain.errors import DocumentTooComplex
from parser_service.domain.model import Resume
from parser_service.domain.redaction import JsonObject, RedactionOptions, redact
from parser_service.ports import Progress

_log = structlog.get_logger()

WARM_READER = "parser_service.adapters.warm"
RETRY_AFTER = timedelta(seconds=1)
# Reading takes all the CPU there is. What answers callers, in this process and in others of the machine, goes first.
NICENESS = 10

DOCUMENTS_IN_HAND = Gauge("hiremesh_parser_documents_in_hand", "Documents being read or waiting for a worker.")
WORKERS_LOST = Counter("hiremesh_parser_workers_lost_total", "Workers that a document ended.", ["cause"])


class ReadingFailed(Exception):
    """A bug in the reader or in a library under it: type and place of the fault, not its text, which quotes documents."""


class WorkerPool:
    """The real `DocumentReader` and `Redactor`. A document that exceeds a limit ends its own worker and nothing else."""

    def __init__(
        self,
        *,
        workers: int,
        queue: int,
        timeout: timedelta,
        memory_bytes: int,
        documents_per_worker: int,
        today: Callable[[], date],
        read: Callable[[bytes, date], Resume] = read_bytes,
    ) -> None:
        self._workers = workers
        self._memory_bytes = memory_bytes
        self._documents_per_worker = documents_per_worker
        self._pool = self._new_pool()
        self._places = workers + queue
        self._timeout = timeout.total_seconds()
        self._today = today
        self._read = read

    async def warm_up(self) -> None:
        """Returns once the fork server and a first worker run."""
        await self._run(_nothing)

    async def read(self, document: bytes, progress: Progress | None = None) -> Resume:
        """See the port. Cancelling the call kills the worker."""
        async with following(progress or Progress()) as told:
            resume: Resume = await self._work(_read_telling, told, self._read, document, self._today())
        return resume

    async def redact_resume(self, resume: JsonObject, options: RedactionOptions) -> JsonObject:
        """See the port. Texts are as hostile as files: patterns run where they can be killed."""
        redacted: JsonObject = await self._work(redact, resume, options)
        return redacted

    async def redact_document(self, document: bytes, resume: JsonObject, options: RedactionOptions) -> bytes:
        """See the port. Cancelling the call kills the worker."""
        redacted: bytes = await self._work(redact_bytes, document, resume, options)
        return redacted

    def close(self) -> None:
        """Kills the workers. Calls in progress have to be cancelled: some would wait for ever."""
        self._pool.stop()
        self._pool.join()

    async def _work(self, function: Callable[..., object], *arguments: object) -> Any:
        """Runs a function that reads what a caller sent. Raises what the ports name."""
        if self._places == 0:
            raise Overloaded(resource="parser workers", retry_after=RETRY_AFTER)
        self._places -= 1
        DOCUMENTS_IN_HAND.inc()
        try:
            return await self._run(_work_sendably, function, *arguments)
        except WorkerTimeout as fault:
            WORKERS_LOST.labels("time").inc()
            raise DocumentTooComplex(limit="time") from fault
        except MemoryError as fault:
            WORKERS_LOST.labels("memory").inc()
            raise DocumentTooComplex(limit="memory") from fault
        except ProcessExpired as fault:
            # Native code that runs out of memory, or is broken by a hostile file, takes the process with it.
            WORKERS_LOST.labels("crash").inc()
            raise DocumentTooComplex(limit="memory") from fault
        except ReadingFailed as fault:
            _log.error("reading_failed", fault=str(fault))
            raise
        except BrokenProcessPool as fault:
            WORKERS_LOST.labels("pool").inc()
            raise ServiceUnavailable(service="The parser") from fault
        finally:
            self._places += 1
            DOCUMENTS_IN_HAND.dec()

    async def _run(self, function: Callable[..., Any], *arguments: object) -> Any:  # pebble is untyped
        if not self._pool.active:
            # A pool does not outlive a message that it cannot read.
            _log.error("worker_pool_replaced")
            broken, self._pool = self._pool, self._new_pool()
            broken.stop()
            await asyncio.to_thread(broken.join)
        return await asyncio.wrap_future(self._pool.schedule(function, args=arguments, timeout=self._timeout))

    def _new_pool(self) -> Any:
        # The fork server has no threads and no gRPC, whose state does not survive a fork.
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([WARM_READER])
        return ProcessPool(
            max_workers=self._workers,
            max_tasks=self._documents_per_worker,
            initializer=_be_modest,
            initargs=(self._memory_bytes,),
            context=context,
        )


def _read_telling(path: str, read: Callable[[bytes, date], Resume], document: bytes, today: date) -> Resume:
    with telling(path):
        return read(document, today)


def _work_sendably(function: Callable[..., object], *arguments: object) -> object:
    """Raises only what arrives: libraries' exceptions may not survive the pickling, and take the pool with them."""
    try:
        return function(*arguments)
    except (DomainError, MemoryError):
        raise
    except Exception as fault:
        place = traceback.extract_tb(fault.__traceback__)[-1]
        raise ReadingFailed(f"{type(fault).__name__} at {place.filename}:{place.lineno}") from None


def _be_modest(memory_bytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(NICENESS)


def _nothing() -> None:
    return None
