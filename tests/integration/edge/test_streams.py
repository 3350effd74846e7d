"""Server-sent events through the edge."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from hiremesh.gateway.v1 import parse_job_service_pb2
from meshkit.errors import NotFound
from tests.integration.edge.conftest import Edge, Upstream

SITE = "http://localhost:5173"
STREAM = "/parse-resume-async/stream/7"
FIRST, SECOND = b"id: 1\ndata: {}\n\n", b": waiting\n\n"


@asynccontextmanager
async def listening(
    client: httpx.AsyncClient, upstream: Upstream, path: str = STREAM, **headers: str
) -> AsyncIterator[httpx.Response]:
    upstream.frames.put_nowait(FIRST)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    async with asyncio.timeout(120), client.stream("GET", path, headers=sent) as response:
        yield response


@pytest.mark.parametrize("path", [STREAM, f"/api/v1{STREAM}", f"{STREAM}/"])
async def test_events_come_one_by_one_as_they_happen(
    client: httpx.AsyncClient, bearer: dict[str, str], upstream: Upstream, path: str
) -> None:
    async with listening(client, upstream, path, **bearer) as response:
        assert response.headers["content-type"] == "text/event-stream"
        assert response.headers["cache-control"] == "no-cache"
        chunks = response.aiter_raw()
        assert await anext(chunks) == FIRST
        # The second is not there yet, and the first was not held back for it.
        upstream.frames.put_nowait(SECOND)
        assert await anext(chunks) == SECOND
        upstream.frames.put_nowait(None)
        assert [chunk async for chunk in chunks] == []
    assert upstream.requests == [parse_job_service_pb2.StreamParseJobRequest(job_id="7")]


async def test_handler_ends_when_its_client_leaves(
    client: httpx.AsyncClient, bearer: dict[str, str], upstream: Upstream
) -> None:
    async with listening(client, upstream, **bearer) as response:
        await anext(response.aiter_raw())
        assert not upstream.streams_left.is_set()
    async with asyncio.timeout(120):
        await upstream.streams_left.wait()


async def test_token_may_come_in_the_query_and_reaches_the_service_as_a_header_only(
    client: httpx.AsyncClient, edge: Edge, upstream: Upstream
) -> None:
    token = edge.signer.token()
    async with listening(client, upstream, f"{STREAM}?authorization={token}") as response:
        assert response.status_code == 200
        await anext(response.aiter_raw())
    assert upstream.metadata["authorization"] == f"Bearer {token}"
    assert [name for name, value in upstream.metadata.items() if token in value] == ["authorization"]


async def test_token_in_the_query_is_in_no_log(client: httpx.AsyncClient, edge: Edge, upstream: Upstream) -> None:
    token = edge.signer.token()
    async with listening(client, upstream, f"{STREAM}?authorization={token}") as response:
        upstream.frames.put_nowait(None)
        await response.aread()
    trace_id = response.headers["x-trace-id"]
    async with asyncio.timeout(120):
        while trace_id not in edge.access_log.read_text():  # noqa: ASYNC110  # Envoy writes it when it likes
            await asyncio.sleep(0.05)
    entry = next(json.loads(line) for line in edge.access_log.read_text().splitlines() if trace_id in line)
    assert entry["path"] == STREAM
    assert token not in edge.access_log.read_text()


@pytest.mark.parametrize("query", ["", "?authorization=", "?authorization=wrong"])
async def test_streams_need_a_token(client: httpx.AsyncClient, upstream: Upstream, query: str) -> None:
    response = await client.get(STREAM + query)
    assert (response.status_code, response.json()["code"]) == (401, "INVALID_TOKEN")
    assert upstream.requests == []


async def test_other_calls_take_no_token_from_the_query(
    client: httpx.AsyncClient, edge: Edge, upstream: Upstream
) -> None:
    token = edge.signer.token()
    for path in ("/api/v1/resumes", "/parse-resume-async/status/7"):
        assert (await client.get(f"{path}?authorization={token}")).status_code == 401
    assert upstream.requests == []


async def test_other_parameters_of_a_stream_are_still_checked(
    client: httpx.AsyncClient, edge: Edge, upstream: Upstream
) -> None:
    response = await client.get(f"{STREAM}?wrong=1&authorization={edge.signer.token()}")
    assert (response.status_code, response.json()["code"]) == (400, "INVALID_REQUEST")


async def test_id_of_the_last_event_reaches_the_service(
    client: httpx.AsyncClient, bearer: dict[str, str], upstream: Upstream
) -> None:
    async with listening(client, upstream, last_event_id="4", **bearer) as response:
        await anext(response.aiter_raw())
    assert upstream.metadata["last-event-id"] == "4"


async def test_allowed_sites_may_listen(
    client: httpx.AsyncClient, edge: Edge, bearer: dict[str, str], upstream: Upstream
) -> None:
    path = f"{STREAM}?authorization={edge.signer.token()}"
    async with listening(client, upstream, path, origin=SITE) as response:
        assert response.headers["access-control-allow-origin"] == SITE
        await anext(response.aiter_raw())
    # A polyfill that uses fetch asks first.
    preflight = {
        "origin": SITE,
        "access-control-request-method": "GET",
        "access-control-request-headers": "last-event-id",
    }
    allowed = (await client.options(STREAM, headers=preflight)).headers["access-control-allow-headers"]
    assert "last-event-id" in allowed


async def test_failure_before_the_first_event_is_a_problem(
    client: httpx.AsyncClient, bearer: dict[str, str], upstream: Upstream
) -> None:
    upstream.error = NotFound(resource="Job")
    response = await client.get(STREAM, headers=bearer)
    assert (response.status_code, response.json()["detail"]) == (404, "Job not found")
    assert response.headers["content-type"] == "application/problem+json"


async def test_streams_have_the_time_that_the_contract_gives_them(
    client: httpx.AsyncClient, bearer: dict[str, str], upstream: Upstream
) -> None:
    async with listening(client, upstream, **bearer) as response:
        await anext(response.aiter_raw())
    assert upstream.seconds_left is not None
    assert upstream.seconds_left > 3000
