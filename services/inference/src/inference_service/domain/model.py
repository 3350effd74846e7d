"""Models and what they answer."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EmbeddingModel:
    """A model that turns texts into vectors."""

    id: str
    aliases: tuple[str, ...]
    engine: str
    dimensions: int
    # Longest input; what lies beyond is not read.
    context_tokens: int

    def answers_to(self, name: str) -> bool:
        """Whether a request for this name is meant for this model."""
        return name in (self.id, *self.aliases)


@dataclass(frozen=True, slots=True)
class Embedding:
    """The vector of one text, of unit length, and the tokens that were read for it."""

    values: Sequence[float]
    tokens: int
