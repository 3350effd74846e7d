"""Every call ends in time, and every call it makes ends a little earlier."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar

from meshkit.errors import DeadlineExceeded
from meshkit.interceptors.call import Call

# For methods whose contract names no timeout.
DEFAULT_SECONDS = 30.0
# A call that must end sooner than this is refused: its work would be thrown away.
MINIMUM_SECONDS = 0.1
# Kept back on every hop, so that the inner timeout is the one that is reported (after letsencrypt/boulder's interceptors).
HOP_SECONDS = 0.02

_ends_at: ContextVar[float | None] = ContextVar("ends_at", default=None)


def remaining_seconds() -> float | None:
    """Time left for calls that the RPC in progress makes. None outside of an RPC."""
    ends_at = _ends_at.get()
    return None if ends_at is None else ends_at - asyncio.get_running_loop().time() - HOP_SECONDS


@asynccontextmanager
async def enforce_deadline(call: Call) -> AsyncIterator[None]:
    """The earlier of the caller's deadline and the contract's timeout."""
    allowed = call.policy.timeout.ToTimedelta().total_seconds() or DEFAULT_SECONDS
    asked = call.context.time_remaining()
    seconds = allowed if asked is None else min(asked, allowed)
    if seconds < MINIMUM_SECONDS:
        raise DeadlineExceeded
    _ends_at.set(asyncio.get_running_loop().time() + seconds)
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as fault:
        raise DeadlineExceeded from fault
