"""Health probes: each raises while the thing is not healthy."""

import asyncio
import urllib.request

import asyncpg
import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

_SECONDS = 2.0
# Probes stay on this machine, whatever proxy its user has set.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


async def http_answers(url: str) -> None:
    """Passes when the address answers with a status below 400."""
    await http_call(url)


async def http_call(url: str, method: str = "GET") -> bytes:
    """The body of an answer with a status below 400. Raises OSError for others."""
    return await asyncio.to_thread(_call, urllib.request.Request(url, method=method))  # noqa: S310  # our own addresses


def _call(request: urllib.request.Request) -> bytes:
    with _opener.open(request, timeout=_SECONDS) as response:
        body: bytes = response.read()
    return body


async def grpc_serves(port: int, service: str) -> None:
    """Passes when the health service at `port` calls `service` serving."""
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=[("grpc.enable_http_proxy", 0)]) as channel:
        request = health_pb2.HealthCheckRequest(service=service)
        response = await health_pb2_grpc.HealthStub(channel).Check(request, timeout=_SECONDS)
    if response.status != health_pb2.HealthCheckResponse.SERVING:
        raise ConnectionError(service)


async def postgres_answers(port: int, user: str, password: str) -> None:
    """Passes when the server takes logins and answers `SELECT 1`."""
    connection = await asyncpg.connect(
        host="127.0.0.1", port=port, user=user, password=password, database="postgres", timeout=_SECONDS
    )
    try:
        await connection.execute("SELECT 1")
    finally:
        await connection.close(timeout=_SECONDS)
