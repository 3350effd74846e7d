"""Auth as it is deployed: on a real database, its tables as the migrations leave them, as a process of its own."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import grpc
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from cryptography.exceptions import InvalidTag
from grpc_status import rpc_status
from pydantic import SecretStr

from auth_service.adapters.store import SqlTransactions, WrongEncryptionSecret
from auth_service.adapters.tables import metadata, users
from auth_service.app import build
from auth_service.settings import Settings
from hiremesh.auth.v1 import auth_service_pb2_grpc
from hiremesh.auth.v1.auth_service_pb2 import GetJwksRequest, LoginRequest, RefreshTokenRequest, RegisterRequest
from localmesh.ports import is_free
from localmesh.probes import grpc_serves
from meshkit.channels import to_remote_error
from meshkit.database import open_database
from meshkit.errors import ServiceUnavailable
from meshkit.server import Service
from meshkit.testing import MESH_TOKEN, serving
from tests.support.postgres import PostgresUrl

EMAIL = "ada@example.org"
NAME = "Ada Lovelace"
PASSWORD = "correct horse battery"
SECRET = "secret-of-tests-with-32-characters"


@pytest.fixture
def url(postgres_url: PostgresUrl) -> str:
    return postgres_url("auth")


def settings(url: str, *, secret: str = SECRET) -> Settings:
    return Settings(
        port=0,
        metrics_port=0,
        mesh_token=MESH_TOKEN,
        database_url=SecretStr(url),
        key_encryption_secret=SecretStr(secret),
        password_memory_kib=8192,
        password_time_cost=1,
        password_parallelism=1,
    )


@asynccontextmanager
async def replica(url: str) -> AsyncIterator["auth_service_pb2_grpc.AuthServiceAsyncStub"]:
    async with AsyncExitStack() as stack:
        service: Service = await build(stack, settings(url))
        channel = await stack.enter_async_context(serving(*service.servicers, verifier=service.verifier))
        yield auth_service_pb2_grpc.AuthServiceStub(channel)


def reason(error: BaseException) -> str:
    assert isinstance(error, grpc.aio.AioRpcError)
    return to_remote_error(rpc_status.from_call(error), error).wire_reason


async def test_the_migrations_make_the_tables_of_the_code(url: str) -> None:
    engine = open_database(url)
    async with engine.connect() as connection:
        differences = await connection.run_sync(
            lambda sync: compare_metadata(MigrationContext.configure(sync), metadata)
        )
    await engine.dispose()
    assert differences == []


async def test_replicas_that_start_at_once_share_one_key_and_all_sessions(url: str) -> None:
    async with AsyncExitStack() as stack:
        one, other = await asyncio.gather(*(stack.enter_async_context(replica(url)) for _ in range(2)))
        assert await one.GetJwks(GetJwksRequest()) == await other.GetJwks(GetJwksRequest())
        await one.Register(RegisterRequest(email=EMAIL, password=PASSWORD, name=NAME))
        pair = await other.Login(LoginRequest(email=EMAIL, password=PASSWORD))
        assert (await one.RefreshToken(RefreshTokenRequest(refresh_token=pair.refresh_token))).access_token


async def test_of_refreshes_at_once_on_two_replicas_one_wins_and_the_session_ends(url: str) -> None:
    async with replica(url) as one, replica(url) as other:
        await one.Register(RegisterRequest(email=EMAIL, password=PASSWORD, name=NAME))
        pair = await one.Login(LoginRequest(email=EMAIL, password=PASSWORD))
        request = RefreshTokenRequest(refresh_token=pair.refresh_token)
        calls = [stub.RefreshToken(request) for stub in (one, other) * 3]
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        refused = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        (won,) = (outcome for outcome in outcomes if not isinstance(outcome, BaseException))
        assert {reason(error) for error in refused} == {"REFRESH_TOKEN_REUSED"}
        with pytest.raises(grpc.aio.AioRpcError) as ended:
            await one.RefreshToken(RefreshTokenRequest(refresh_token=won.refresh_token))
        assert reason(ended.value) == "INVALID_TOKEN"


async def test_a_row_tells_neither_who_somebody_is_nor_how_to_become_them(url: str) -> None:
    async with replica(url) as auth:
        await auth.Register(RegisterRequest(email=EMAIL, password=PASSWORD, name=NAME))
        pair = await auth.Login(LoginRequest(email=EMAIL, password=PASSWORD))
    engine = open_database(url)
    async with engine.connect() as connection:
        rows = [row for table in metadata.tables.values() for row in await connection.execute(sa.select(table))]
    await engine.dispose()
    assert len(rows) == 4
    kept = b"\n".join(value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row)
    for secret in (EMAIL, NAME, "Lovelace", PASSWORD, pair.refresh_token, pair.access_token):
        assert secret.encode() not in kept
    # PKCS #8 keys begin with their version and the object identifier of elliptic curve keys.
    assert bytes.fromhex("06072a8648ce3d0201") not in kept


async def test_another_encryption_secret_stops_the_start(url: str) -> None:
    async with replica(url):
        pass
    async with AsyncExitStack() as stack:
        with pytest.raises(WrongEncryptionSecret, match="HIREMESH_AUTH_KEY_ENCRYPTION_SECRET"):
            await build(stack, settings(url, secret=SECRET[::-1]))


async def test_a_sealed_value_does_not_open_in_another_row(url: str) -> None:
    async with replica(url) as auth:
        for email in (EMAIL, "eve@example.org"):
            await auth.Register(RegisterRequest(email=email, password=PASSWORD, name=NAME))
    engine = open_database(url)
    async with engine.begin() as connection:
        other = users.alias()
        others_name = sa.select(other.c.name_sealed).where(other.c.id != users.c.id).scalar_subquery()
        await connection.execute(sa.update(users).values(name_sealed=others_name))
    transactions = SqlTransactions(engine, SecretStr(SECRET))

    async def find() -> None:
        async with transactions() as tx:
            await tx.accounts.find_by_email(EMAIL)

    with pytest.raises(InvalidTag):
        await find()
    await engine.dispose()


async def test_without_a_database_it_starts_and_is_not_ready() -> None:
    nowhere = next(port for port in range(20_000, 21_000) if is_free(port))
    async with AsyncExitStack() as stack:
        service = await build(stack, settings(f"postgresql+asyncpg://auth:password@127.0.0.1:{nowhere}/hiremesh"))
        for name in ("database", "signing_keys"):
            with pytest.raises((OSError, ServiceUnavailable)):
                await service.checks[name]()


async def serves(port: int) -> bool:
    try:
        await grpc_serves(port, "hiremesh.auth.v1.AuthService")
    except (ConnectionError, grpc.aio.AioRpcError):
        return False
    return True


async def test_the_process_serves_until_it_is_asked_to_stop_and_tells_nothing(url: str) -> None:
    port, metrics_port = (port for port, _ in zip(filter(is_free, range(20_000, 21_000)), range(2), strict=False))
    environment = {
        "PORT": str(port),
        "METRICS_PORT": str(metrics_port),
        "MESH_TOKEN": MESH_TOKEN.get_secret_value(),
        "DATABASE_URL": url,
        "KEY_ENCRYPTION_SECRET": SECRET,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "auth_service"),
        env=os.environ | {f"HIREMESH_AUTH_{name}": value for name, value in environment.items()},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(120), grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            await channel.channel_ready()
            while not await serves(port):  # noqa: ASYNC110  # another process sets no event of ours
                await asyncio.sleep(0.05)
            stub: auth_service_pb2_grpc.AuthServiceAsyncStub = auth_service_pb2_grpc.AuthServiceStub(channel)
            await stub.Register(RegisterRequest(email=EMAIL, password=PASSWORD, name=NAME))
            pair = await stub.Login(LoginRequest(email=EMAIL, password=PASSWORD))
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(120):
            output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0
    events = [json.loads(line)["event"] for line in output.splitlines()]
    assert {"service_started", "user_registered", "session_started", "service_stopped"} <= set(events)
    for secret in (EMAIL, "Lovelace", PASSWORD, SECRET, pair.access_token, pair.refresh_token):
        assert secret.encode() not in output
