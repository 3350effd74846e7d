"""The public REST edge, as the command line uses it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from hiremesh_cli.account import GivenToken, LocalAccount, TokenSource
from hiremesh_cli.faults import EdgeUnreachable, NoCredentials, Refused, refused
from localmesh.control import folder_of
from localmesh.settings import read_settings

_TIMEOUT = httpx.Timeout(90, connect=5)
_LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")
# Waits before the next try while a service restarts.
_UNAVAILABLE_SECONDS = (0.25, 0.5, 1.0, 2.0, 4.0)
# Where a 429 does not say how long to wait.
_RATE_LIMIT_SECONDS = 5.0
_BATCH_POLL_SECONDS = 1.0
# What the edge takes at once; larger folders are several batches.
_BATCH_FILES = 1000
_BATCH_BYTES = 200 * 1024 * 1024

Pause = Callable[[float], Awaitable[object]]


class Edge:
    """Parses and analyses. Waits where the edge asks for patience, raises Refused for what waiting does not mend."""

    def __init__(self, client: httpx.AsyncClient, tokens: TokenSource, *, pause: Pause = asyncio.sleep) -> None:
        self._client = client
        self._tokens = tokens
        self._pause = pause

    async def parse(self, file: Path, *, fresh: bool) -> dict[str, Any]:
        """The resume in a file, as the edge prints it."""
        content = await asyncio.to_thread(file.read_bytes)
        form = {"fileType": "file", "fresh": "true" if fresh else "false"}
        return await self._send("/api/v1/parse-resume", data=form, files={"file": (file.name, content)})

    async def parse_batch(
        self, files: Sequence[Path], *, fresh: bool, ended: Callable[[int, dict[str, Any]], Awaitable[None]]
    ) -> None:
        """All files at once; `ended` gets the place of each in `files`, and what became of it, when that is known.

        Each outcome is an entry of the batch's list of files; those that are completed have a `status_url`.
        """
        with ExitStack() as opened:
            parts = [("files", (file.name, opened.enter_context(file.open("rb")))) for file in files]
            form = {"fresh": "true" if fresh else "false", "request_id": str(uuid4())}
            batch = (await self._send("/api/v1/resumes:batchParse", data=form, files=parts))["batch"]
        after = 0
        while True:
            seen = await self.get(batch["status_url"])
            done = seen["completed"] + seen["failed"]
            if done > after or seen["status"] != "processing":
                after = done
                for entry in await self._files_of(batch):
                    await ended(entry["number"] - 1, entry)
            if seen["status"] != "processing":
                return
            await self._pause(_BATCH_POLL_SECONDS)

    async def _files_of(self, batch: dict[str, Any]) -> list[dict[str, Any]]:
        page = await self.get(f"{batch['files_url']}?page_size={_BATCH_FILES}")
        files: list[dict[str, Any]] = page["files"]
        return [file for file in files if file["status"] in ("completed", "failed")]

    async def get(self, path: str) -> dict[str, Any]:
        """What lies at a path of the edge."""
        return await self._send(path, method="GET")

    async def analyze(self, file: Path, job_description: str, *, anonymised: bool) -> dict[str, Any]:
        """The resume in a file held against a job text; nothing of it is kept."""
        content = await asyncio.to_thread(file.read_bytes)
        form = {"job_description": job_description, "anonymised": "true" if anonymised else "false"}
        files = {"resume": (file.name, content)}
        answer = await self._send("/api/v1/analyze-resume", data=form, files=files)
        data: dict[str, Any] = answer["data"]
        return data

    async def _send(self, path: str, *, method: str = "POST", **body: Any) -> dict[str, Any]:
        waits = iter(_UNAVAILABLE_SECONDS)
        renewed = False
        while True:
            token = await self._tokens.token(self._client)
            try:
                return await self._send_once(method, path, token, body)
            except httpx.TransportError as fault:
                wait = next(waits, None)
                if wait is None:
                    raise EdgeUnreachable(str(self._client.base_url)) from fault
            except Refused as fault:
                if fault.status == httpx.codes.UNAUTHORIZED and not renewed:
                    self._tokens.drop(token)
                    renewed, wait = True, 0.0
                elif fault.status == httpx.codes.TOO_MANY_REQUESTS:
                    wait = fault.retry_after or _RATE_LIMIT_SECONDS
                elif fault.status == httpx.codes.SERVICE_UNAVAILABLE:
                    wait = next(waits, None)
                    if wait is None:
                        raise
                else:
                    raise
            await self._pause(wait)

    async def _send_once(self, method: str, path: str, token: str, body: dict[str, Any]) -> dict[str, Any]:
        response = await self._client.request(method, path, headers={"authorization": f"Bearer {token}"}, **body)
        if response.is_error:
            raise refused(response)
        answer: dict[str, Any] = response.json()
        return answer


def batches(files: Sequence[Path]) -> list[list[Path]]:
    """As many as needed, in the order of the files; a file that is larger than a batch gets its own, and is refused there."""
    filled: list[list[Path]] = []
    size = 0
    for file in files:
        bytes_of_file = file.stat().st_size
        if not filled or len(filled[-1]) == _BATCH_FILES or size + bytes_of_file > _BATCH_BYTES:
            filled.append([])
            size = 0
        filled[-1].append(file)
        size += bytes_of_file
    return filled


@asynccontextmanager
async def open_edge(url: str | None, token: str | None) -> AsyncIterator[Edge]:
    """The edge at `url`, or of the mesh on this machine. Without a token, a local account is used: on this machine only."""
    settings = read_settings()
    address = httpx.URL(url or settings.address)
    is_local = address.host in _LOCAL_HOSTS
    if token:
        tokens: TokenSource = GivenToken(token)
    elif is_local:
        folder = folder_of(settings)
        folder.create()
        tokens = LocalAccount(folder, str(address))
    else:
        raise NoCredentials(str(address))
    # A proxy that the user has set is not for calls within this machine.
    async with httpx.AsyncClient(base_url=address, timeout=_TIMEOUT, trust_env=not is_local) as client:
        try:
            await client.get("/health")
        except httpx.TransportError as fault:
            raise EdgeUnreachable(str(address)) from fault
        yield Edge(client, tokens)
