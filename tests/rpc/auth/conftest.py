from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from datetime import UTC, datetime

import grpc
import pytest
from grpc_status import rpc_status
from joserfc.jwk import KeySetSerialization
from pydantic import SecretStr

from auth_service.app import Auth, compose
from auth_service.settings import Settings
from hiremesh.auth.v1 import auth_service_pb2_grpc
from hiremesh.auth.v1.auth_service_pb2 import (
    GetJwksRequest,
    LoginRequest,
    LoginResponse,
    RefreshTokenRequest,
    RefreshTokenResponse,
    RegisterRequest,
)
from meshkit.channels import to_remote_error
from meshkit.errors import RemoteError
from meshkit.jwks import to_key_set
from meshkit.testing import MESH_TOKEN, FixedClock, serving
from tests.support.fakes.auth import InMemoryTransactions, PlainPasswords

EMAIL = "ada@example.org"
PASSWORD = "correct horse battery"


@dataclass
class Running:
    """Auth behind all layers, with what a test may turn."""

    stub: "auth_service_pb2_grpc.AuthServiceAsyncStub"
    auth: Auth
    transactions: InMemoryTransactions
    passwords: PlainPasswords
    clock: FixedClock

    async def register(self, email: str = EMAIL, password: str = PASSWORD) -> str:
        """The id of the new user."""
        request = RegisterRequest(email=email, password=password, name="Ada Lovelace")
        return (await self.stub.Register(request)).user.id

    async def log_in(self, email: str = EMAIL, password: str = PASSWORD) -> LoginResponse:
        return await self.stub.Login(LoginRequest(email=email, password=password))

    async def refresh(self, refresh_token: str) -> RefreshTokenResponse:
        return await self.stub.RefreshToken(RefreshTokenRequest(refresh_token=refresh_token))

    async def key_set(self) -> KeySetSerialization:
        return to_key_set(await self.stub.GetJwks(GetJwksRequest()))


async def refusal(call: Awaitable[object]) -> RemoteError:
    """The error that a call ends with."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return to_remote_error(rpc_status.from_call(caught.value), caught.value)


@pytest.fixture
def settings() -> Settings:
    return Settings(
        port=0,
        metrics_port=0,
        mesh_token=MESH_TOKEN,
        database_url=SecretStr("postgresql+asyncpg://nowhere"),
        key_encryption_secret=SecretStr("secret-of-tests-with-32-characters"),
    )


@pytest.fixture
async def without_keys(settings: Settings) -> AsyncIterator[Running]:
    # Verifiers ask the real clock whether a token has expired.
    clock, passwords, transactions = FixedClock(datetime.now(UTC)), PlainPasswords(), InMemoryTransactions()
    auth = compose(settings, transactions=transactions, passwords=passwords, clock=clock)
    async with serving(auth.servicer, verifier=auth.verifier) as channel:
        yield Running(auth_service_pb2_grpc.AuthServiceStub(channel), auth, transactions, passwords, clock)


@pytest.fixture
async def running(without_keys: Running) -> Running:
    await without_keys.auth.keys.refresh()
    return without_keys
