"""What this instance serves."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from inference_service.domain.generation import TextModel
from inference_service.domain.model import EmbeddingModel
from inference_service.ports import Embedder
from inference_service.usecases.generation import Models, ServedEngine
from meshkit.errors import ServiceUnavailable


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A model that writes or one that embeds, and whether it answers now."""

    model: TextModel | EmbeddingModel
    aliases: Sequence[str]
    ready: bool


class Catalogue:
    """Models by the names that callers use."""

    def __init__(self, embedders: Sequence[Embedder], models: Models, clock: Callable[[], datetime]) -> None:
        self._embedders = embedders
        self._models = models
        self._clock = clock

    async def all(self) -> list[ServedModel]:
        """The embedders first, then the engines that write."""
        return [
            *[await _embedding(embedder) for embedder in self._embedders],
            *[await self._text(served) for served in self._models.engines],
        ]

    async def named(self, name: str) -> list[ServedModel]:
        """The models behind a name, in the order in which they are tried. Raises ModelNotConfigured."""
        if embedders := [embedder for embedder in self._embedders if embedder.model.answers_to(name)]:
            return [await _embedding(embedder) for embedder in embedders]
        return [await self._text(served) for served in self._models.chain(name)]

    async def _text(self, served: ServedEngine) -> ServedModel:
        model = served.engine.model
        resting = served.breaker.is_resting(self._clock())
        ready = not resting and await _passes(served.engine.check_ready)
        return ServedModel(model, self._models.aliases(model.id), ready)


async def _embedding(embedder: Embedder) -> ServedModel:
    model = embedder.model
    return ServedModel(model, model.aliases, await _passes(embedder.check_ready))


async def _passes(check: Callable[[], Awaitable[None]]) -> bool:
    try:
        await check()
    except ServiceUnavailable:
        return False
    return True
