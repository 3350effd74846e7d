"""The OpenAI protocol for chat, as a client: what vLLM, llama.cpp, Ollama, LM Studio and most providers speak."""

import asyncio
import json
import random
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NoReturn

import httpx
import structlog

from inference_service.domain.errors import EngineFailed, PromptTooLong
from inference_service.domain.generation import Ending, FinishReason, Piece, Prompt, TextModel
from inference_service.domain.usage import Tokens
from meshkit.errors import FieldViolation, InvalidRequest, Overloaded

_log = structlog.get_logger()

PATH = "chat/completions"
_DONE = "[DONE]"
_FINISH_REASONS = {"stop": FinishReason.STOP, "length": FinishReason.LENGTH}
# How servers say that a prompt does not fit: OpenAI and vLLM, llama.cpp.
_TOO_LONG = ("context_length_exceeded", "exceed_context_size_error", "maximum context length")
_WORTH_RETRYING = frozenset({408, 429, 500, 502, 503, 504})
# The request is at fault, not the server.
_REFUSED = frozenset({400, 413, 422})
_MAX_ERROR_BYTES = 65_536
_BYTES_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class Retries:
    """For calls that failed before their first byte: nothing was generated, nothing is lost."""

    attempts: int = 3
    first_delay: timedelta = timedelta(milliseconds=200)
    longest_delay: timedelta = timedelta(seconds=5)

    def delay(self, attempt: int, asked: timedelta | None) -> float:
        """Seconds before the next attempt: what the server asks for, else twice as long each time, spread."""
        doubled = self.first_delay.total_seconds() * 2.0**attempt * (1 + random.random()) / 2  # noqa: S311  # spreads retries
        return min(max(doubled, asked.total_seconds() if asked else 0), self.longest_delay.total_seconds())


def chat_body(prompt: Prompt, model: str) -> dict[str, Any]:
    """The request, as every server understands it."""
    body: dict[str, Any] = {
        "model": model,
        "messages": [{"role": turn.role, "content": turn.content} for turn in prompt.turns],
        "max_tokens": prompt.max_tokens,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    sampling = prompt.sampling
    given = {"temperature": sampling.temperature, "top_p": sampling.top_p, "seed": sampling.seed}
    body |= {name: value for name, value in given.items() if value is not None}
    if prompt.schema is not None:
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "object", "strict": True, "schema": prompt.schema},
        }
    return body


async def stream_chat(
    client: httpx.AsyncClient,
    body: Mapping[str, Any],
    *,
    model: TextModel,
    retries: Retries,
    headers: Mapping[str, str] | None = None,
) -> AsyncGenerator[Piece, None]:
    """Pieces of an answer. Raises EngineFailed, Overloaded, PromptTooLong. Closing it closes the connection, which ends the work."""
    try:
        async with _answered(client, body, model, retries, headers or {}) as response:
            async for piece in _pieces(response, model.id):
                yield piece
    except httpx.HTTPError as fault:
        _log.warning("engine_call_failed", model=model.id, kind=type(fault).__name__)
        raise EngineFailed(service=model.id) from None


@asynccontextmanager
async def _answered(
    client: httpx.AsyncClient, body: Mapping[str, Any], model: TextModel, retries: Retries, headers: Mapping[str, str]
) -> AsyncIterator[httpx.Response]:
    for attempt in range(retries.attempts):
        last = attempt == retries.attempts - 1
        try:
            async with client.stream("POST", PATH, json=body, headers=headers) as response:
                if response.is_success:
                    yield response
                    return
                if last or response.status_code not in _WORTH_RETRYING:
                    await _raise_refusal(response, model, body)
                delay = retries.delay(attempt, _retry_after(response))
        except httpx.ConnectError:
            if last:
                raise
            delay = retries.delay(attempt, None)
        await asyncio.sleep(delay)


async def _raise_refusal(response: httpx.Response, model: TextModel, body: Mapping[str, Any]) -> NoReturn:
    text = (await response.aread())[:_MAX_ERROR_BYTES].decode(errors="replace")
    # The body may quote the prompt: it is looked at, not logged.
    _log.warning("engine_call_refused", model=model.id, status=response.status_code)
    if response.status_code == 429:
        raise Overloaded(resource="model engines", retry_after=_retry_after(response) or timedelta(seconds=1))
    if response.status_code in (400, 413) and any(sign in text for sign in _TOO_LONG):
        raise PromptTooLong(
            model=model.id,
            input_tokens=estimated_tokens(message["content"] for message in body["messages"]),
            max_tokens=body["max_tokens"],
            context_tokens=model.context_tokens,
        )
    if response.status_code in _REFUSED:
        field = "schema" if "response_format" in body else "messages"
        raise InvalidRequest(FieldViolation(field, "was refused by the engine"))
    raise EngineFailed(service=model.id)


def estimated_tokens(texts: Iterable[str]) -> int:
    """From the length in bytes; about right for English in most vocabularies."""
    return sum(len(text.encode()) for text in texts) // _BYTES_PER_TOKEN


def _retry_after(response: httpx.Response) -> timedelta | None:
    try:
        return timedelta(seconds=float(response.headers["retry-after"]))
    except (KeyError, ValueError):
        return None


async def _pieces(response: httpx.Response, model: str) -> AsyncIterator[Piece]:
    finish: FinishReason | None = None
    usage: Mapping[str, Any] = {}
    async for data in _events(response):
        if data == _DONE:
            break
        try:
            event = json.loads(data)
            usage = event.get("usage") or usage
            choice: dict[str, Any] = next(iter(event.get("choices") or ()), {})
            text = (choice.get("delta") or {}).get("content") or ""
        except (ValueError, AttributeError, TypeError):
            raise EngineFailed(service=model) from None
        if "error" in event:
            raise EngineFailed(service=model)
        if reason := choice.get("finish_reason"):
            if reason not in _FINISH_REASONS:  # a content filter, or an abort by the server
                raise EngineFailed(service=model)
            finish = _FINISH_REASONS[reason]
        if text:
            yield Piece(text)
    if finish is None:  # the server went away half-way
        raise EngineFailed(service=model)
    yield Piece("", Ending(finish, _tokens(usage)))


async def _events(response: httpx.Response) -> AsyncIterator[str]:
    """Data of server-sent events; each fits on one line in this protocol."""
    async for line in response.aiter_lines():
        if line.startswith("data:"):
            yield line[5:].strip()


def _tokens(usage: Mapping[str, Any]) -> Tokens:
    details = usage.get("prompt_tokens_details") or {}
    return Tokens(
        input=int(usage.get("prompt_tokens") or 0),
        cached=int(details.get("cached_tokens") or 0),
        output=int(usage.get("completion_tokens") or 0),
    )
