"""What is asked of a model that writes, and what comes back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from inference_service.domain.usage import Price, Tokens

# JSON Schema, as parsed JSON. The order of its properties counts: models write in it.
Schema = Mapping[str, Any]


class Priority(Enum):
    """How urgent a call is; the smaller value goes first."""

    INTERACTIVE = 0
    BATCH = 1


class FinishReason(Enum):
    """Why a model stopped."""

    STOP = "stop"
    LENGTH = "length"


@dataclass(frozen=True, slots=True)
class Turn:
    """What one side of a conversation says, exactly as the model gets it."""

    role: str  # system, user or assistant
    content: str


@dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are chosen; None leaves it to the model."""

    temperature: float | None = None
    top_p: float | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Prompt:
    """One run of an engine."""

    turns: Sequence[Turn]
    max_tokens: int
    sampling: Sampling = field(default_factory=Sampling)
    # Name of a LoRA adapter; empty: none.
    adapter: str = ""
    # The text must be JSON that follows it.
    schema: Schema | None = None
    # The caller's id of what it is for.
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended, and what it took."""

    finish: FinishReason
    tokens: Tokens


@dataclass(frozen=True, slots=True)
class Piece:
    """Text since the last piece; the last one has the ending."""

    text: str
    ending: Ending | None = None


@dataclass(frozen=True, slots=True)
class TextModel:
    """A model that turns conversations into text."""

    id: str
    engine: str
    # Prompt and answer together.
    context_tokens: int
    # Tokens of an answer when the caller names no limit.
    default_max_tokens: int = 512
    # LoRA adapters by the names that callers use.
    adapters: tuple[str, ...] = ()
    price: Price = field(default_factory=Price)
