"""One line for every RPC."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from meshkit.interceptors.call import Call

_log = structlog.get_logger()


@asynccontextmanager
async def log_call(call: Call) -> AsyncIterator[None]:
    """Logs ids, sizes, times and statuses; never what a request or an answer holds."""
    started = time.perf_counter()
    with structlog.contextvars.bound_contextvars(rpc=call.method):
        try:
            yield
        finally:
            _log.info(
                "rpc_handled",
                code=call.code.name,
                reason=call.reason,
                seconds=round(time.perf_counter() - started, 4),
            )
