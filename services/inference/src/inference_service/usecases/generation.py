"""Writing text: which engine, when, at whose expense."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from inference_service.domain.breaker import Breaker
from inference_service.domain.errors import EngineFailed, ModelNotConfigured, PromptTooLong
from inference_service.domain.fencing import Message, turns_of
from inference_service.domain.generation import Priority, Prompt, Sampling, Schema, TextModel
from inference_service.domain.usage import Tokens, Usage
from inference_service.ports import GenerationMeter, TextEngine
from inference_service.usecases.answering import Answer, gathered
from inference_service.usecases.gate import Gate
from inference_service.usecases.spending import Spending
from meshkit.errors import DomainError, FieldViolation, InvalidRequest, Overloaded

_log = structlog.get_logger()

# Room for what a chat template adds to a conversation, and to each turn of it.
_TEMPLATE_TOKENS = 64
_TURN_TOKENS = 16
# Faults of one engine that another may not have.
_NEXT_MAY_ANSWER = (EngineFailed, Overloaded, PromptTooLong)


@dataclass(frozen=True, slots=True)
class TextRequest:
    """What a caller asks for."""

    messages: Sequence[Message]
    model: str = ""
    max_tokens: int = 0  # 0: the model's default
    sampling: Sampling = field(default_factory=Sampling)
    adapter: str = ""
    priority: Priority = Priority.INTERACTIVE
    tenant: str = ""
    schema: Schema | None = None
    # The caller's id of what it is for: told in logs and spans, no key to anything.
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class ServedEngine:
    """An engine with what stands before it."""

    engine: TextEngine
    gate: Gate
    breaker: Breaker


class Models:
    """Engines by the names that callers use."""

    def __init__(self, engines: Sequence[ServedEngine], routes: Mapping[str, Sequence[str]]) -> None:
        self.engines = engines
        by_id = {served.engine.model.id: (served,) for served in engines}
        self._chains: dict[str, Sequence[ServedEngine]] = {
            **by_id,
            **{name: [by_id[id_][0] for id_ in ids] for name, ids in routes.items()},
        }
        if engines:
            self._chains[""] = self._chains.get("default", engines[:1])
        self._routes = routes

    def chain(self, name: str) -> Sequence[ServedEngine]:
        """Engines to try, in this order; the empty name asks for the default. Raises ModelNotConfigured."""
        try:
            return self._chains[name]
        except KeyError:
            raise ModelNotConfigured(model=name or "default") from None

    def aliases(self, model_id: str) -> list[str]:
        """Routes that lead to a model."""
        return [name for name, ids in self._routes.items() if model_id in ids]


@dataclass(slots=True)
class _Run:
    """One run of an engine, as it is counted."""

    tokens: Tokens
    outcome: str = "cancelled"
    first_token_at: float | None = None


class GenerateText:
    """Streams text from the first engine of a chain that can give it."""

    def __init__(
        self,
        models: Models,
        spending: Spending,
        meter: GenerationMeter,
        clock: Callable[[], datetime],
        *,
        stream_interval: timedelta,
    ) -> None:
        self.models = models
        self._spending = spending
        self._meter = meter
        self._clock = clock
        self._stream_interval = stream_interval

    async def stream(self, request: TextRequest) -> AsyncGenerator[Answer, None]:
        """Pieces as they come. Once there was one, no other engine takes over: a fault ends the stream.

        Raises ModelNotConfigured, BudgetExhausted, PromptTooLong, Overloaded, EngineFailed, InvalidRequest.
        """
        fault: DomainError | None = None
        for served in self.models.chain(request.model):
            begun = False
            try:
                attempt = gathered(self._attempt(served, request), interval=self._stream_interval)
                async with aclosing(attempt) as answers:
                    async for answer in answers:
                        begun = True
                        yield answer
            except _NEXT_MAY_ANSWER as failure:
                if begun:
                    raise
                self._passed_by(served.engine.model, request, failure.reason)
                # The first engine's fault is the one that counts: the others are there in its place.
                fault = fault or failure
            else:
                return
        raise fault or ModelNotConfigured(model=request.model or "default")

    async def _attempt(self, served: ServedEngine, request: TextRequest) -> AsyncGenerator[Answer, None]:
        model = served.engine.model
        if request.adapter and request.adapter not in model.adapters:
            raise InvalidRequest(FieldViolation("adapter", "is none of this model's; ListModels tells them"))
        if not served.breaker.admits(self._clock()):
            raise EngineFailed(service=model.id)
        try:
            prompt, most = await self._prompt(served.engine, request)
            with self._spending.hold(request.tenant, model.price.of(most)):
                weight = most.input + most.output
                place = served.gate.place(tenant=request.tenant, priority=request.priority, weight=weight)
                async with (
                    place as waited,
                    aclosing(self._run(served.engine, prompt, request, waited, most)) as answers,
                ):
                    async for answer in answers:
                        yield answer
        except EngineFailed:
            served.breaker.failed(self._clock())
            raise
        served.breaker.succeeded()

    async def _prompt(self, engine: TextEngine, request: TextRequest) -> tuple[Prompt, Tokens]:
        """The prompt as the engine gets it, and the most tokens that it can take. Raises PromptTooLong."""
        model = engine.model
        prompt = Prompt(
            turns_of(request.messages),
            request.max_tokens or model.default_max_tokens,
            request.sampling,
            request.adapter,
            request.schema,
            request.request_id,
        )
        # A token stands for a byte at least: most prompts fit by far, and need not be counted.
        tokens = _TEMPLATE_TOKENS + sum(_TURN_TOKENS + len(turn.content.encode()) for turn in prompt.turns)
        if tokens + prompt.max_tokens > model.context_tokens:
            tokens = await engine.count_tokens(prompt)
        if not request.max_tokens:
            prompt = replace(prompt, max_tokens=max(1, min(prompt.max_tokens, model.context_tokens - tokens)))
        if tokens + prompt.max_tokens > model.context_tokens:
            raise PromptTooLong(
                model=model.id,
                input_tokens=tokens,
                max_tokens=prompt.max_tokens,
                context_tokens=model.context_tokens,
            )
        return prompt, Tokens(input=tokens, output=prompt.max_tokens)

    async def _run(
        self, engine: TextEngine, prompt: Prompt, request: TextRequest, waited: float, most: Tokens
    ) -> AsyncGenerator[Answer, None]:
        """One run of the engine; booked however it ends, because the engine worked for it."""
        model = engine.model
        now = asyncio.get_running_loop().time
        started = now()
        run = _Run(Tokens(input=most.input))

        def usage() -> Usage:
            return Usage(run.tokens, model.price.of(run.tokens), now() - started, waited)

        try:
            async with aclosing(engine.generate(prompt)) as pieces:
                async for piece in pieces:
                    if run.first_token_at is None:
                        run.first_token_at = now()
                        self._meter.first_token(model=model.id, seconds=run.first_token_at - started)
                    # Until the ending tells, a piece counts as a token.
                    run.tokens = piece.ending.tokens if piece.ending else _one_more(run.tokens)
                    if piece.ending is None:
                        yield Answer(piece.text, model.id)
                    else:
                        run.outcome = piece.ending.finish.value
                        yield Answer(piece.text, model.id, piece.ending.finish, usage())
        except _NEXT_MAY_ANSWER:
            run.outcome = "failed"
            if run.first_token_at is None:
                run.tokens = Tokens()
            raise
        finally:
            self._finish(model, request, run, usage(), now())

    def _finish(self, model: TextModel, request: TextRequest, run: _Run, usage: Usage, ended_at: float) -> None:
        per_token = None
        if run.first_token_at is not None and run.tokens.output > 1:
            per_token = (ended_at - run.first_token_at) / (run.tokens.output - 1)
        self._meter.ended(model=model.id, outcome=run.outcome, usage=usage, seconds_per_token=per_token)
        self._spending.book(tenant=request.tenant, model=model.id, usage=usage)
        _log.info(
            "generation_ended",
            model=model.id,
            request_id=request.request_id,
            tenant=request.tenant,
            outcome=run.outcome,
            input_tokens=usage.tokens.input,
            cached_tokens=usage.tokens.cached,
            output_tokens=usage.tokens.output,
            cost_usd=usage.cost_usd,
            seconds=round(usage.seconds, 3),
            queue_seconds=round(usage.queue_seconds, 3),
        )

    def _passed_by(self, model: TextModel, request: TextRequest, reason: str) -> None:
        self._meter.passed_by(model=model.id, reason=reason)
        _log.warning("engine_passed_by", model=model.id, request_id=request.request_id, reason=reason)


def _one_more(tokens: Tokens) -> Tokens:
    return replace(tokens, output=tokens.output + 1)
