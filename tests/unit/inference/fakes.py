"""Stand-ins for the inference service's ports."""

import asyncio
import math
import zlib
from collections.abc import Sequence

from inference_service.domain.model import Embedding, EmbeddingModel


class HashedWords:
    """An embedder without a model: the direction of a text is the sum of its words, each hashed to a dimension."""

    model = EmbeddingModel(id="hashed-words", aliases=("fake",), engine="test", dimensions=128, context_tokens=32)

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

    def texts_pending(self, texts: int) -> None:
        self.pending = texts
        self._changed.set()

    def batch_embedded(self, *, model: str, texts: int, tokens: int, seconds: float) -> None:
        self.batches.append((texts, tokens))

    def text_dequeued(self, *, model: str, seconds: float) -> None:
        self.dequeued += 1
