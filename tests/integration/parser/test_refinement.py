"""Second opinions of a real model on llama.cpp. It is far too small to be right: only that nothing is made up, and that it is counted."""

import dataclasses
from datetime import date, timedelta
from pathlib import Path

import pytest

from hiremesh.inference.v1 import inference_service_pb2
from inference_service.adapters.prompt_files import read_prompts
from inference_service.domain.schema import SchemaCache
from meshkit.channels import open_channel
from meshkit.testing import MESH_TOKEN, listening
from parser_service.adapters.inference import ModelRefiner
from parser_service.adapters.reader import read_bytes
from parser_service.domain import refinement
from parser_service.usecases import RefineResume
from tests.conformance.inference.conftest import running_llama_cpp
from tests.conformance.inference.smollm import write_random_lora
from tests.rpc.inference.service import InferenceUnderTest

TODAY = date(2026, 3, 15)
INFERENCE = inference_service_pb2.DESCRIPTOR.services_by_name["InferenceService"]
PROMPTS = Path(__file__).parents[3] / "prompts"
RESUME = """Ada Beispiel
ada@example.org

Experience

Oak and Reed
Harbour Lights
2019 - 2022
- Counted boats
"""


async def test_a_real_model_points_at_lines_and_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refinement, "DOUBTED", 1.0)
    resume = read_bytes(RESUME.encode(), TODAY)
    assert resume.doubts
    async with running_llama_cpp(write_random_lora(tmp_path / "random.gguf")) as under_test:
        service = InferenceUnderTest([under_test.engine], templates=read_prompts(PROMPTS, SchemaCache()))
        async with (
            listening(service.servicer()) as target,
            open_channel(target, INFERENCE, mesh_token=MESH_TOKEN) as channel,
        ):
            refine = RefineResume(ModelRefiner(channel), timedelta(seconds=60), lambda: TODAY)
            refined, used = await refine(resume)
    assert used.model == "smollm2"
    assert used.input_tokens > 0
    assert used.output_tokens > 0
    assert refined.reading.engine == f"{resume.reading.engine}+smollm2"
    for job in refined.experience:
        words = [value for value in dataclasses.astuple(job) if isinstance(value, str)]
        assert all(word in RESUME for value in words for word in value.split())
