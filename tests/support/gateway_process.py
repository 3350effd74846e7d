"""Gateway as a process of its own, on a real database and broker; auth and parser are servers of the test."""

import asyncio
import json
import os
import random
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import grpc
import httpx
import pytest
from google.api import httpbody_pb2
from google.protobuf import json_format
from nats.aio.client import Client
from prometheus_client.parser import text_string_to_metric_families

from hiremesh.auth.v1 import auth_service_pb2, auth_service_pb2_grpc
from hiremesh.gateway.v1 import (
    resume_service_pb2,
    resume_service_pb2_grpc,
)
from hiremesh.profile.v1 import resume_pb2
from localmesh.ports import is_free
from localmesh.probes import grpc_serves
from meshkit.messaging import connect_broker
from meshkit.server import Servicer
from meshkit.testing import MESH_TOKEN, TokenIssuer, listening, user_metadata
from tests.support.builders.gateway import USER, resume_content
from tests.support.fakes.parser import ScriptedParserServicer
from tests.support.nats import NatsServer, NewBroker
from tests.support.postgres import PostgresUrl

AUTH = auth_service_pb2.DESCRIPTOR.services_by_name["AuthService"]
RESUMES = resume_service_pb2.DESCRIPTOR.services_by_name["ResumeService"]
PATIENCE_SECONDS = 120
ANY_SIZE = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
issuer = TokenIssuer()


class PublishedKeys(auth_service_pb2_grpc.AuthServiceServicer):
    async def GetJwks(self, request: Any, context: Any) -> auth_service_pb2.GetJwksResponse:
        return json_format.ParseDict(dict(await issuer.keys()), auth_service_pb2.GetJwksResponse())


@dataclass
class GatewayProcess:
    port: int
    metrics_port: int
    process: asyncio.subprocess.Process
    # A file: a pipe that nobody reads stops its writer when it is full.
    output: IO[bytes]
    database: str
    broker: Client
    parser: ScriptedParserServicer
    channel: grpc.aio.Channel
    server: NatsServer

    async def parse(self, data: bytes) -> resume_pb2.Resume:
        stub: Any = resume_service_pb2_grpc.ResumeServiceStub(self.channel)
        document = httpbody_pb2.HttpBody(content_type="text/plain", data=data)
        request = resume_service_pb2.ParseResumeRequest(document=document, filename="Ada-Example.txt")
        response = await stub.ParseResume(request, metadata=user_metadata(issuer.token(USER)))
        resume: resume_pb2.Resume = response.resume
        return resume

    async def ready(self) -> bool:
        try:
            await grpc_serves(self.port, RESUMES.full_name)
        except (ConnectionError, grpc.aio.AioRpcError):
            return False
        return True

    async def figure(self, name: str, **labels: str) -> float:
        """The sum of a metric's values on the metrics page."""
        async with httpx.AsyncClient(trust_env=False) as client:
            page = (await client.get(f"http://127.0.0.1:{self.metrics_port}/metrics")).text
        samples = (sample for family in text_string_to_metric_families(page) for sample in family.samples)
        return sum(s.value for s in samples if s.name == name and labels.items() <= s.labels.items())

    async def until_figure(self, name: str, expected: object, **labels: str) -> None:
        """Returns when the metric shows the value; figures of the queue follow it by a round of upkeep."""
        seen: set[float] = set()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while (value := await self.figure(name, **labels)) != expected:
                    seen.add(value)
                    await asyncio.sleep(0.05)
        except TimeoutError:
            pytest.fail(f"{name} was {sorted(seen)}, and never {expected}")

    async def stop(self) -> bytes:
        """Its whole output."""
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self.process.wait()
        self.output.seek(0)
        return self.output.read()


@asynccontextmanager
async def gateway_running(
    database: str, server: NatsServer, storage: Path, *, program: Sequence[str] = ("-m", "gateway_service"), **more: str
) -> AsyncIterator[GatewayProcess]:
    """A gateway that is ready; `more` are settings without their prefix. It is killed at the end."""
    ports = (port for port in random.sample(range(17_000, 19_000), 500) if is_free(port))
    port, metrics_port = next(ports), next(ports)
    parser = ScriptedParserServicer()
    parser.answer = resume_pb2.Resume.FromString(resume_content())
    keys = PublishedKeys()  # type: ignore[abstract]  # the rest is not called
    async with AsyncExitStack() as stack:
        auth = Servicer(AUTH, auth_service_pb2_grpc.add_AuthServiceServicer_to_server, keys)
        environment = {
            "PORT": str(port),
            "METRICS_PORT": str(metrics_port),
            "MESH_TOKEN": MESH_TOKEN.get_secret_value(),
            "DATABASE_URL": database,
            "NATS_URL": server.url,
            "AUTH_TARGET": await stack.enter_async_context(listening(auth)),
            "PARSER_TARGET": await stack.enter_async_context(listening(parser.servicer())),
            "ENCRYPTION_SECRET": "secret-of-tests-with-32-characters",
            "STORAGE_FOLDER": str(storage),
            # The tests' own receivers are on this machine.
            "WEBHOOK_PRIVATE_ADDRESSES": "true",
            "WEBHOOK_RETRY_DELAYS": json.dumps(["PT1S"] * PATIENCE_SECONDS),
            **more,
        }
        output = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115  # the stack closes it
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *program,
            env=os.environ | {f"HIREMESH_GATEWAY_{name}": value for name, value in environment.items()},
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
        )
        channel = await stack.enter_async_context(grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=ANY_SIZE))
        broker = await connect_broker(server.url, name="tests")
        gateway = GatewayProcess(port, metrics_port, process, output, database, broker, parser, channel, server)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not await gateway.ready():  # noqa: ASYNC110  # another process sets no event of ours
                    await asyncio.sleep(0.05)
            yield gateway
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
            await broker.close()


@pytest.fixture
async def gateway_process(
    postgres_url: PostgresUrl, new_nats_server: NewBroker, tmp_path: Path
) -> AsyncIterator[GatewayProcess]:
    """A gateway of the test's own, with a broker of its own."""
    async with gateway_running(postgres_url("gateway"), new_nats_server(), tmp_path) as gateway:
        yield gateway
