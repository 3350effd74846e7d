"""A real S3 server for tests: SeaweedFS in a temporary folder, on the loopback."""

import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from localmesh.ports import is_free

START_SECONDS = 180
ACCESS_KEY, SECRET_KEY, BUCKET = "key-of-tests", "secret-of-tests", "documents"


class S3Server:
    """The bucket `documents` is made by the first upload. A test may kill it, or stop it where it stands, and start it again."""

    region = "us-east-1"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # Its internal ports are these and 10,000 more.
        candidates = random.sample(range(10_000, 20_000), 400)
        self._ports = [port for port in candidates if is_free(port) and is_free(port + 10_000)][:4]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._ports[3]}"

    @property
    def runs(self) -> bool:
        return self._process is not None

    def start(self) -> None:
        """Returns when it takes calls."""
        keys = {"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}
        identity = {"name": "tests", "credentials": [keys], "actions": ["Admin", "Read", "List", "Tagging", "Write"]}
        (self._folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
        command = [
            str(Path(sys.executable).with_name("weed")),
            "server",
            f"-dir={self._folder}",
            "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1",
            f"-master.port={self._ports[0]}",
            "-master.telemetry=false",
            "-master.volumeSizeLimitMB=64",
            f"-volume.port={self._ports[1]}",
            "-volume.max=4",
            "-filer",
            f"-filer.port={self._ports[2]}",
            "-s3",
            f"-s3.config={self._folder / 's3.json'}",
            f"-s3.port={self._ports[3]}",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
        ]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=self._folder)
        deadline = time.monotonic() + START_SECONDS
        while not _answers(self.endpoint):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the S3 server did not start: {(self._folder / 'log').read_text()}")
            time.sleep(0.1)

    def kill(self) -> None:
        """kill -9. Does nothing when it does not run."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(30)
            self._process = None

    def stop(self) -> None:
        """It takes connections and answers none."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """After `stop`."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)


# Starts one more server. It is killed at the end of the session.
NewS3Server = Callable[[], S3Server]


@pytest.fixture(scope="session")
def new_s3_server() -> Iterator[NewS3Server]:
    """For tests that kill it."""
    root = Path(tempfile.mkdtemp(prefix="hiremesh-s3-"))
    servers = list[S3Server]()

    def create() -> S3Server:
        folder = root / str(len(servers))
        folder.mkdir()
        server = S3Server(folder)
        servers.append(server)
        server.start()
        return server

    try:
        yield create
    finally:
        for server in servers:
            server.kill()
        shutil.rmtree(root, ignore_errors=True)


@pytest.fixture(scope="session")
def s3_server(new_s3_server: NewS3Server) -> S3Server:
    """The S3 server that tests of a session share."""
    return new_s3_server()


def _answers(endpoint: str) -> bool:
    try:
        return httpx.get(f"{endpoint}/healthz", trust_env=False, timeout=2).status_code == 200
    except httpx.HTTPError:
        return False
