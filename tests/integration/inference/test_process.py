"""Inference as a process of its own, with a model on llama.cpp."""

import asyncio
import json
import os
import signal
import sys
import urllib.request
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import psutil
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_status import rpc_status

from hiremesh.inference.v1 import inference_service_pb2 as pb
from hiremesh.inference.v1 import inference_service_pb2_grpc
from localmesh.ports import is_free
from meshkit.channels import to_remote_error
from meshkit.testing import MESH_TOKEN, mesh_metadata
from tests.conformance.inference.smollm import smollm_path
from tests.unit.inference.model import ensure_model

SERVICE = "hiremesh.inference.v1.InferenceService"
MESH = mesh_metadata()
PATIENCE_SECONDS = 60
ROOT = Path(__file__).parents[3]
SECRET_WORD = "xylophonist"


@dataclass
class Inference:
    process: asyncio.subprocess.Process
    metrics_port: int
    channel: grpc.aio.Channel

    @property
    def stub(self) -> Any:
        return inference_service_pb2_grpc.InferenceServiceStub(self.channel)

    async def status(self, service: str) -> int:
        stub: Any = health_pb2_grpc.HealthStub(self.channel)
        try:
            response: health_pb2.HealthCheckResponse
            response = await stub.Check(health_pb2.HealthCheckRequest(service=service))
            return int(response.status)
        except grpc.aio.AioRpcError:
            return int(health_pb2.HealthCheckResponse.UNKNOWN)

    async def reaches(self, status: int, service: str = SERVICE) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await self.status(service) != status:  # noqa: ASYNC110  # another process sets no event of ours
                await asyncio.sleep(0.02)

    async def is_ready(self) -> bool:
        """Whether the model answers now; health looks only every two seconds."""
        response = await self.stub.GetModel(pb.GetModelRequest(model="smollm2"), metadata=MESH)
        return bool(response.models[0].ready)

    def model_server(self) -> psutil.Process:
        (server,) = [
            child
            for child in psutil.Process(self.process.pid).children()
            if "llama_server" in " ".join(child.cmdline())
        ]
        return server

    def generate(self, *, max_tokens: int = 8, text: str = "Count from one to a thousand.") -> Any:
        sampling = pb.Sampling(temperature=0)
        messages = [pb.Message(role="user", content=text)]
        request = pb.GenerateRequest(messages=messages, max_tokens=max_tokens, sampling=sampling, tenant="acme")
        return self.stub.Generate(request, metadata=MESH, timeout=PATIENCE_SECONDS)

    async def metrics(self) -> str:
        def read() -> str:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}/metrics") as response:
                return str(response.read().decode())

        return await asyncio.to_thread(read)


@pytest.fixture
async def inference() -> AsyncIterator[Inference]:
    ports = (port for port in range(17_000, 19_000) if is_free(port))
    port, metrics_port = next(ports), next(ports)
    engine = {
        "engine": "llama_cpp",
        "id": "smollm2",
        "path": str(smollm_path()),
        "context_tokens": 2048,
        "max_running": 2,
    }
    environment = {
        "PORT": str(port),
        "METRICS_PORT": str(metrics_port),
        "MESH_TOKEN": MESH_TOKEN.get_secret_value(),
        "EMBEDDER_PATH": str(ensure_model()),
        "ENGINES": json.dumps([engine]),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "inference_service"),
        cwd=ROOT,
        env=os.environ | {f"HIREMESH_INFERENCE_{name}": value for name, value in environment.items()},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        inference = Inference(process, metrics_port, channel)
        try:
            yield inference
        finally:
            if process.returncode is None:
                process.kill()
                await process.communicate()


async def test_it_is_ready_once_the_model_is_warm_and_tells_what_it_generated(inference: Inference) -> None:
    await inference.reaches(health_pb2.HealthCheckResponse.SERVING, service="")
    await inference.reaches(health_pb2.HealthCheckResponse.SERVING)
    responses = [response async for response in inference.generate()]
    assert responses[-1].usage.output_tokens == 8
    metrics = await inference.metrics()
    for line in (
        'hiremesh_inference_generation_tokens_total{kind="output",model="smollm2"} 8.0',
        'hiremesh_inference_time_to_first_token_seconds_count{model="smollm2"} 1.0',
        'hiremesh_inference_time_per_output_token_seconds_count{model="smollm2"} 1.0',
        'hiremesh_inference_generation_queue_duration_seconds_count{model="smollm2",priority="interactive"} 1.0',
    ):
        assert line in metrics


async def test_streams_in_hand_are_finished_after_sigterm_and_nothing_is_left_behind(inference: Inference) -> None:
    await inference.reaches(health_pb2.HealthCheckResponse.SERVING)
    server = inference.model_server()
    call = inference.generate(max_tokens=60, text=f"Tell me about a {SECRET_WORD}.")
    pieces = aiter(call)
    await anext(pieces)
    inference.process.send_signal(signal.SIGTERM)
    finished = [response async for response in pieces]
    assert finished[-1].finish_reason != pb.FINISH_REASON_UNSPECIFIED
    assert finished[-1].usage.output_tokens > 1
    async with asyncio.timeout(PATIENCE_SECONDS):
        output, _ = await inference.process.communicate()
    assert inference.process.returncode == 0
    assert not server.is_running()
    assert b"service_stopped" in output
    assert SECRET_WORD.encode() not in output


async def test_a_model_server_that_dies_fails_its_calls_only_and_is_started_again(inference: Inference) -> None:
    await inference.reaches(health_pb2.HealthCheckResponse.SERVING)
    call = inference.generate(max_tokens=1500)
    pieces = aiter(call)
    await anext(pieces)
    inference.model_server().kill()
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        async for _ in pieces:
            pass
    assert to_remote_error(rpc_status.from_call(failure.value), failure.value).wire_reason == "SERVICE_UNAVAILABLE"
    embedded = await inference.stub.Embed(pb.EmbedRequest(texts=["still here"]), metadata=MESH)
    assert len(embedded.embeddings) == 1
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await inference.is_ready():  # noqa: ASYNC110  # another process sets no event of ours
            await asyncio.sleep(0.05)
    responses = [response async for response in inference.generate()]
    assert responses[-1].usage.output_tokens == 8


async def test_the_model_server_does_not_outlive_a_service_that_was_killed(inference: Inference) -> None:
    await inference.reaches(health_pb2.HealthCheckResponse.SERVING)
    server = inference.model_server()
    inference.process.kill()
    await asyncio.to_thread(server.wait, PATIENCE_SECONDS)
    assert not server.is_running()
