"""For tests of services: a real in-process server with the full layer chain, tokens, a clock that stands still."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import grpc
from grpc_health.v1 import health
from joserfc import jwt
from joserfc.jwk import ECKey, KeySetSerialization
from pydantic import SecretStr

from meshkit.identity import ALGORITHM, MESH_TOKEN_HEADER, TokenVerifier
from meshkit.server import Service, Servicer, build_server
from meshkit.settings import ServiceSettings

MESH_TOKEN = SecretStr("mesh-token-of-tests")
ISSUER = "hiremesh"
AUDIENCE = "hiremesh-api"


class FixedClock:
    """A clock that moves only when it is told to."""

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self.now = start

    def __call__(self) -> datetime:
        return self.now

    def advance(self, by: timedelta) -> None:
        """Moves the clock forward."""
        self.now += by


class TokenIssuer:
    """Signs tokens as auth does, and verifies them."""

    def __init__(self) -> None:
        self._key = ECKey.generate_key("P-256", {"kid": "test-key", "use": "sig", "alg": ALGORITHM})

    def token(self, user_id: str = "11111111-1111-7111-8111-111111111111", **changes: object) -> str:
        """An access token of a user; `changes` replace claims, None removes one."""
        now = datetime.now(UTC)
        claims: dict[str, object] = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": user_id,
            "tenant": user_id,
            "scope": "user",
            "iat": int(now.timestamp()),
            "exp": int((now + timedelta(minutes=15)).timestamp()),
        }
        kept = {key: value for key, value in (claims | changes).items() if value is not None}
        return jwt.encode({"alg": ALGORITHM, "kid": "test-key"}, kept, self._key)

    async def keys(self) -> KeySetSerialization:
        """What auth would publish."""
        return {"keys": [self._key.as_dict(private=False)]}

    def verifier(self) -> TokenVerifier:
        """A verifier that knows this issuer's key."""
        return TokenVerifier(self.keys, issuer=ISSUER, audience=AUDIENCE)


def user_metadata(token: str) -> tuple[tuple[str, str], ...]:
    """Call metadata of a user."""
    return (("authorization", f"Bearer {token}"),)


def mesh_metadata() -> tuple[tuple[str, str], ...]:
    """Call metadata of another service of the mesh."""
    return ((MESH_TOKEN_HEADER, MESH_TOKEN.get_secret_value()),)


@asynccontextmanager
async def listening(*servicers: Servicer, verifier: TokenVerifier | None = None, port: int = 0) -> AsyncIterator[str]:
    """Serves on the loopback with all layers, on a free port unless one is given; tells the target for channels."""
    settings = ServiceSettings(port=0, metrics_port=0, mesh_token=MESH_TOKEN)
    service = Service(servicers=servicers, verifier=verifier or TokenIssuer().verifier())
    server = build_server(service, settings, health.aio.HealthServicer())
    bound = server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    yield f"127.0.0.1:{bound}"
    await server.stop(None)


@asynccontextmanager
async def serving(*servicers: Servicer, verifier: TokenVerifier | None = None) -> AsyncIterator[grpc.aio.Channel]:
    """Serves as `listening` does, and opens a bare channel."""
    options = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
    async with (
        listening(*servicers, verifier=verifier) as target,
        grpc.aio.insecure_channel(target, options=options) as channel,
    ):
        yield channel
