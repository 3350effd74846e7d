"""How an engine comes up, on a real model."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from inference_service.adapters import llama_cpp
from inference_service.domain.errors import EngineFailed
from meshkit.lifecycle import background
from tests.conformance.inference.conftest import becomes_ready, kinds, new_llama_cpp

pytestmark = pytest.mark.skipif("llama_cpp" not in kinds(), reason="make test-vllm has no llama.cpp")


async def test_a_model_is_not_ready_until_it_is_warm_and_its_loading_is_told(
    lora: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(llama_cpp, "LOADING_REPORT_SECONDS", 0.02)
    engine = new_llama_cpp(lora)
    with capture_logs() as lines:
        async with background("run_llama_cpp", engine.run()):
            with pytest.raises(EngineFailed):
                await engine.check_ready()
            await becomes_ready(engine)
    begun, *reports = [line for line in lines if line["event"] == "model_loading"]
    assert begun["megabytes"] == 98
    assert reports
    assert {report["megabytes"] for report in reports} == {98}
    assert all(report["megabytes_in_memory"] > 0 for report in reports)
    assert [line["event"] for line in lines][-1] == "model_loaded"
