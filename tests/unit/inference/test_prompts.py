"""The prompts of the repository, with their own test sets."""

import json
from pathlib import Path
from typing import Any

import pytest

from inference_service.adapters.prompt_files import read_prompts
from inference_service.domain.fencing import Document, turns_of
from inference_service.domain.schema import CompiledSchema, SchemaCache
from inference_service.domain.templates import PromptTemplate
from tests.unit.inference.injections import INJECTIONS

FOLDER = Path(__file__).parents[3] / "prompts"
SCHEMAS = SchemaCache()
PROMPTS = read_prompts(FOLDER, SCHEMAS)


def cases() -> list[Any]:
    return [
        pytest.param(name, json.loads(line), id=f"{name}-{number}")
        for name in PROMPTS
        for number, line in enumerate((FOLDER / name / "tests.jsonl").read_text().splitlines())
    ]


def schema(name: str) -> CompiledSchema:
    return SCHEMAS.compile(PROMPTS[name].schema)


def test_every_folder_is_a_prompt_with_a_test_set() -> None:
    assert set(PROMPTS) == {f"{path.parent.name}/{path.name}" for path in FOLDER.glob("*/*") if path.is_dir()}
    assert {name for name, _ in (case.values for case in cases())} == set(PROMPTS)


@pytest.mark.parametrize(("name", "case"), cases())
def test_a_case_renders_and_its_documents_are_fenced(name: str, case: dict[str, Any]) -> None:
    documents = [Document(key, text) for key, text in case["documents"].items()]
    turns = turns_of(PROMPTS[name].render(case.get("values", {}), documents))
    assert turns[0].role == "system"
    said = "\n".join(turn.content for turn in turns)
    assert "{{" not in said
    assert said.count("</document mark=") == len(documents)


@pytest.mark.parametrize(("name", "case"), cases())
def test_the_schema_takes_the_answer_and_none_of_the_wrong_ones(name: str, case: dict[str, Any]) -> None:
    assert schema(name).faults(case["answer"]) == []
    for wrong in case["wrong"]:
        assert schema(name).faults(wrong), wrong


@pytest.mark.parametrize("name", PROMPTS)
def test_no_schema_has_room_for_a_score_or_for_anything_unasked(name: str) -> None:
    def objects(node: Any) -> list[dict[str, Any]]:
        children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        own = [node] if isinstance(node, dict) and node.get("type") == "object" else []
        return own + [found for child in children for found in objects(child)]

    for part in objects(json.loads(PROMPTS[name].schema)):
        assert part["additionalProperties"] is False
        assert not {"score", "rating", "rank"} & part["properties"].keys()


@pytest.mark.parametrize("injection", INJECTIONS)
@pytest.mark.parametrize("prompt", PROMPTS.values(), ids=list(PROMPTS))
def test_an_injected_document_changes_no_message_around_it(prompt: PromptTemplate, injection: str) -> None:
    values = dict.fromkeys(prompt.values, "value")

    def rendered(text: str) -> list[tuple[str, str]]:
        return [
            (message.role, message.content)
            for message in prompt.render(values, [Document(name, text) for name in prompt.documents])
        ]

    assert rendered(injection) == rendered("harmless")
