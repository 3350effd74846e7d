"""Any GGUF file on llama.cpp, in a process that is watched."""

import asyncio
import os
import secrets
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import cast

import httpx
import structlog

from inference_service.adapters.chat_completions import Retries, chat_body, stream_chat
from inference_service.adapters.llama_server import READY, LlamaServerConfig
from inference_service.domain.errors import EngineFailed
from inference_service.domain.generation import Piece, Prompt, Sampling, TextModel, Turn
from meshkit.lifecycle import background

_log = structlog.get_logger()

ENGINE = "llama_cpp"
LOADING_REPORT_SECONDS = 10.0
# After a crash; doubled for each crash before the model was ready.
RESTART_SECONDS = (0.5, 60.0)
_STOP_SECONDS = 5.0
# Reached by socket; the name is only HTTP's formality.
_SERVER = "http://llama.cpp"
_WARM_UP = Prompt([Turn("user", "Hello")], max_tokens=2, sampling=Sampling(temperature=0))
# The process is on this machine: what fails is broken, and is started again.
_NO_RETRIES = Retries(attempts=1)


class LlamaCppEngine:
    """A llama.cpp server process, its only client, and whoever starts it again."""

    def __init__(
        self,
        model: TextModel,
        *,
        path: Path,
        slots: int,
        threads: int,
        gpu_layers: int = 0,
        adapters: Mapping[str, Path] | None = None,
        silence_timeout: timedelta = timedelta(seconds=120),
    ) -> None:
        self._adapters = dict(adapters or {})
        self.model = replace(model, adapters=tuple(self._adapters))
        self._path = path
        self._slots = slots
        self._threads = threads
        self._gpu_layers = gpu_layers
        self._silence_timeout = silence_timeout
        self._client: httpx.AsyncClient | None = None
        self._process: asyncio.subprocess.Process | None = None

    @property
    def process_id(self) -> int | None:
        """Of the server; None while there is none."""
        return self._process.pid if self._process is not None else None

    async def run(self) -> None:
        """Starts the server, and again whenever it ends."""
        delay, longest = RESTART_SECONDS
        while True:
            started = time.monotonic()
            async with self._server() as (process, output, client):
                if await self._loaded(output, client):
                    delay = RESTART_SECONDS[0]
                    self._client = client
                    _log.info("model_loaded", model=self.model.id, seconds=round(time.monotonic() - started, 3))
                try:
                    status = await process.wait()
                finally:
                    self._client = None
            _log.error("model_server_ended", model=self.model.id, status=status, restart_seconds=delay)
            await asyncio.sleep(delay)
            delay = min(2 * delay, longest)

    async def check_ready(self) -> None:
        """As the port says."""
        self._ready_client()

    async def count_tokens(self, prompt: Prompt) -> int:
        """Exact: the server applies its template and its tokenizer."""
        client = self._ready_client()
        messages = [{"role": turn.role, "content": turn.content} for turn in prompt.turns]
        try:
            templated = (
                (await client.post(f"{_SERVER}/apply-template", json={"messages": messages})).raise_for_status().json()
            )
            request = {"content": templated["prompt"], "add_special": True, "parse_special": True}
            return len((await client.post(f"{_SERVER}/tokenize", json=request)).raise_for_status().json()["tokens"])
        except (httpx.HTTPError, ValueError, KeyError):
            raise EngineFailed(service=self.model.id) from None

    async def generate(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        """As the port says."""
        async with aclosing(self._stream(self._ready_client(), prompt)) as pieces:
            async for piece in pieces:
                yield piece

    def _stream(self, client: httpx.AsyncClient, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        body = chat_body(prompt, self.model.id)
        if self._adapters:
            scales = [float(name == prompt.adapter) for name in self._adapters]
            body["lora"] = [{"id": number, "scale": scale} for number, scale in enumerate(scales)]
        return stream_chat(client, body, model=self.model, retries=_NO_RETRIES)

    def _ready_client(self) -> httpx.AsyncClient:
        if self._client is None:
            raise EngineFailed(service=self.model.id)
        return self._client

    @asynccontextmanager
    async def _server(self) -> AsyncIterator[tuple[asyncio.subprocess.Process, "_Output", httpx.AsyncClient]]:
        """A process that begins to load, and a client for it."""
        with tempfile.TemporaryDirectory(prefix="hiremesh-llama-") as folder:
            config = self._config(socket=Path(folder, "server.sock"))
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "inference_service.adapters.llama_server"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                env=_environment(),
            )
            self._process = process
            try:
                cast("asyncio.StreamWriter", process.stdin).write(config.to_json().encode() + b"\n")
                output = _Output()
                reading = output.read(cast("asyncio.StreamReader", process.stdout))
                async with background("read_llama_output", reading), self._connect(config) as client:
                    yield process, output, client
            finally:
                self._process = None
                await _stop(process)

    def _config(self, socket: Path) -> LlamaServerConfig:
        return LlamaServerConfig(
            model=str(self._path),
            host=str(socket),
            api_key=secrets.token_urlsafe(),
            slots=self._slots,
            context_tokens=self.model.context_tokens,
            threads=self._threads,
            gpu_layers=self._gpu_layers,
            adapters=tuple(map(str, self._adapters.values())),
        )

    def _connect(self, config: LlamaServerConfig) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(
                uds=config.host, limits=httpx.Limits(max_connections=None, max_keepalive_connections=64)
            ),
            base_url=f"{_SERVER}/v1/",
            headers={"authorization": f"Bearer {config.api_key}"},
            timeout=httpx.Timeout(self._silence_timeout.total_seconds(), connect=5.0),
        )

    async def _loaded(self, output: "_Output", client: httpx.AsyncClient) -> bool:
        """Waits for the model and warms it; False when the process ended instead."""
        started = time.monotonic()
        megabytes = self._path.stat().st_size // 1_000_000
        _log.info("model_loading", model=self.model.id, megabytes=megabytes)
        while not (await asyncio.wait([output.ready], timeout=LOADING_REPORT_SECONDS))[0]:
            _log.info(
                "model_loading",
                model=self.model.id,
                megabytes=megabytes,
                megabytes_in_memory=_megabytes_in_memory(self.process_id),
                seconds=round(time.monotonic() - started),
            )
        if not output.ready.result():
            _log.error("model_not_loaded", model=self.model.id, last_line=output.last_line)
            return False
        with suppress(EngineFailed):
            async with aclosing(self._stream(client, _WARM_UP)) as pieces:
                async for _ in pieces:
                    pass
            return True
        return False


