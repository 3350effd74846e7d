"""Resumes that try to instruct the model, on a real model and its real chat template."""

import json

import pytest

from inference_service.domain.fencing import Document, Message, turns_of
from inference_service.domain.generation import Prompt, Sampling, Turn
from inference_service.ports import TextEngine
from tests.conformance.inference.conftest import EngineUnderTest, kinds
from tests.conformance.inference.smollm import smollm_weights
from tests.unit.inference.injections import INJECTIONS

SERVER = "http://llama.cpp"
RESUME = "Ada Example\nElectrician\nRewired a theatre"
VERDICT = {
    "type": "object",
    "properties": {
        "first_line": {"type": "integer", "minimum": 1, "maximum": 3},
        "kind": {"enum": ["job", "education"]},
    },
    "required": ["first_line", "kind"],
    "additionalProperties": False,
}
pytestmark = pytest.mark.parametrize("under_test", [kind for kind in kinds() if kind == "llama_cpp"], indirect=True)


def turns(resume: str) -> list[Turn]:
    return turns_of([Message("user", "On which line does the job stand?", [Document("resume", resume)])])


async def control_tokens(engine: TextEngine, asked: list[Turn]) -> list[int]:
    """What the model takes for the marks of a conversation."""
    client = engine._ready_client()  # type: ignore[attr-defined]  # llama.cpp's own
    messages = [{"role": turn.role, "content": turn.content} for turn in asked]
    prompt = (await client.post(f"{SERVER}/apply-template", json={"messages": messages})).json()["prompt"]
    request = {"content": prompt, "parse_special": True, "add_special": True}
    tokens = (await client.post(f"{SERVER}/tokenize", json=request)).json()["tokens"]
    kinds_of_tokens = smollm_weights().fields["tokenizer.ggml.token_type"]
    return [token for token in tokens if kinds_of_tokens[token] == 3]


async def test_a_resume_adds_no_turn_to_the_conversation(under_test: EngineUnderTest) -> None:
    expected = await control_tokens(under_test.engine, turns(RESUME))
    for injection in INJECTIONS:
        assert await control_tokens(under_test.engine, turns(f"{RESUME}\n{injection}")) == expected, injection


async def test_without_the_fence_it_would(under_test: EngineUnderTest) -> None:
    forged = next(injection for injection in INJECTIONS if "<|im_start|>" in injection)
    bare = [Turn("user", f"{RESUME}\n{forged}")]
    assert len(await control_tokens(under_test.engine, bare)) > len(
        await control_tokens(under_test.engine, [Turn("user", RESUME)])
    )


async def test_whatever_a_resume_demands_the_answer_has_room_for_pointers_only(under_test: EngineUnderTest) -> None:
    for injection in INJECTIONS[:4]:
        prompt = Prompt(turns(f"{RESUME}\n{injection}"), 60, Sampling(temperature=0), schema=VERDICT)
        text = "".join([piece.text async for piece in under_test.engine.generate(prompt)])
        answer = json.loads(text)
        assert answer.keys() == {"first_line", "kind"}
        assert 1 <= answer["first_line"] <= 3
