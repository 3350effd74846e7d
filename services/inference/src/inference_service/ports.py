"""What the use cases need from outside."""

from collections.abc import Sequence
from typing import Protocol

from inference_service.domain.model import Embedding, EmbeddingModel


class Embedder(Protocol):
    """An engine that embeds. Held to tests/conformance/test_embedder.py."""

    @property
    def model(self) -> EmbeddingModel:
        """What it serves."""

    async def embed(self, texts: Sequence[str]) -> Sequence[Embedding]:
        """One embedding a text, in the order of the texts; a text's vector does not depend on its neighbours."""


class EmbeddingMeter(Protocol):
    """Counts work. Gets numbers only, never texts."""

    def texts_pending(self, texts: int) -> None:
        """Texts that were admitted and have no answer yet."""

    def batch_embedded(self, *, model: str, texts: int, tokens: int, seconds: float) -> None:
        """The engine answered a batch."""

    def text_dequeued(self, *, model: str, seconds: float) -> None:
        """A text left the queue after this wait."""
