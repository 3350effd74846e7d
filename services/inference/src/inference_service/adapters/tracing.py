"""A span around every run of an engine, with the attributes of OpenTelemetry's conventions for generative models."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, StatusCode

from inference_service.domain.generation import Ending, Piece, Prompt, TextModel
from inference_service.ports import TextEngine

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
            span.set_attribute("error.type", type(fault).__name__)
            span.set_status(StatusCode.ERROR)
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
