"""What the use cases need from outside."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Protocol

from inference_service.domain.generation import Piece, Priority, Prompt, TextModel
from inference_service.domain.model import Embedding, EmbeddingModel
from inference_service.domain.usage import Account, Total, Usage


class Embedder(Protocol):
    """An engine that embeds. Held to tests/conformance/inference/test_embedder.py."""

    @property
    def model(self) -> EmbeddingModel:
        """What it serves."""

    async def check_ready(self) -> None:
        """Readiness check. Raises ServiceUnavailable until the model is warm."""

    async def embed(self, texts: Sequence[str]) -> Sequence[Embedding]:
        """One embedding a text, in the order of the texts; a text's vector does not depend on its neighbours."""


class CallEmbedder(Protocol):
    """Embeds texts of callers with one model."""

    @property
    def model(self) -> EmbeddingModel:
        """The model that answers."""

    async def embed(self, texts: Sequence[str], *, tenant: str = "") -> tuple[Sequence[Embedding], Usage]:
        """One embedding a text, in their order. Raises Overloaded and BudgetExhausted before any work."""


class EmbeddingMeter(Protocol):
    """Counts work. Gets numbers only, never texts."""

    def texts_pending(self, texts: int, *, model: str) -> None:
        """Texts that were admitted and have no answer yet."""

    def batch_embedded(self, *, model: str, texts: int, tokens: int, seconds: float) -> None:
        """The engine answered a batch."""

    def text_dequeued(self, *, model: str, seconds: float) -> None:
        """A text left the queue after this wait."""


class TextEngine(Protocol):
    """An engine that writes. Held to tests/conformance/inference/test_text_engine.py."""

    @property
    def model(self) -> TextModel:
        """What it serves."""

    async def run(self) -> None:
        """Loads and warms the model and keeps it alive, again after a crash, until cancelled."""

    async def check_ready(self) -> None:
        """Readiness check. Raises EngineFailed until the model is warm, and while it is down."""

    async def count_tokens(self, prompt: Prompt) -> int:
        """Tokens of the prompt with the model's chat template; an estimate where the engine cannot tell. Raises EngineFailed."""

    def generate(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        """Pieces as they come; only the last has an ending. Closing the generator ends the work in the engine.

        Raises EngineFailed when the engine breaks, also half-way, Overloaded when it has no room, PromptTooLong when it knows better.
        """


class GenerationMeter(Protocol):
    """Counts work of engines that write. Gets numbers, model ids and priorities only, never texts, never tenants."""

    def queue_changed(self, *, model: str, running: int, waiting: Mapping[Priority, int]) -> None:
        """Calls in the engine, and calls that wait for it."""

    def admitted(self, *, model: str, priority: Priority, seconds: float) -> None:
        """A call got its place after this wait."""

    def first_token(self, *, model: str, seconds: float) -> None:
        """Time from the place in the engine to the first piece."""

    def ended(self, *, model: str, outcome: str, usage: Usage, seconds_per_token: float | None) -> None:
        """A run ended: `stop`, `length`, `cancelled` or `failed`."""

    def passed_by(self, *, model: str, reason: str) -> None:
        """A call went on to the next model of its chain, or failed when there was none."""


class UsageLedger(Protocol):
    """Adds up usage. Held to tests/conformance/inference/test_usage_ledger.py."""

    def add(self, account: Account, total: Total) -> None:
        """Adds to an account; seen by `totals` at once, by other instances soon."""

    def totals(self, month: str) -> Mapping[Account, Total]:
        """All accounts of a month, of all instances that share the ledger."""
