"""What `matching_service.ports.Writer` promises, on the fake and on inference with an engine that says what it is told."""

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from hiremesh.inference.v1 import inference_service_pb2
from inference_service.adapters.prompt_files import read_prompts
from inference_service.domain.generation import Prompt, TextModel
from inference_service.domain.schema import SchemaCache
from matching_service.adapters.writer import RemoteWriter
from matching_service.domain.written import Card, Sentence, Task, Writing
from matching_service.ports import Writer
from meshkit.channels import open_channel
from meshkit.testing import MESH_TOKEN, listening
from tests.rpc.inference.service import InferenceUnderTest
from tests.support.fakes.matching import ScriptedWriter
from tests.unit.inference.fakes import ScriptedEngine

INFERENCE = inference_service_pb2.DESCRIPTOR.services_by_name["InferenceService"]
PROMPTS = Path(__file__).parents[2] / "prompts"
TASK = Task(
    "Electrician", ["You list wiring.", "The job requires a licence."], "Wiring\nA licence", "Rewired a theatre"
)
INSIGHTS = {
    "strengths": [{"finding": 1, "text": "You have wiring behind you."}],
    "gaps": [{"finding": 2, "text": "The licence is missing."}],
    "next_steps": [],
}
CARDS = {
    "cards": [
        {"topic": "Wiring", "question": "What did you rewire?", "answer": "The theatre.", "difficulty": "easy"},
    ]
}
WRITING = Writing(
    "small",
    (
        Sentence(1, "You have wiring behind you.", "strengths"),
        Sentence(2, "The licence is missing.", "improvements"),
    ),
    (Card("What did you rewire?", "The theatre."),),
)

# A writer with a model that answers, or without one.
MakeWriter = Callable[[bool], Awaitable[Writer]]


class ByPrompt(ScriptedEngine):
    """Says what belongs to the prompt: both calls are made at once."""

    def _words(self, prompt: Prompt) -> list[str]:
        asked = prompt.schema["properties"] if prompt.schema else {}
        return re.findall(r"\s*\S+", json.dumps(CARDS if "cards" in asked else INSIGHTS))


@pytest.fixture(params=["fake", "inference"])
async def make_writer(request: pytest.FixtureRequest) -> AsyncIterator[MakeWriter]:
    async with AsyncExitStack() as stack:

        async def make(answering: bool) -> Writer:
            if request.param == "fake":
                return ScriptedWriter(WRITING if answering else None)
            engine = ByPrompt(TextModel("small", "test", 4000, default_max_tokens=500))
            service = InferenceUnderTest([engine], templates=read_prompts(PROMPTS, SchemaCache()))
            engine.ready = answering
            target = await stack.enter_async_context(listening(service.servicer()))
            channel = await stack.enter_async_context(open_channel(target, INFERENCE, mesh_token=MESH_TOKEN))
            return RemoteWriter(channel, timeout=timedelta(seconds=10))

        yield make


async def test_what_a_model_writes_is_told_with_its_id(make_writer: MakeWriter) -> None:
    writer = await make_writer(True)
    assert await writer.write(TASK, tenant="somebody") == WRITING


async def test_without_a_model_nothing_is_written(make_writer: MakeWriter) -> None:
    writer = await make_writer(False)
    assert await writer.write(TASK, tenant="somebody") is None
