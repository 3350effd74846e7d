"""Parser's `Refiner` against inference's real servicer."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from hiremesh.inference.v1 import inference_service_pb2
from inference_service.adapters.prompt_files import read_prompts
from inference_service.domain.generation import Priority, TextModel
from inference_service.domain.schema import SchemaCache
from inference_service.domain.usage import Price
from inference_service.ports import TextEngine
from meshkit.channels import open_channel
from meshkit.errors import RemoteError
from meshkit.testing import MESH_TOKEN, listening
from parser_service.adapters.inference import ModelRefiner
from parser_service.domain.model import Doubt, Errand, Provenance
from parser_service.domain.refinement import Pointed
from parser_service.ports import NoModel
from tests.rpc.inference.service import InferenceUnderTest
from tests.unit.inference.fakes import ScriptedEngine

INFERENCE = inference_service_pb2.DESCRIPTOR.services_by_name["InferenceService"]
PROMPTS = Path(__file__).parents[3] / "prompts"
LINES = ("Oak and Reed", "Harbour Lights", "2019 - 2022")
DOUBT = Doubt("experience", 0, tuple(Provenance(1, None, text, 1.0) for text in LINES))
ERRAND = Errand(tenant="acme", request_id="job-7", batch=True)
ANSWER = {"kind": "job", "first_line": 1, "last_line": 3, "title_line": 2, "organisation_line": 1, "dates_line": None}


@asynccontextmanager
async def serving_refiner(*engines: TextEngine) -> AsyncIterator[tuple[ModelRefiner, InferenceUnderTest]]:
    service = InferenceUnderTest(engines, templates=read_prompts(PROMPTS, SchemaCache()))
    async with (
        listening(service.servicer()) as target,
        open_channel(target, INFERENCE, mesh_token=MESH_TOKEN) as channel,
    ):
        yield ModelRefiner(channel), service


@asynccontextmanager
async def refiner(*engines: TextEngine) -> AsyncIterator[ModelRefiner]:
    async with serving_refiner(*engines) as (asked, _):
        yield asked


def engine(*answers: str) -> ScriptedEngine:
    scripted = ScriptedEngine(TextModel("tiny", "test", 4000, price=Price(output=1_000_000)))
    scripted.answers.extend(answers)
    return scripted


async def test_lines_go_out_numbered_and_pointers_come_back_with_what_they_took() -> None:
    model = engine(json.dumps({"entries": [ANSWER]}))
    async with refiner(model) as asked:
        pointed, used = await asked.point(DOUBT, ERRAND)
    assert list(pointed) == [Pointed("job", 1, 3, title=2, organisation=1, dates=None)]
    assert (used.model, used.output_tokens) == ("tiny", used.cost_usd)
    assert used.input_tokens > 0
    sent = model.prompts[0].turns[-1].content
    assert "\n1 Oak and Reed\n2 Harbour Lights\n3 2019 - 2022\n" in sent


async def test_the_model_is_asked_for_a_tenant_under_the_id_of_the_errand_and_by_its_urgency() -> None:
    model = engine(json.dumps({"entries": [ANSWER]}))
    async with serving_refiner(model) as (asked, service):
        await asked.point(DOUBT, ERRAND)
    ((account, total),) = service.spending.totals()[1].items()
    assert (account.tenant, total.calls, model.prompts[0].request_id) == ("acme", 1, "job-7")
    assert service.meter.priorities == [Priority.BATCH]


async def test_text_in_place_of_pointers_is_an_error() -> None:
    async with refiner(engine(*[json.dumps({"entries": [ANSWER | {"title": "Admiral"}]})] * 2)) as asked:
        with pytest.raises(RemoteError) as fault:
            await asked.point(DOUBT, ERRAND)
    assert fault.value.wire_reason == "OUTPUT_INVALID"


async def test_without_a_model_it_says_so() -> None:
    async with refiner() as asked:
        with pytest.raises(NoModel):
            await asked.point(DOUBT, ERRAND)
