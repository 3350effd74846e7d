"""Matching as a process of its own."""

import asyncio
import json
import os
import signal
import sys

import grpc

from localmesh.ports import is_free
from localmesh.probes import grpc_serves
from meshkit.events import subject_of
from meshkit.messaging import EventPublisher, connect_broker, ensure_streams
from meshkit.testing import MESH_TOKEN
from tests.support.builders.matching import parsed_event
from tests.support.nats import NewBroker
from tests.support.postgres import PostgresUrl


async def serves(port: int) -> bool:
    try:
        await grpc_serves(port, "hiremesh.matching.v1.MatchingService")
    except (ConnectionError, grpc.aio.AioRpcError):
        return False
    return True


async def test_it_serves_without_its_neighbours_until_it_is_asked_to_stop_and_tells_nothing(
    postgres_url: PostgresUrl, new_nats_server: NewBroker
) -> None:
    broker = new_nats_server()
    ports = (port for port in range(19_000, 20_000) if is_free(port))
    port, metrics_port, nowhere = next(ports), next(ports), next(ports)
    environment = {
        "PORT": str(port),
        "METRICS_PORT": str(metrics_port),
        "MESH_TOKEN": MESH_TOKEN.get_secret_value(),
        "DATABASE_URL": postgres_url("matching"),
        "NATS_URL": broker.url,
        "ENCRYPTION_SECRET": "secret-of-tests",
        "AUTH_TARGET": f"127.0.0.1:{nowhere}",
        "GATEWAY_TARGET": f"127.0.0.1:{nowhere}",
        "INFERENCE_TARGET": f"127.0.0.1:{nowhere}",
        "PARSER_TARGET": f"127.0.0.1:{nowhere}",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "matching_service"),
        env=os.environ | {f"HIREMESH_MATCHING_{name}": value for name, value in environment.items()},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    event = parsed_event("Python", title="Chief Lighthouse Keeper")
    try:
        async with asyncio.timeout(60):
            while not await serves(port):  # noqa: ASYNC110  # another process sets no event of ours
                await asyncio.sleep(0.05)
            connection = await connect_broker(broker.url, name="tests")
            await ensure_streams(connection)
            await EventPublisher(connection)(subject_of(event), event.id, event.SerializeToString())
            await connection.close()
            assert process.stdout is not None
            lines = []
            async for line in process.stdout:
                lines.append(line)
                if b"event_failed" in line:
                    break
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(30):
            rest, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    output = b"".join((*lines, rest))
    assert process.returncode == 0
    assert {"service_started", "event_failed", "service_stopped"} <= {
        json.loads(line)["event"] for line in output.splitlines()
    }
    assert b"Lighthouse" not in output
