"""Who may call; deny by default. The contract says which kind of caller a method takes."""

import hmac
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from pydantic import SecretStr

from hiremesh.edge.v1 import policy_pb2
from meshkit.errors import InvalidToken, PermissionDenied
from meshkit.identity import MESH_TOKEN_HEADER, TokenVerifier, set_current_principal
from meshkit.interceptors.call import Call, Layer


def authorize(verifier: TokenVerifier | None, mesh_token: SecretStr) -> Layer:
    """The layer that admits callers."""

    async def admit_user(call: Call) -> None:
        if verifier is None:
            raise PermissionDenied
        scheme, _, token = call.metadata.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise InvalidToken
        set_current_principal(await verifier.verify(token), token)

    async def admit_mesh(call: Call) -> None:
        sent = call.metadata.get(MESH_TOKEN_HEADER, "")
        if not hmac.compare_digest(sent.encode(), mesh_token.get_secret_value().encode()):
            raise PermissionDenied

    async def admit_anybody(_call: Call) -> None:
        return

    rules: dict[int, Callable[[Call], Awaitable[None]]] = {
        policy_pb2.ACCESS_PUBLIC: admit_anybody,
        policy_pb2.ACCESS_USER: admit_user,
        policy_pb2.ACCESS_MESH: admit_mesh,
    }

    @asynccontextmanager
    async def layer(call: Call) -> AsyncIterator[None]:
        rule = rules.get(call.policy.access)
        if rule is None:
            raise PermissionDenied
        await rule(call)
        yield

    return layer
