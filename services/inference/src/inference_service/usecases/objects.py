"""JSON objects that can be trusted: complete and valid, or an error."""

import json
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from inference_service.domain.errors import ModelNotConfigured, OutputInvalid, OutputTruncated
from inference_service.domain.fencing import Message
from inference_service.domain.generation import FinishReason
from inference_service.domain.schema import CompiledSchema, SchemaCache
from inference_service.domain.usage import Usage
from inference_service.usecases.answering import Answer
from inference_service.usecases.generation import GenerateText, TextRequest

MAX_ATTEMPTS = 2
# More faults than this help a model no more than these do.
_FAULTS_TOLD = 5


@dataclass(frozen=True, slots=True)
class ObjectAnswer:
    """An object that follows its schema."""

    text: str
    value: dict[str, Any]
    model: str
    usage: Usage
    # Runs of the model.
    attempts: int


class GenerateObject:
    """Asks for an object, checks it, and gives the model one chance to repair it."""

    def __init__(self, generate_text: GenerateText, schemas: SchemaCache) -> None:
        self._generate_text = generate_text
        self._schemas = schemas

    async def generate(self, request: TextRequest, schema_text: str) -> ObjectAnswer:
        """Raises OutputTruncated, OutputInvalid, InvalidRequest for a schema at fault, and what GenerateText raises."""
        schema = self._schemas.compile(schema_text)
        asked = replace(request, schema=schema.schema)
        usage = Usage()
        fault = ""
        for attempt in range(1, MAX_ATTEMPTS + 1):
            answer = await self._complete(asked)
            usage += answer.usage
            value, faults = _checked(answer.text, schema)
            if value is not None and not faults:
                return ObjectAnswer(answer.text, value, answer.model, usage, attempt)
            fault = "schema" if value is not None else "json"
            asked = replace(asked, messages=[*request.messages, *_repair(answer.text, faults)])
        raise OutputInvalid(model=answer.model, fault=fault)

    async def _complete(self, request: TextRequest) -> Answer:
        """The whole answer. Raises OutputTruncated: what was cut off cannot be repaired, only asked for again with more room."""
        text: list[str] = []
        async with aclosing(self._generate_text.stream(request)) as answers:
            async for answer in answers:
                text.append(answer.text)
                if answer.finish is FinishReason.LENGTH:
                    raise OutputTruncated(model=answer.model, output_tokens=answer.usage.tokens.output)
                if answer.finish is not None:
                    return replace(answer, text=_without_wrapping("".join(text)))
        raise ModelNotConfigured(model=request.model or "default")


def _without_wrapping(text: str) -> str:
    """The JSON of an answer that stands in a Markdown code block, as unconstrained models like to have it."""
    text = text.strip()
    if text.startswith("```") and text.endswith("```"):
        text = text[3:-3].removeprefix("json").strip()
    return text


def _checked(text: str, schema: CompiledSchema) -> tuple[dict[str, Any] | None, list[str]]:
    try:
        value = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None, ["it is not JSON"]
    if not isinstance(value, dict):
        return None, ["it is no JSON object"]
    return value, schema.faults(value)


def _refuse(constant: str) -> NoReturn:
    """NaN and the infinities are no JSON."""
    raise ValueError(constant)


def _repair(text: str, faults: Sequence[str]) -> list[Message]:
    told = "\n".join(f"- {fault}" for fault in faults[:_FAULTS_TOLD])
    return [
        Message("assistant", text),
        Message(
            "user",
            f"That object does not follow the schema:\n{told}\nWrite the whole object again, corrected, and nothing else.",
        ),
    ]
