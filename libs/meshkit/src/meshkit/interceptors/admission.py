"""No more calls at a time than the service can serve well; the others are told to come back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from meshkit.errors import Overloaded
from meshkit.interceptors.call import Call, Layer

RETRY_AFTER = timedelta(seconds=1)


def admit(limit: int) -> Layer:
    """The layer that counts. Not gRPC's own `maximum_concurrent_rpcs`, which refuses health checks too and gives no retry hint."""
    in_hand = 0

    @asynccontextmanager
    async def layer(_call: Call) -> AsyncIterator[None]:
        nonlocal in_hand
        if in_hand >= limit:
            raise Overloaded(resource="places for calls", retry_after=RETRY_AFTER)
        in_hand += 1
        try:
            yield
        finally:
            in_hand -= 1

    return layer
