"""A real Envoy in front of real gRPC servers whose answers the tests choose."""

import asyncio
import socket
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
import httpx
import pytest
from google.api import httpbody_pb2
from google.protobuf import empty_pb2
from grpc_status import rpc_status
from joserfc import jwt
from joserfc.jwk import ECKey

from edgeconfig import EdgeAddresses, EdgeSettings
from hiremesh.auth.v1 import auth_service_pb2, auth_service_pb2_grpc
from hiremesh.gateway.v1 import (
    parse_job_service_pb2_grpc,
    resume_service_pb2,
    resume_service_pb2_grpc,
    status_service_pb2,
    status_service_pb2_grpc,
)
from meshkit.errors import DomainError
from meshkit.interceptors.errors import to_status
from tests.support.envoy import running_envoy

START_SECONDS = 120


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Signer:
    """Signs tokens as auth does; every changed claim is a way to get it wrong."""

    def __init__(self) -> None:
        self.key = ECKey.generate_key("P-256", {"kid": "edge-tests", "use": "sig", "alg": "ES256"})

    def token(self, key: ECKey | None = None, **changes: Any) -> str:
        now = datetime.now(UTC)
        claims = {
            "iss": "hiremesh",
            "aud": "hiremesh-api",
            "sub": str(uuid4()),  # a user of its own, and so a rate limit of its own
            "exp": int((now + timedelta(minutes=5)).timestamp()),
        }
        return jwt.encode({"alg": "ES256", "kid": "edge-tests"}, claims | changes, key or self.key)

    def bearer(self, **changes: Any) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token(**changes)}"}


@dataclass
class Upstream:
    """What the servers saw, and how they shall answer."""

    signer: Signer
    metadata: dict[str, str] = field(default_factory=dict)
    requests: list[Any] = field(default_factory=list)
    seconds_left: float | None = None
    error: DomainError | None = None
    answer: Any = None
    initial_metadata: tuple[tuple[str, str], ...] = ()
    delay_seconds: float = 0.0
    # What streams send, one message each; None ends them.
    frames: asyncio.Queue[bytes | None] = field(default_factory=asyncio.Queue)
    streams_left: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, request: Any, context: Any, default: Any) -> Any:
        await self.hear(request, context)
        return default if self.answer is None else self.answer

    async def stream(self, request: Any, context: Any) -> AsyncGenerator[Any]:
        await self.hear(request, context)
        try:
            while (frame := await self.frames.get()) is not None:
                yield httpbody_pb2.HttpBody(content_type="text/event-stream", data=frame)
        finally:
            self.streams_left.set()

    async def hear(self, request: Any, context: Any) -> None:
        self.requests.append(request)
        self.metadata = {str(key): str(value) for key, value in context.invocation_metadata() or ()}
        self.seconds_left = context.time_remaining()
        if self.initial_metadata:
            await context.send_initial_metadata(self.initial_metadata)
        await asyncio.sleep(self.delay_seconds)
        if self.error is not None:
            await context.abort_with_status(rpc_status.to_status(to_status(self.error)))

    def reset(self) -> None:
        self.__init__(self.signer)  # type: ignore[misc]  # back to what a new one is


class Resumes(resume_service_pb2_grpc.ResumeServiceServicer):
    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    async def ParseResume(self, request: Any, context: Any) -> Any:
        return await self._upstream.serve(request, context, resume_service_pb2.ParseResumeResponse())

    async def GetResume(self, request: Any, context: Any) -> Any:
        return await self._upstream.serve(request, context, resume_service_pb2.GetResumeResponse())

    async def ListResumes(self, request: Any, context: Any) -> Any:
        return await self._upstream.serve(request, context, resume_service_pb2.ListResumesResponse())

    async def DeleteResume(self, request: Any, context: Any) -> Any:
        return await self._upstream.serve(request, context, empty_pb2.Empty())


class Jobs(parse_job_service_pb2_grpc.ParseJobServiceServicer):
    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    async def StreamParseJob(self, request: Any, context: Any) -> AsyncIterator[Any]:
        async with aclosing(self._upstream.stream(request, context)) as frames:
            async for frame in frames:
                yield frame


class Status(status_service_pb2_grpc.StatusServiceServicer):
    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    async def GetStatus(self, request: Any, context: Any) -> Any:
        return await self._upstream.serve(request, context, status_service_pb2.GetStatusResponse(status="ok"))

    async def GetHealth(self, request: Any, context: Any) -> Any:
        return await self._upstream.serve(request, context, status_service_pb2.GetHealthResponse(status="healthy"))


