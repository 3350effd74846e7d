"""Any server that speaks the OpenAI protocol: vLLM, Ollama, LM Studio, Mistral, Gemini and others."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import timedelta
from pathlib import Path

import httpx
import structlog

from inference_service.adapters.chat_completions import Retries, chat_body, estimated_tokens, stream_chat
from inference_service.domain.errors import EngineFailed
from inference_service.domain.generation import Piece, Prompt, TextModel

_log = structlog.get_logger()

ENGINE = "openai"


class OpenAiEngine:
    """One model of a server."""

    def __init__(
        self,
        model: TextModel,
        *,
        base_url: str,
        remote_model: str,
        api_key_file: Path | None = None,
        connect_timeout: timedelta = timedelta(seconds=5),
        silence_timeout: timedelta = timedelta(seconds=60),
        retries: Retries | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.model = model
        self._remote_model = remote_model
        self._api_key_file = api_key_file
        self._retries = retries or Retries()
        self._client = httpx.AsyncClient(
            base_url=base_url if base_url.endswith("/") else f"{base_url}/",
            # A server that says nothing for so long, first token or next, is taken for broken.
            timeout=httpx.Timeout(silence_timeout.total_seconds(), connect=connect_timeout.total_seconds()),
            # Bounded by the gate in front; httpx's own limit would be a second, silent queue.
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=64),
            transport=transport,
            # Proxies and certificates come from settings, not from whatever the environment holds.
            trust_env=False,
        )

    async def run(self) -> None:
        """Keeps the connections; there is nothing to load."""
        try:
            await asyncio.Event().wait()
        finally:
            await self._client.aclose()

    async def check_ready(self) -> None:
        """Passes: a remote server that is down is the breaker's business, and no reason to take this instance out of service."""

    async def count_tokens(self, prompt: Prompt) -> int:
        """An estimate; the server has the last word."""
        return estimated_tokens(turn.content for turn in prompt.turns)

    async def generate(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        """As the port says. Servers such as vLLM serve a LoRA adapter as a model of its own name."""
        body = chat_body(prompt, prompt.adapter or self._remote_model)
        pieces = stream_chat(self._client, body, model=self.model, retries=self._retries, headers=self._headers())
        async with aclosing(pieces):
            async for piece in pieces:
                yield piece

    def _headers(self) -> dict[str, str]:
        """Reads the key for each call: secrets are replaced while services run."""
        if self._api_key_file is None:
            return {}
        try:
            return {"authorization": f"Bearer {self._api_key_file.read_text().strip()}"}
        except OSError:
            _log.error("api_key_unreadable", model=self.model.id)
            raise EngineFailed(service=self.model.id) from None
