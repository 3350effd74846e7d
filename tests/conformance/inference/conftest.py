"""Engines under test, each with what the suite must know of it."""

import asyncio
import os
import secrets
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from inference_service.adapters.llama_cpp import LlamaCppEngine
from inference_service.adapters.llama_server import READY, LlamaServerConfig
from inference_service.adapters.openai import OpenAiEngine
from inference_service.domain.errors import EngineFailed
from inference_service.domain.generation import Prompt, Sampling, Schema, TextModel, Turn
from inference_service.ports import TextEngine
from localmesh.ports import is_free
from meshkit.lifecycle import background
from tests.conformance.inference.smollm import smollm_path, write_random_lora
from tests.unit.inference.fakes import ScriptedEngine

SLOTS = 2
CONTEXT_TOKENS = 2048
PATIENCE_SECONDS = 60
LOADING_PATIENCE_SECONDS = 500 if "HIREMESH_TEST_VLLM_MODEL" in os.environ else 60


# No model ends by itself before the 2,000th token of an answer that follows it: told to go on, a small one stops after thirty.
ENDLESS_OBJECT: Schema = {
    "type": "object",
    "properties": {
        "words": {
            "type": "array",
            "items": {"const": "one two three four five six seven eight nine ten eleven twelve"},
            "minItems": 200,
        }
    },
    "required": ["words"],
    "additionalProperties": False,
}
ENDLESS = Prompt([Turn("user", "Count.")], CONTEXT_TOKENS - 100, Sampling(temperature=0), schema=ENDLESS_OBJECT)


@dataclass(frozen=True)
class EngineUnderTest:
    engine: TextEngine
    # Calls that the engine still works on.
    busy: Callable[[], Awaitable[int]]
    # Ends it by force, as a fault in native code would. None: there is nothing to kill, it is somebody else's process.
    crash: Callable[[], None] | None
    # What keeps it at work for longer than a test is patient.
    endless: Prompt = ENDLESS
    counts_exactly: bool = True


async def becomes_ready(engine: TextEngine) -> None:
    async with asyncio.timeout(LOADING_PATIENCE_SECONDS):
        while True:
            try:
                await engine.check_ready()
            except EngineFailed:
                await asyncio.sleep(0.02)
            else:
                return


@pytest.fixture(scope="session")
def lora(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_random_lora(tmp_path_factory.mktemp("lora") / "random.gguf")


def text_model(engine: str) -> TextModel:
    return TextModel("smollm2", engine, CONTEXT_TOKENS, default_max_tokens=32)


def new_llama_cpp(lora: Path) -> LlamaCppEngine:
    return LlamaCppEngine(
        text_model("llama_cpp"), path=smollm_path(), slots=SLOTS, threads=1, adapters={"random": lora}
    )


@asynccontextmanager
async def running_llama_cpp(lora: Path) -> AsyncIterator[EngineUnderTest]:
    engine = new_llama_cpp(lora)

    async def busy() -> int:
        return await busy_slots(engine._ready_client())

    def crash() -> None:
        assert engine.process_id is not None
        os.kill(engine.process_id, signal.SIGKILL)

    async with background("run_llama_cpp", engine.run()):
        await becomes_ready(engine)
        yield EngineUnderTest(engine, busy, crash)


@asynccontextmanager
async def running_openai(lora: Path, tmp_path: Path) -> AsyncIterator[EngineUnderTest]:
    """llama.cpp's own HTTP server, a process that knows nothing of us."""
    port = next(port for port in range(17_000, 19_000) if is_free(port))
    key = secrets.token_urlsafe()
    (tmp_path / "key").write_text(f"{key}\n")
    config = LlamaServerConfig(
        str(smollm_path()), "127.0.0.1", key, SLOTS, CONTEXT_TOKENS, threads=1, port=port, adapters=()
    )
    server = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "inference_service.adapters.llama_server"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    async with AsyncExitStack() as stack:
        stack.push_async_callback(ended, server)
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(config.to_json().encode() + b"\n")
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (await server.stdout.readline()).decode().strip() != READY:
                assert server.returncode is None
        engine = OpenAiEngine(
            text_model("openai"),
            base_url=f"http://127.0.0.1:{port}/v1",
            remote_model="whatever",
            api_key_file=tmp_path / "key",
        )
        probe = await stack.enter_async_context(
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers={"authorization": f"Bearer {key}"})
        )

        async def busy() -> int:
            return await busy_slots(probe, f"http://127.0.0.1:{port}")

        await stack.enter_async_context(background("run_openai", engine.run()))
        yield EngineUnderTest(engine, busy, crash=None, counts_exactly=False)


async def ended(server: asyncio.subprocess.Process) -> None:
    assert server.stdin is not None
    server.stdin.close()
    await server.wait()


async def busy_slots(client: httpx.AsyncClient, base_url: str = "http://llama.cpp") -> int:
    slots = (await client.get(f"{base_url}/slots")).json()
    return sum(slot["is_processing"] for slot in slots)


@asynccontextmanager
async def running_fake() -> AsyncIterator[EngineUnderTest]:
    engine = ScriptedEngine(
        TextModel("scripted", "test", CONTEXT_TOKENS, default_max_tokens=32, adapters=("random",)),
        words="word " * CONTEXT_TOKENS,
    )

    async def busy() -> int:
        return engine.running

    def crash() -> None:
        engine.ready = False
        asyncio.get_running_loop().call_later(0.1, setattr, engine, "ready", True)

    # It never stops before it has said its words.
    yield EngineUnderTest(engine, busy, crash, Prompt([Turn("user", "Count.")], CONTEXT_TOKENS - 100))


@asynccontextmanager
async def running_vllm() -> AsyncIterator[EngineUnderTest]:
    from tests.conformance.inference.vllm_engine import vllm_under_test

    async with vllm_under_test() as under_test:
        yield under_test


def kinds(*without: str) -> list[str]:
    """vLLM only, and only there, where `make test-vllm` has installed it."""
    if "HIREMESH_TEST_VLLM_MODEL" in os.environ:
        return ["vllm"]
    return [kind for kind in ("fake", "llama_cpp", "openai") if kind not in without]


@asynccontextmanager
async def running(kind: str, lora: Path, tmp_path: Path) -> AsyncIterator[EngineUnderTest]:
    started = {
        "fake": running_fake,
        "llama_cpp": lambda: running_llama_cpp(lora),
        "openai": lambda: running_openai(lora, tmp_path),
        "vllm": running_vllm,
    }[kind]
    async with started() as under_test:
        yield under_test


@pytest.fixture(scope="session", params=kinds())
async def under_test(
    request: pytest.FixtureRequest, lora: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[EngineUnderTest]:
    async with running(request.param, lora, tmp_path_factory.mktemp(request.param)) as engine:
        yield engine


@pytest.fixture
def engine(under_test: EngineUnderTest) -> TextEngine:
    return under_test.engine
