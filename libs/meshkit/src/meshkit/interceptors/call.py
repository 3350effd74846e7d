"""An RPC in progress, as the layers around it see it."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any

import grpc

from hiremesh.edge.v1 import policy_pb2

ServicerContext = grpc.aio.ServicerContext[Any, Any]


@dataclass(slots=True)
class Call:
    """One RPC from its first byte to its status."""

    method: str
    policy: policy_pb2.MethodPolicy
    context: ServicerContext
    metadata: dict[str, str]
    # The request message; None while the client streams.
    request: Any = None
    # Final status; the error layer sets it, layers outside it read it.
    code: grpc.StatusCode = field(default=grpc.StatusCode.OK)
    reason: str = ""


# A layer wraps the rest of the call: code before its `yield` runs on the way in, code after it on the way out.
Layer = Callable[[Call], AbstractAsyncContextManager[None]]
