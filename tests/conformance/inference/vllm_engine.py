"""vLLM under test, where `make test-vllm` has installed it."""

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil

from inference_service.adapters.vllm import VllmEngine
from inference_service.domain.generation import TextModel
from meshkit.lifecycle import background
from tests.conformance.inference.conftest import CONTEXT_TOKENS, SLOTS, EngineUnderTest, becomes_ready


@asynccontextmanager
async def vllm_under_test() -> AsyncIterator[EngineUnderTest]:
    """The model that the environment names, with its adapter beside it."""
    model = Path(os.environ["HIREMESH_TEST_VLLM_MODEL"])
    engine = VllmEngine(
        TextModel("smollm2", "vllm", CONTEXT_TOKENS, default_max_tokens=32),
        path=str(model),
        max_running=SLOTS,
        adapters={"random": model / "adapter"},
        options={"enforce_eager": True, "dtype": "float32", "max_lora_rank": 8},
    )

    async def busy() -> int:
        return int(engine._ready().output_processor.get_num_unfinished_requests())

    def crash() -> None:
        """Kills the engine core, vLLM's child process."""
        cores = [child for child in psutil.Process().children() if "EngineCore" in " ".join(child.cmdline())]
        assert cores
        for core in cores:
            os.kill(core.pid, signal.SIGKILL)

    async with background("run_vllm", engine.run()):
        await becomes_ready(engine)
        yield EngineUnderTest(engine, busy, crash)
