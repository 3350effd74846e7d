"""What all servicers read of a call."""

from typing import Any

import grpc

from gateway_service.domain.model import Caller
from meshkit.identity import current_principal

Context = grpc.aio.ServicerContext[Any, Any]


def caller_of(context: Context) -> Caller:
    """Who calls, and from which site. Raises InvalidToken for public calls."""
    principal = current_principal()
    return Caller(principal.user_id, principal.tenant, header(context, "origin"))


def header(context: Context, name: str) -> str:
    """A header of the call; empty when it has none."""
    for key, value in context.invocation_metadata() or ():
        if key == name and isinstance(value, str):
            return value
    return ""
