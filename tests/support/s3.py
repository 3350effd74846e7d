"""A real S3 server for tests: SeaweedFS in a temporary folder, on the loopback."""

import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from localmesh.ports import is_free

START_SECONDS = 60
ACCESS_KEY, SECRET_KEY, BUCKET = "key-of-tests", "secret-of-tests", "documents"


@dataclass(frozen=True)
class S3Server:
    """The bucket `documents` is made by the first upload."""

    endpoint: str
    region: str = "us-east-1"


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    """The S3 server that tests of a session share."""
    folder = Path(tempfile.mkdtemp(prefix="hiremesh-s3-"))
    # Its internal ports are these and 10,000 more.
    ports = [port for port in random.sample(range(10_000, 20_000), 400) if is_free(port) and is_free(port + 10_000)]
    keys = {"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}
    identity = {"name": "tests", "credentials": [keys], "actions": ["Admin", "Read", "List", "Tagging", "Write"]}
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    command = [
        str(Path(sys.executable).with_name("weed")),
        "server",
        f"-dir={folder}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        f"-master.port={ports[0]}",
        "-master.telemetry=false",
        "-master.volumeSizeLimitMB=64",
        f"-volume.port={ports[1]}",
        "-volume.max=4",
        "-filer",
        f"-filer.port={ports[2]}",
        "-s3",
        f"-s3.config={folder / 's3.json'}",
        f"-s3.port={ports[3]}",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
    ]
    endpoint = f"http://127.0.0.1:{ports[3]}"
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=folder)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not _answers(endpoint):
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the S3 server did not start: {(folder / 'log').read_text()}")
            time.sleep(0.1)
        yield S3Server(endpoint)
    finally:
        server.send_signal(signal.SIGKILL)
        server.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _answers(endpoint: str) -> bool:
    try:
        return httpx.get(f"{endpoint}/healthz", trust_env=False, timeout=2).status_code == 200
    except httpx.HTTPError:
        return False
