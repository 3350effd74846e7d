"""The generative models of the inference service as matching's `Writer`."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import grpc
from google.protobuf.json_format import MessageToDict

from hiremesh.inference.v1 import inference_service_pb2 as messages
from hiremesh.inference.v1 import inference_service_pb2_grpc
from matching_service.domain.written import MOST_CARDS, Card, Sentence, Task, Writing
from meshkit.errors import DeadlineExceeded, RemoteError

INSIGHTS, FLASHCARDS = "insights/v1", "flashcards/v1"
# The likeliest words, so that the same analysis is worded alike.
_SAMPLING = messages.Sampling(temperature=0, seed=1)
_TOKENS = 1500
# No model, none with time or money left, or none that can: ours are words enough.
_PASSING = frozenset(
    {
        "SERVICE_UNAVAILABLE",
        "OVERLOADED",
        "DEADLINE_EXCEEDED",
        "MODEL_NOT_CONFIGURED",
        "BUDGET_EXHAUSTED",
        "OUTPUT_TRUNCATED",
        "OUTPUT_INVALID",
        "PROMPT_TOO_LONG",
    }
)


class RemoteWriter:
    """Calls `GenerateObject` with the prompts that inference holds."""

    def __init__(self, channel: grpc.aio.Channel, *, timeout: timedelta) -> None:
        self._stub: inference_service_pb2_grpc.InferenceServiceAsyncStub = (
            inference_service_pb2_grpc.InferenceServiceStub(channel)
        )
        self._timeout = timeout.total_seconds()

    async def write(self, task: Task, *, tenant: str) -> Writing | None:
        """See the port."""
        numbered = "\n".join(f"{number} {finding}" for number, finding in enumerate(task.findings, start=1))
        title = {"job_title": task.job_title}
        insights, cards = await asyncio.gather(
            self._generate(INSIGHTS, title, {"analysis": numbered}, tenant),
            self._generate(
                FLASHCARDS,
                {**title, "count": str(MOST_CARDS)},
                {"requirements": task.requirements, "resume": task.resume},
                tenant,
            ),
        )
        model = next((answer.model for answer in (insights, cards) if answer is not None), None)
        if model is None:
            return None
        return Writing(model, tuple(_sentences(insights)), tuple(_cards(cards)))

    async def _generate(
        self, prompt: str, values: Mapping[str, str], documents: Mapping[str, str], tenant: str
    ) -> messages.GenerateObjectResponse | None:
        call = messages.PromptCall(
            name=prompt,
            values=values,
            documents=[messages.Document(name=name, text=text) for name, text in documents.items()],
        )
        request = messages.GenerateObjectRequest(
            prompt=messages.GenerateRequest(prompt_call=call, sampling=_SAMPLING, max_tokens=_TOKENS, tenant=tenant)
        )
        try:
            return await self._stub.GenerateObject(request, timeout=self._timeout)
        except DeadlineExceeded:
            return None
        except RemoteError as fault:
            if fault.wire_reason not in _PASSING:
                raise
            return None


def _sentences(answer: messages.GenerateObjectResponse | None) -> Iterable[Sentence]:
    for name, group in (("strengths", "strengths"), ("gaps", "improvements"), ("next_steps", "")):
        for entry in _entries(answer, name):
            yield Sentence(int(entry["finding"]), entry["text"], group)


def _cards(answer: messages.GenerateObjectResponse | None) -> Iterable[Card]:
    for entry in _entries(answer, "cards"):
        yield Card(entry["question"], entry["answer"])


def _entries(answer: messages.GenerateObjectResponse | None, name: str) -> Sequence[Mapping[str, Any]]:
    # Inference validated the object against the schema of the prompt.
    entries: Sequence[Mapping[str, Any]] = [] if answer is None else MessageToDict(answer.object).get(name, [])
    return entries
