"""Stand-ins for the inference service's ports."""

import asyncio
import json
import math
import re
import zlib
from collections import deque
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from inference_service.adapters.memory_ledger import MemoryLedger
from inference_service.domain.errors import EngineFailed, PromptTooLong
from inference_service.domain.generation import Ending, FinishReason, Piece, Priority, Prompt, TextModel
from inference_service.domain.model import Embedding, EmbeddingModel
from inference_service.domain.usage import Budgets, Tokens, Usage
from inference_service.usecases.spending import Spending
from meshkit.testing import FixedClock


class HashedWords:
    """An embedder without a model: the direction of a text is the sum of its words, each hashed to a dimension."""

    model = EmbeddingModel(id="hashed-words", aliases=("fake",), engine="test", dimensions=128, context_tokens=32)

    async def check_ready(self) -> None:
        pass

    async def embed(self, texts: Sequence[str]) -> Sequence[Embedding]:
        return [self._one(text) for text in texts]

    def _one(self, text: str) -> Embedding:
        words = text.lower().split()[: self.model.context_tokens]
        values = [0.0] * self.model.dimensions
        for word in words:
            values[zlib.crc32(word.encode()) % len(values)] += 1
        length = math.hypot(*values) or 1.0
        return Embedding([value / length for value in values], len(words))


class HeldEmbedder(HashedWords):
    """Keeps every batch until it is let go, and remembers what it was given."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.fault: Exception | None = None
        self._gate = asyncio.Event()
        self._entered = asyncio.Condition()

    def let_go(self) -> None:
        self._gate.set()

    async def entered(self, batches: int) -> None:
        async with self._entered:
            await self._entered.wait_for(lambda: len(self.batches) >= batches)

    async def embed(self, texts: Sequence[str]) -> Sequence[Embedding]:
        async with self._entered:
            self.batches.append(list(texts))
            self._entered.notify_all()
        await self._gate.wait()
        if self.fault is not None:
            raise self.fault
        return await super().embed(texts)


class RecordingMeter:
    """Remembers what was counted."""

    def __init__(self) -> None:
        self.pending = 0
        self.batches: list[tuple[int, int]] = []
        self.dequeued = 0
        self._changed = asyncio.Event()

    async def reached(self, pending: int) -> None:
        while self.pending != pending:
            self._changed.clear()
            await self._changed.wait()

    def texts_pending(self, texts: int, *, model: str) -> None:
        self.pending = texts
        self._changed.set()

    def batch_embedded(self, *, model: str, texts: int, tokens: int, seconds: float) -> None:
        self.batches.append((texts, tokens))

    def text_dequeued(self, *, model: str, seconds: float) -> None:
        self.dequeued += 1


@dataclass
class ScriptedEngine:
    """An engine without a model: says its words one by one, or a value that follows the schema; may be held, broken and mended."""

    model: TextModel = field(
        default_factory=lambda: TextModel("scripted", "test", 200, default_max_tokens=16, adapters=("loud",))
    )
    words: str = "one two three"
    # Instead of words, one a call, before the words come again.
    answers: deque[str] = field(default_factory=deque)
    prompts: list[Prompt] = field(default_factory=list)
    ready: bool = True
    fault: Exception | None = None
    # Pieces before `fault` strikes; None: before the first.
    fault_after: int = 0
    running: int = 0
    most_running: int = 0
    finished: int = 0
    held: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.held.set()
        self._changed = asyncio.Condition()

    async def run(self) -> None:
        await asyncio.Event().wait()

    async def check_ready(self) -> None:
        if not self.ready:
            raise EngineFailed(service=self.model.id)

    async def count_tokens(self, prompt: Prompt) -> int:
        await self.check_ready()
        return sum(len(turn.content.split()) + 1 for turn in prompt.turns)

    async def entered(self, calls: int) -> None:
        """Waits until so many calls have come in."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self.prompts) >= calls)

    async def idle(self) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: self.running == 0)

    async def generate(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        await self.check_ready()
        tokens = await self.count_tokens(prompt)
        if tokens + prompt.max_tokens > self.model.context_tokens:
            raise PromptTooLong(
                model=self.model.id,
                input_tokens=tokens,
                max_tokens=prompt.max_tokens,
                context_tokens=self.model.context_tokens,
            )
        async with self._changed:
            self.prompts.append(prompt)
            self.running += 1
            self.most_running = max(self.running, self.most_running)
            self._changed.notify_all()
        try:
            said = 0
            for word in self._words(prompt)[: prompt.max_tokens]:
                if self.fault is not None and said >= self.fault_after:
                    raise self.fault
                await self.held.wait()
                if not self.ready:
                    raise EngineFailed(service=self.model.id)
                yield Piece(word)
                said += 1
                await asyncio.sleep(0)
            finish = FinishReason.LENGTH if said < len(self._words(prompt)) else FinishReason.STOP
            self.finished += 1
            if self.answers:
                self.answers.popleft()
            yield Piece("", Ending(finish, Tokens(input=tokens, output=said)))
        finally:
            self.running -= 1
            async with self._changed:
                self._changed.notify_all()

    def _words(self, prompt: Prompt) -> list[str]:
        if self.answers:
            text = self.answers[0]
        elif prompt.schema is not None:
            text = json.dumps(_example(prompt.schema))
        else:
            text = self.words.upper() if prompt.adapter else self.words
        return re.findall(r"\s*\S+", text)


def _example(schema: Any) -> Any:
    """The smallest value of the few kinds of schema that the tests use."""
    if "const" in schema:
        return schema["const"]
    if schema.get("type") == "object":
        return {name: _example(schema["properties"][name]) for name in schema.get("required", ())}
    return {"boolean": True, "integer": 1, "string": "text", "array": []}[schema["type"]]


class RecordingGenerationMeter:
    """Remembers what was counted."""

    def __init__(self) -> None:
        self.running = 0
        self.waiting: Mapping[Priority, int] = {}
        self.outcomes: list[str] = []
        self.usages: list[Usage] = []
        self.passed: list[tuple[str, str]] = []
        self.first_tokens = 0
        self.priorities: list[Priority] = []
        self._changed = asyncio.Event()

    async def waits(self, calls: int) -> None:
        while sum(self.waiting.values()) != calls:
            self._changed.clear()
            await self._changed.wait()

    def queue_changed(self, *, model: str, running: int, waiting: Mapping[Priority, int]) -> None:
        self.running, self.waiting = running, waiting
        self._changed.set()

    def admitted(self, *, model: str, priority: Priority, seconds: float) -> None:
        self.priorities.append(priority)

    def first_token(self, *, model: str, seconds: float) -> None:
        self.first_tokens += 1

    def ended(self, *, model: str, outcome: str, usage: Usage, seconds_per_token: float | None) -> None:
        self.outcomes.append(outcome)
        self.usages.append(usage)

    def passed_by(self, *, model: str, reason: str) -> None:
        self.passed.append((model, reason))


def unlimited_spending() -> Spending:
    """For tests that are about something else."""
    return Spending(MemoryLedger(), Budgets(), FixedClock())
