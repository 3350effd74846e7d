"""The service as it is composed, with its real model."""

import asyncio
import math
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from hiremesh.inference.v1 import inference_service_pb2 as pb
from hiremesh.inference.v1 import inference_service_pb2_grpc
from inference_service.adapters.model_folder import BrokenModelFolder
from inference_service.adapters.presence import EngineMissing
from inference_service.app import build
from inference_service.settings import EngineSettings, LlamaCppSettings, Settings, VllmSettings
from meshkit.errors import ServiceUnavailable
from meshkit.server import HealthCheck
from meshkit.testing import MESH_TOKEN, mesh_metadata, serving
from tests.unit.inference.model import ensure_model


def settings(embedder_path: Path, *engines: EngineSettings) -> Settings:
    return Settings(port=0, metrics_port=0, mesh_token=MESH_TOKEN, embedder_path=embedder_path, engines=engines)


async def ready(check: HealthCheck) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                await check()
            except ServiceUnavailable:
                await asyncio.sleep(0.01)
            else:
                return


async def test_the_composed_service_becomes_ready_and_embeds() -> None:
    async with AsyncExitStack() as stack:
        service = await build(settings(ensure_model()), stack)
        check = service.checks["all-minilm-l6-v2-int8"]
        with pytest.raises(ServiceUnavailable):
            await check()
        await ready(check)
        channel = await stack.enter_async_context(serving(*service.servicers))
        stub: inference_service_pb2_grpc.InferenceServiceAsyncStub
        stub = inference_service_pb2_grpc.InferenceServiceStub(channel)
        texts = ["Registered nurse", "Nurse in intensive care", "Firmware for motors"]
        response = await stub.Embed(pb.EmbedRequest(texts=texts), metadata=mesh_metadata())
    nurse, care, firmware = (embedding.values for embedding in response.embeddings)
    assert dot(nurse, care) > dot(nurse, firmware)


def dot(one: Sequence[float], other: Sequence[float]) -> float:
    return math.fsum(a * b for a, b in zip(one, other, strict=True))


async def test_a_start_without_a_model_says_how_to_build_it(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        with pytest.raises(BrokenModelFolder, match=r"python -m inference_service\.weights"):
            await build(settings(tmp_path), stack)


@pytest.mark.parametrize(
    ("engine", "fault"),
    [
        (
            LlamaCppSettings(engine="llama_cpp", id="local", path=Path("away.gguf")),
            "engine local: away.gguf is missing",
        ),
        (
            LlamaCppSettings(engine="llama_cpp", id="local", path=Path(__file__), adapters={"a": Path("away.gguf")}),
            "engine local: away.gguf is missing",
        ),
        (VllmSettings(engine="vllm", id="large", path="/models/large"), "engine large: vllm is not installed"),
    ],
    ids=["no model", "no adapter", "no package"],
)
async def test_a_start_without_what_an_engine_needs_says_what_is_missing(engine: EngineSettings, fault: str) -> None:
    async with AsyncExitStack() as stack:
        with pytest.raises(EngineMissing, match=fault):
            await build(settings(ensure_model(), engine), stack)
