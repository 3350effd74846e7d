"""A real broker for tests: nats-server with JetStream in a temporary folder."""

import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

START_SECONDS = 120
# Not `preexec_fn`: code between fork and exec crashes in a process where gRPC runs threads.
_END_WITH_PARENT = """
import ctypes, os, signal, sys
PR_SET_PDEATHSIG = 1
ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
os.execv(sys.argv[1], sys.argv[1:])
"""


@dataclass(slots=True)
class NatsServer:
    """A broker that a test may kill and start again on the same port with the same streams."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = field(default=None)

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Returns when it takes connections."""
        program = str(Path(sys.executable).with_name("nats-server"))
        arguments = [program, "-a", "127.0.0.1", "-p", str(self.port), "-js", "-sd", str(self.folder), "-n", "tests"]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", _END_WITH_PARENT, *arguments], stdout=log, stderr=log
            )
        deadline = time.monotonic() + START_SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                    if connection.recv(4) == b"INFO":
                        return
            except OSError:
                time.sleep(0.02)
        raise RuntimeError(f"nats-server did not start: {(self.folder / 'log').read_text()}")

    def kill(self) -> None:
        """kill -9: nothing is flushed, nobody is told."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ends in order."""
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(30)
            self.process = None


# Starts one more broker, with streams of its own. It is stopped at the end of the session.
NewBroker = Callable[[], NatsServer]


@pytest.fixture(scope="session")
def new_nats_server() -> Iterator[NewBroker]:
    """For tests that kill the broker, or need streams that nobody else fills."""
    root = Path(tempfile.mkdtemp(prefix="hiremesh-nats-"))
    numbers, servers = count(), list[NatsServer]()

    def create() -> NatsServer:
        folder = root / str(next(numbers))
        folder.mkdir()
        server = NatsServer(folder, _free_port())
        server.start()
        servers.append(server)
        return server

    yield create
    for server in servers:
        server.stop()
    shutil.rmtree(root, ignore_errors=True)


@pytest.fixture(scope="session")
def nats_server(new_nats_server: NewBroker) -> NatsServer:
    """The broker that tests of a session share. Give durable consumers names of their own, and subjects of their own ids."""
    return new_nats_server()


@pytest.fixture(scope="session")
def nats_url(nats_server: NatsServer) -> str:
    """Where the shared broker listens."""
    return nats_server.url


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