class _Output:
    """What the server prints, read to the end, so that it never waits for us. Later lines than the first `ready` may quote prompts."""

    def __init__(self) -> None:
        self.last_line = ""
        # True once the model is loaded, False when the process ended instead.
        self.ready: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    async def read(self, stream: asyncio.StreamReader) -> None:
        async for line in stream:
            if not self.ready.done():
                self.last_line = line.decode(errors="replace").strip()
                if self.last_line == READY:
                    self.ready.set_result(True)
        if not self.ready.done():
            self.ready.set_result(False)


def _megabytes_in_memory(process_id: int | None) -> int | None:
    """Of a process. llama.cpp tells nothing of its progress, but it maps the file: this grows to its size. None where Linux is not."""
    try:
        pages = int(Path(f"/proc/{process_id}/statm").read_text().split()[1])
    except (OSError, ValueError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE") // 1_000_000


async def _stop(process: asyncio.subprocess.Process) -> None:
    cast("asyncio.StreamWriter", process.stdin).close()
    with suppress(TimeoutError):
        async with asyncio.timeout(_STOP_SECONDS):
            await process.wait()
    if process.returncode is None:
        process.kill()
        await process.wait()


def _environment() -> dict[str, str]:
    """Without the service's secrets."""
    return {name: value for name, value in os.environ.items() if not name.startswith("HIREMESH_")}
