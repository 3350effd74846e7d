"""A whole mesh of real processes behind a real Envoy, in a folder of its own, for end-to-end tests."""

import json
import os
import random
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from localmesh.data_folder import DataFolder
from localmesh.ports import is_free
from localmesh.state import Condition, MeshState, read_state
from tests.support.otlp import SpanCollector

START_SECONDS = 330
_POLL_SECONDS = 0.1

_T = TypeVar("_T")


def free_port() -> int:
    """Not one that the kernel could give to a client while the edge restarts."""
    return next(port for port in random.sample(range(10_000, 20_000), 500) if is_free(port))


def wait_for(look: Callable[[], _T | None], what: str, seconds: float = 180) -> _T:
    """The first result of `look` that is not None or False."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        result = look()
        if result is not None and result is not False:
            return result
        time.sleep(_POLL_SECONDS)
    raise AssertionError(f"waited {seconds:.0f} seconds for {what}")


@dataclass(frozen=True)
class LocalMesh:
    """One mesh: its address, its files, and the command line that rules it."""

    folder: DataFolder
    edge_port: int
    environment: dict[str, str]

    @property
    def url(self) -> str:
        return f"http://localhost:{self.edge_port}"

    def hiremesh(self, *arguments: str, seconds: float = START_SECONDS) -> subprocess.CompletedProcess[str]:
        """Runs the command line on this mesh."""
        return subprocess.run(
            [sys.executable, "-m", "hiremesh_cli", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def state(self) -> MeshState:
        state = read_state(self.folder)
        assert state is not None, "the mesh was never started"
        return state

    def pid(self, component: str) -> int:
        pid = self.state().parts[component].pid
        assert pid is not None, f"{component} does not run"
        return pid

    def port(self, name: str) -> int:
        """An internal port by its name, for example `gateway` or `gateway-metrics`."""
        port: int = json.loads(self.folder.ports.read_text())[name]
        return port

    def kill(self, component: str) -> int:
        """Kills a component's process without warning. Returns the pid it had."""
        pid = self.pid(component)
        os.kill(pid, signal.SIGKILL)
        return pid

    def wait_until_restarted(self, component: str, killed: int, seconds: float = 180) -> None:
        """Until another process is healthy in the killed one's place."""

        def restarted() -> bool:
            part = self.state().parts[component]
            return part.condition is Condition.UP and part.pid not in (None, killed)

        wait_for(restarted, f"{component} to be back", seconds)

    def client(self, token: str | None = None, **options: Any) -> httpx.Client:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=120, trust_env=False, **options)

    def new_token(self) -> str:
        """Registers somebody new and logs in."""
        account = {"email": f"{secrets.token_hex(8)}@example.com", "password": secrets.token_urlsafe(16)}
        with self.client() as client:
            client.post("/api/v1/register", json={**account, "name": "End to end"}).raise_for_status()
            answer = client.post("/api/v1/login", json=account).raise_for_status()
        token: str = answer.json()["access_token"]
        return token


def mesh_in(root: Path, **environment: str) -> LocalMesh:
    """A mesh that is not started yet."""
    edge_port = free_port()
    chosen = {
        "HIREMESH_DATA": str(root),
        "EDGE_PORT": str(edge_port),
        "HIREMESH_RATE_LIMIT_PER_MINUTE": "1000000",
        # For machines that do other things too: readers are modest, and get little of their cores.
        "HIREMESH_START_TIMEOUT": "PT5M",
        "HIREMESH_PARSER_DOCUMENT_TIMEOUT": "PT2M",
        **environment,
    }
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("HIREMESH_")}
    return LocalMesh(DataFolder(root.resolve()), edge_port, inherited | chosen)


@pytest.fixture(scope="session")
def mesh(span_collector: SpanCollector) -> Iterator[LocalMesh]:
    """The mesh that end-to-end tests share. Each test uses people of its own (`new_token`)."""
    root = Path(tempfile.mkdtemp(prefix="hiremesh-e2e-"))
    running = mesh_in(
        root / "data",
        HIREMESH_OTLP_ENDPOINT=span_collector.endpoint,
        # The tests' own receivers are on this machine.
        HIREMESH_GATEWAY_WEBHOOK_PRIVATE_ADDRESSES="true",
    )
    try:
        started = running.hiremesh("up")
        assert started.returncode == 0, started.stderr
        yield running
    finally:
        running.hiremesh("down")
        shutil.rmtree(root, ignore_errors=True)
