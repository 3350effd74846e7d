"""Embedding texts, batched across callers."""

import asyncio
import sys
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from inference_service.domain.admission import AdmissionQueue, Waiter
from inference_service.domain.errors import ModelNotConfigured
from inference_service.domain.generation import Priority
from inference_service.domain.model import Embedding, EmbeddingModel
from inference_service.domain.usage import Price, Tokens, Usage
from inference_service.ports import Embedder, EmbeddingMeter
from inference_service.usecases.spending import Spending
from meshkit.errors import Overloaded


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """How texts of different callers share the engine."""

    # Most texts in a batch.
    texts: int
    # Batches in the engine at a time.
    parallel: int
    # How long a text waits for others to join its batch while the engine is free.
    window: timedelta
    # Most texts admitted and not answered yet.
    pending: int
    # What callers are told when that many are pending.
    retry_after: timedelta = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    text: str
    since: float
    answer: asyncio.Future[Embedding]


class EmbedTexts:
    """Gathers texts of all callers into batches: a small call costs its share of a batch, not a run of the engine."""

    def __init__(
        self,
        embedder: Embedder,
        meter: EmbeddingMeter,
        limits: BatchLimits,
        spending: Spending,
        price: Price | None = None,
    ) -> None:
        self._embedder = embedder
        self._meter = meter
        self._limits = limits
        self._spending = spending
        self._price = price or Price()
        # Refuses nobody: `pending` bounds what is admitted, and texts of callers that left are in it until their turn.
        self._queue: AdmissionQueue[_Waiting] = AdmissionQueue(sys.maxsize)
        # The same texts in the order in which they came.
        self._arrived: OrderedDict[_Waiting, None] = OrderedDict()
        # Set by every change that the feeding loop waits for: texts that came, batches that left.
        self._changed = asyncio.Event()
        self._in_engine = 0
        self._pending = 0

    @property
    def model(self) -> EmbeddingModel:
        """The model that answers."""
        return self._embedder.model

    async def embed(self, texts: Sequence[str], *, tenant: str = "") -> tuple[Sequence[Embedding], Usage]:
        """One embedding a text, in their order. Raises Overloaded and BudgetExhausted before any work."""
        started = asyncio.get_running_loop().time()
        most = Tokens(input=sum(min(len(text.encode()) + 2, self.model.context_tokens) for text in texts))
        with self._spending.hold(tenant, self._price.of(most)):
            embeddings = await self._embedded(texts, tenant)
            tokens = Tokens(input=sum(embedding.tokens for embedding in embeddings))
            seconds = asyncio.get_running_loop().time() - started
            usage = Usage(tokens, self._price.of(tokens), seconds)
            self._spending.book(tenant=tenant, model=self.model.id, usage=usage)
        return embeddings, usage

    async def _embedded(self, texts: Sequence[str], tenant: str) -> Sequence[Embedding]:
        if self._pending + len(texts) > self._limits.pending:
            raise Overloaded(resource="embedders", retry_after=self._limits.retry_after)
        loop = asyncio.get_running_loop()
        waiting = [_Waiting(text, loop.time(), loop.create_future()) for text in texts]
        self._admit(len(texts))
        try:
            # Texts of about one length share a batch, so that little of it is padding.
            for entry in sorted(waiting, key=lambda entry: len(entry.text)):
                self._queue.push(Waiter(tenant, Priority.INTERACTIVE, len(entry.text), entry))
                self._arrived[entry] = None
            self._changed.set()
            return await asyncio.gather(*(entry.answer for entry in waiting))
        finally:
            # A caller that left, or whose first batch failed, takes its other texts along.
            for entry in waiting:
                entry.answer.cancel()
            self._admit(-len(texts))

    async def run(self) -> None:
        """Feeds the engine until cancelled."""
        async with asyncio.TaskGroup() as batches:
            while True:
                await self._engine_takes_more()
                batch = await self._next_batch()
                self._in_engine += 1
                batches.create_task(self._answer(batch)).add_done_callback(self._batch_left)

    async def _engine_takes_more(self) -> None:
        """A free engine takes what there is. For a busy one a full batch stands ready, so that it never waits for us between batches."""
        while self._in_engine >= self._limits.parallel:
            if self._in_engine < 2 * self._limits.parallel and len(self._queue) >= self._limits.texts:
                return
            self._changed.clear()
            await self._changed.wait()

    def _batch_left(self, _batch: asyncio.Task[None]) -> None:
        self._in_engine -= 1
        self._changed.set()

    def _admit(self, texts: int) -> None:
        self._pending += texts
        self._meter.texts_pending(self._pending, model=self.model.id)

    async def _next_batch(self) -> list[_Waiting]:
        """Texts that waited longest, each tenant's share of them; at least one."""
        now = asyncio.get_running_loop().time
        while True:
            await self._queued(1)
            with suppress(TimeoutError):
                async with asyncio.timeout_at(next(iter(self._arrived)).since + self._limits.window.total_seconds()):
                    await self._queued(self._limits.texts)
            batch: list[_Waiting] = []
            while len(batch) < self._limits.texts and (waiter := self._queue.pop()) is not None:
                entry = waiter.call
                del self._arrived[entry]
                if not entry.answer.done():
                    batch.append(entry)
                    self._meter.text_dequeued(model=self.model.id, seconds=now() - entry.since)
            if batch:
                return batch

    async def _queued(self, texts: int) -> None:
        while len(self._queue) < texts:
            self._changed.clear()
            await self._changed.wait()

    async def _answer(self, batch: Sequence[_Waiting]) -> None:
        now = asyncio.get_running_loop().time
        started = now()
        try:
            embeddings = await self._embedder.embed([entry.text for entry in batch])
        except Exception as fault:
            for entry in batch:
                if not entry.answer.done():
                    entry.answer.set_exception(fault)
            return
        tokens = sum(embedding.tokens for embedding in embeddings)
        self._meter.batch_embedded(model=self.model.id, texts=len(batch), tokens=tokens, seconds=now() - started)
        for entry, embedding in zip(batch, embeddings, strict=True):
            if not entry.answer.done():
                entry.answer.set_result(embedding)


class EmbedByModel:
    """Embedding models by the names that callers use; the first is the default."""

    def __init__(self, all_: Sequence[EmbedTexts]) -> None:
        self._all = all_

    def named(self, name: str) -> EmbedTexts:
        """Whoever embeds with this model. Raises ModelNotConfigured."""
        for embed_texts in self._all:
            if not name or embed_texts.model.answers_to(name):
                return embed_texts
        raise ModelNotConfigured(model=name)
