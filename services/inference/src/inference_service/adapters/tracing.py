"""Spans around runs of engines and calls for embeddings, with the attributes of OpenTelemetry's conventions for generative models."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, StatusCode

from inference_service.domain.generation import Ending, Piece, Prompt, TextModel
from inference_service.domain.model import Embedding, EmbeddingModel
from inference_service.domain.usage import Usage
from inference_service.ports import CallEmbedder, TextEngine

_tracer = trace.get_tracer("inference_service")


class TracedEngine:
    """Another engine, seen in traces. Spans carry numbers and names of models, never texts."""

    def __init__(self, engine: TextEngine) -> None:
        self._engine = engine
        self.run = engine.run
        self.check_ready = engine.check_ready
        self.count_tokens = engine.count_tokens

    @property
    def model(self) -> TextModel:
        """The engine's."""
        return self._engine.model

    async def generate(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        """As the engine does."""
        # Not the current span: a generator's context is its reader's, and would keep the span when the reader goes on to other things.
        span = _tracer.start_span(f"chat {self.model.id}", kind=SpanKind.CLIENT, attributes=self._asked(prompt))
        try:
            async with aclosing(self._engine.generate(prompt)) as pieces:
                async for piece in pieces:
                    if piece.ending is not None:
                        _tell_ending(span, self.model, piece.ending)
                    yield piece
        except Exception as fault:
            _tell_fault(span, fault)
            raise
        finally:
            span.end()

    def _asked(self, prompt: Prompt) -> dict[str, str | int | float]:
        asked: dict[str, str | int | float | None] = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": self.model.engine,
            "gen_ai.request.model": self.model.id,
            "gen_ai.request.max_tokens": prompt.max_tokens,
            "gen_ai.request.temperature": prompt.sampling.temperature,
            "gen_ai.request.top_p": prompt.sampling.top_p,
            "gen_ai.request.seed": prompt.sampling.seed,
            "gen_ai.output.type": "json" if prompt.schema is not None else "text",
            "hiremesh.request_id": prompt.request_id or None,
        }
        return {name: value for name, value in asked.items() if value is not None}


class TracedEmbedder:
    """Another embedder of calls, seen in traces. A run serves several calls, so a span is of a call, with the wait for its batches."""

    def __init__(self, embedder: CallEmbedder) -> None:
        self._embedder = embedder

    @property
    def model(self) -> EmbeddingModel:
        """The embedder's."""
        return self._embedder.model

    async def embed(self, texts: Sequence[str], *, tenant: str = "") -> tuple[Sequence[Embedding], Usage]:
        """As the embedder does."""
        asked = {
            "gen_ai.operation.name": "embeddings",
            "gen_ai.provider.name": self.model.engine,
            "gen_ai.request.model": self.model.id,
        }
        with _tracer.start_as_current_span(
            f"embeddings {self.model.id}",
            kind=SpanKind.CLIENT,
            attributes=asked,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                embeddings, usage = await self._embedder.embed(texts, tenant=tenant)
            except Exception as fault:
                _tell_fault(span, fault)
                raise
            span.set_attribute("gen_ai.usage.input_tokens", usage.tokens.input)
            return embeddings, usage


def _tell_fault(span: Span, fault: Exception) -> None:
    """Its kind only: what it says may quote a text."""
    span.set_attribute("error.type", type(fault).__name__)
    span.set_status(StatusCode.ERROR)


def _tell_ending(span: Span, model: TextModel, ending: Ending) -> None:
    span.set_attributes(
        {
            "gen_ai.response.model": model.id,
            "gen_ai.response.finish_reasons": [ending.finish.value],
            "gen_ai.usage.input_tokens": ending.tokens.input,
            "gen_ai.usage.cache_read.input_tokens": ending.tokens.cached,
            "gen_ai.usage.output_tokens": ending.tokens.output,
        }
    )
