"""A mesh of a bench's own, its users, and the documents that they send."""

import asyncio
import json
import os
import random
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import httpx

from localmesh.data_folder import DataFolder
from localmesh.state import Condition, MeshState, read_state

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = (ROOT / "examples/resume.pdf").read_bytes()
_POLL_SECONDS = 0.2
_numbers = count(1)
# Of metadata, only what the words of a document decide.
_STABLE_METADATA = ("engine", "extractor_version", "warnings")
_STABLE_DOCUMENT = ("pages", "kind", "language", "ocr_pages")


@dataclass(frozen=True)
class LiveMesh:
    """One mesh that runs."""

    folder: DataFolder
    url: str

    def state(self) -> MeshState:
        state = read_state(self.folder)
        if state is None:
            raise RuntimeError("the mesh was never started")
        return state

    def kill(self, component: str) -> int:
        """Kills a component without warning. Returns the pid it had."""
        pid = self.state().parts[component].pid
        if pid is None:
            raise ProcessLookupError(component)
        os.kill(pid, signal.SIGKILL)
        return pid

    async def until_back(self, component: str, killed: int | None = None) -> None:
        """Until a process is healthy in the killed one's place."""
        while True:
            part = self.state().parts[component]
            if part.condition is Condition.UP and part.pid not in (None, killed):
                return
            await asyncio.sleep(_POLL_SECONDS)

    def client(self, token: str = "", *, connections: int = 1000) -> httpx.AsyncClient:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=30, trust_env=False, limits=limits)

    async def new_tokens(self, count: int) -> list[str]:
        """Registers people and logs them in."""
        async with self.client() as client:
            return [await _new_token(client) for _ in range(count)]


async def _new_token(client: httpx.AsyncClient) -> str:
    account = {"email": f"{secrets.token_hex(8)}@example.com", "password": secrets.token_urlsafe(16)}
    (await client.post("/api/v1/register", json={**account, "name": "Bench"})).raise_for_status()
    answer = await client.post("/api/v1/login", json=account)
    token: str = answer.raise_for_status().json()["access_token"]
    return token


@contextmanager
def live_mesh(**settings: str) -> Iterator[LiveMesh]:
    """Starts a mesh in a scratch folder and ends it. `settings` are environment variables."""
    with tempfile.TemporaryDirectory(prefix="hiremesh-bench-", ignore_cleanup_errors=True) as scratch:
        port = _free_port()
        environment = os.environ | {
            "HIREMESH_DATA": str(Path(scratch) / "mesh"),
            "EDGE_PORT": str(port),
            "HIREMESH_RATE_LIMIT_PER_MINUTE": "10000000",
            "HIREMESH_START_TIMEOUT": "PT5M",  # for machines that do other things too
            **settings,
        }
        hiremesh = [str(ROOT / ".venv/bin/hiremesh")] if (ROOT / ".venv/bin/hiremesh").exists() else ["hiremesh"]
        # The mesh does not outlive the bench, whichever way that ends.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
        try:
            subprocess.run([*hiremesh, "up"], env=environment, check=True, stdout=subprocess.DEVNULL)
            yield LiveMesh(DataFolder(Path(scratch).resolve() / "mesh"), f"http://localhost:{port}")
        finally:
            subprocess.run([*hiremesh, "down"], env=environment, check=True, stdout=subprocess.DEVNULL)


def _free_port() -> int:
    # Not one that the kernel could give to a client while the edge restarts.
    for port in random.sample(range(10_000, 20_000), 200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise OSError("no port is free")


def originals() -> list[bytes]:
    """Resumes that differ in all that is read of them: texts, and the example as PDF."""
    return [EXAMPLE, *(_text_resume(number) for number in range(1, 8))]


def _text_resume(number: int) -> bytes:
    skills = ["Python", "SQL", "Kubernetes", "Java", "Go", "Terraform", "React", "PostgreSQL"][: number + 1]
    return f"""Robin Sample{"abcdefgh"[number]}
robin{number}@example.com | +49 30 1234567{number} | Berlin, Germany

Experience

Engineer, Example {number} GmbH
{2010 + number}-03 - {2014 + number}-08
- Ran {number + 3} services

Education

Bachelor of Science in Mathematics, University of Bonn, {2005 + number} - {2008 + number}

Skills

{", ".join(skills)}
""".encode()


def variant(original: bytes) -> bytes:
    """The same resume in other bytes, so that no earlier result answers for it."""
    if original.startswith(b"%PDF"):
        return original + f"\n% {secrets.token_hex(8)}\n".encode()
    return original + b"\n" + b" " * next(_numbers)


def stable(resume: dict[str, Any]) -> dict[str, Any]:
    """What the words of the document decide, and no time, user or byte does."""
    metadata = {name: resume["metadata"].get(name) for name in _STABLE_METADATA}
    metadata |= {name: resume["metadata"]["document"].get(name) for name in _STABLE_DOCUMENT}
    return {**resume, "metadata": metadata}


@dataclass(frozen=True)
class Event:
    """A server-sent event."""

    id: str
    data: dict[str, Any]


async def events(
    client: httpx.AsyncClient,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    last: str = "",
    silence: float = 30,
) -> AsyncIterator[Event]:
    """Reads a stream as EventSource does. Raises httpx errors; a stream that is silent for long counts as broken."""
    sent = {**(headers or {}), **({"last-event-id": last} if last else {})}
    async with client.stream("GET", url, headers=sent, timeout=silence) as response:
        response.raise_for_status()
        fields: dict[str, str] = {}
        async for line in response.aiter_lines():
            if line:
                name, _, value = line.partition(": ")
                fields[name] = value
            elif "data" in fields:
                yield Event(fields.get("id", ""), json.loads(fields["data"]))
                fields = {}
            else:
                fields = {}


def percentile(values: list[float], percent: float) -> float:
    """By the nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(percent / 100 * (len(ordered) - 1)))]
