"""Rate, errors and duration of every RPC."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from prometheus_client import Counter, Gauge, Histogram

from meshkit.interceptors.call import Call

RPCS_HANDLED = Counter("hiremesh_rpcs_handled_total", "RPCs that ended, by status.", ["method", "code", "reason"])
RPCS_IN_FLIGHT = Gauge("hiremesh_rpcs_in_flight", "RPCs in progress.", ["method"])
RPC_SECONDS = Histogram(
    "hiremesh_rpc_duration_seconds",
    "Time from the first byte of an RPC to its status.",
    ["method"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)


@asynccontextmanager
async def measure_call(call: Call) -> AsyncIterator[None]:
    """The method label is safe: only methods that a handler serves get here."""
    started = time.perf_counter()
    with RPCS_IN_FLIGHT.labels(call.method).track_inprogress():
        try:
            yield
        finally:
            RPC_SECONDS.labels(call.method).observe(time.perf_counter() - started)
            RPCS_HANDLED.labels(call.method, call.code.name, call.reason).inc()