class Auth(auth_service_pb2_grpc.AuthServiceServicer):
    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    async def Register(self, request: Any, context: Any) -> Any:
        return await self._upstream.serve(request, context, auth_service_pb2.RegisterResponse())

    async def Login(self, request: Any, context: Any) -> Any:
        return await self._upstream.serve(request, context, auth_service_pb2.LoginResponse(token_type="bearer"))

    async def GetJwks(self, request: Any, context: Any) -> Any:
        public: dict[str, Any] = dict(self._upstream.signer.key.as_dict(private=False))
        return auth_service_pb2.GetJwksResponse(keys=[auth_service_pb2.JsonWebKey(**public)])


@asynccontextmanager
async def serving(upstream: Upstream, port: int) -> AsyncIterator[None]:
    server = grpc.aio.server(options=[("grpc.max_receive_message_length", 16 * 1024 * 1024)])
    resume_service_pb2_grpc.add_ResumeServiceServicer_to_server(Resumes(upstream), server)
    parse_job_service_pb2_grpc.add_ParseJobServiceServicer_to_server(Jobs(upstream), server)  # type: ignore[abstract]  # streams only
    status_service_pb2_grpc.add_StatusServiceServicer_to_server(Status(upstream), server)
    auth_service_pb2_grpc.add_AuthServiceServicer_to_server(Auth(upstream), server)  # type: ignore[abstract]  # it has no RefreshToken on purpose
    assert server.add_insecure_port(f"127.0.0.1:{port}") == port
    await server.start()
    try:
        yield
    finally:
        await server.stop(None)


@dataclass(frozen=True)
class Edge:
    """A running Envoy."""

    address: str
    admin: str
    access_log: Path
    signer: Signer

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    async def until_keys_are_known(self) -> None:
        """Auth's keys arrive a moment after Envoy and auth are up."""
        async with httpx.AsyncClient(base_url=self.url) as client, asyncio.timeout(START_SECONDS):
            while (await client.get("/api/v1/resumes", headers=self.signer.bearer())).status_code == 503:  # noqa: ASYNC110  # another process has no event to await
                await asyncio.sleep(0.05)


async def until_ready(admin_port: int) -> None:
    async with httpx.AsyncClient() as client, asyncio.timeout(START_SECONDS):
        while True:
            try:
                if (await client.get(f"http://127.0.0.1:{admin_port}/ready")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)


@asynccontextmanager
async def edge_before(folder: Path, signer: Signer, *, gateway: int, auth: int) -> AsyncIterator[Edge]:
    """An Envoy before these ports; nobody listens at matching's."""
    addresses = EdgeAddresses(
        listen_host="127.0.0.1",
        listen_port=free_port(),
        admin_port=free_port(),
        gateway=f"127.0.0.1:{gateway}",
        auth=f"127.0.0.1:{auth}",
        matching=f"127.0.0.1:{free_port()}",
        access_log=str(folder / "access.log"),
    )
    with running_envoy(folder, EdgeSettings(), addresses):
        await until_ready(addresses.admin_port)
        admin = f"http://127.0.0.1:{addresses.admin_port}"
        yield Edge(f"127.0.0.1:{addresses.listen_port}", admin, folder / "access.log", signer)


@pytest.fixture(scope="session")
async def _session_upstream() -> Upstream:
    return Upstream(Signer())


@pytest.fixture(scope="session")
async def edge(tmp_path_factory: pytest.TempPathFactory, _session_upstream: Upstream) -> AsyncIterator[Edge]:
    port = free_port()
    folder = tmp_path_factory.mktemp("edge")
    async with (
        serving(_session_upstream, port),
        edge_before(folder, _session_upstream.signer, gateway=port, auth=port) as edge,
    ):
        await edge.until_keys_are_known()
        yield edge
        # A script that fails lets requests and answers pass as they are.
        async with httpx.AsyncClient(base_url=edge.admin) as admin:
            assert "edge.lua.errors: 0\n" in (await admin.get("/stats?filter=lua.errors")).text


@pytest.fixture
def upstream(_session_upstream: Upstream) -> Upstream:
    _session_upstream.reset()
    return _session_upstream


@pytest.fixture
async def client(edge: Edge) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=edge.url, timeout=60) as client:
        yield client


@pytest.fixture
def bearer(edge: Edge) -> dict[str, str]:
    return edge.signer.bearer()
