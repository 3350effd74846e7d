"""Gateway's parses, health and end as a process of its own."""

import asyncio
import json
from typing import Any

import asyncpg

from hiremesh.events.v1 import envelope_pb2
from hiremesh.gateway.v1 import status_service_pb2, status_service_pb2_grpc
from localmesh.postgres import Cluster
from meshkit.messaging import EVENT_STREAM
from tests.support.builders.gateway import USER
from tests.support.gateway_process import PATIENCE_SECONDS, GatewayProcess
from tests.support.postgres import PASSWORD


async def test_a_resume_is_parsed_sealed_in_the_database_told_to_the_mesh_and_kept_out_of_the_log(
    gateway_process: GatewayProcess, postgres: Cluster
) -> None:
    parsed = await gateway_process.parse(b"Ada Example")
    assert parsed.personal.name == "Ada Example"
    assert (await gateway_process.parse(b"Ada Example")).metadata.cache.hit

    subscription = await gateway_process.broker.jetstream().pull_subscribe(
        "hiremesh.resume.v1.parsed", durable="tests", stream=EVENT_STREAM
    )
    (message,) = await subscription.fetch(1, timeout=PATIENCE_SECONDS)
    event = envelope_pb2.Envelope.FromString(message.data)
    assert (event.resume_parsed.resume_id, event.resume_parsed.owner_id) == (parsed.metadata.resume_id, USER)

    connection = await asyncpg.connect(gateway_process.database.replace("+asyncpg", ""), password=PASSWORD)
    content = await connection.fetchval("SELECT content FROM resumes WHERE id = $1", parsed.metadata.resume_id)
    await connection.close()
    assert content
    assert b"Ada" not in content

    output = await gateway_process.stop()
    assert gateway_process.process.returncode == 0
    events = [json.loads(line)["event"] for line in output.splitlines()]
    assert {"service_started", "rpc_handled", "service_draining", "service_stopped"} <= set(events)
    assert b"ada" not in output.lower()


async def test_health_tells_the_state_of_every_dependency(gateway_process: GatewayProcess) -> None:
    stub: Any = status_service_pb2_grpc.StatusServiceStub(gateway_process.channel)
    response = await stub.GetHealth(status_service_pb2.GetHealthRequest())
    # The servers of the test say that they are alive, not that their services are ready.
    assert dict(response.dependencies) == {
        "database": "up",
        "broker": "up",
        "parser": "down",
        "auth": "down",
        "storage": "up",
    }
    assert response.status == "unhealthy"


async def test_a_call_in_progress_is_finished_before_the_service_stops(gateway_process: GatewayProcess) -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def answer_when_told() -> None:
        asked.set()
        await go_on.wait()

    gateway_process.parser.meanwhile = answer_when_told
    call = asyncio.create_task(gateway_process.parse(b"Ada Example"))
    await asked.wait()
    stopping = asyncio.create_task(gateway_process.stop())
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await gateway_process.ready():  # noqa: ASYNC110  # another process sets no event of ours
            await asyncio.sleep(0.02)
    go_on.set()
    assert (await call).personal.name == "Ada Example"
    await stopping
    assert gateway_process.process.returncode == 0
