"""A mesh without services, for tests of the supervisor: Postgres, NATS and a stand-in. Run as a script; SIGTERM ends it.

STAND_IN says how the stand-in behaves: `serves`, `fails` (ends at once) or `hangs` (never becomes healthy).
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Sequence
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer

from localmesh.components import Command, Component, Part
from localmesh.credentials import Credentials
from localmesh.data_folder import DataFolder
from localmesh.errors import MeshFault
from localmesh.nats import nats_part
from localmesh.ports import Ports
from localmesh.postgres import Cluster, account_for, postgres_parts
from localmesh.probes import http_answers
from localmesh.run import run_mesh
from localmesh.settings import MeshSettings, read_settings


class Healthy(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


def stand_in(behaviour: str, port: int) -> None:
    """A service with a child process of its own."""
    if behaviour == "fails":
        sys.exit("the stand-in cannot find its configuration")
    subprocess.Popen(["sleep", "1000"])
    server = HTTPServer(("127.0.0.1", port), Healthy)
    if behaviour == "hangs":
        server.socket.close()
        asyncio.run(asyncio.sleep(1000))
    server.serve_forever()


def small_mesh(settings: MeshSettings, folder: DataFolder) -> Sequence[Part]:
    ports, credentials = Ports(folder, settings.edge_port), Credentials(folder)
    cluster = Cluster(folder.postgres, ports["postgres"], credentials["postgres"], account_for(folder.postgres))
    command = (sys.executable, __file__, os.environ.get("STAND_IN", "serves"), str(ports["stand-in"]))
    return (
        Component(
            "stand-in",
            Command(command),
            partial(http_answers, f"http://127.0.0.1:{ports['stand-in']}"),
            depends_on=("database-roles", "nats"),
            port=ports["stand-in"],
        ),
        nats_part(folder, port=ports["nats"], monitor_port=ports["nats-monitor"], password=credentials["nats"]),
        *postgres_parts(cluster, {"gateway": credentials["gateway"]}),
    )


def main() -> int:
    try:
        settings = read_settings()
        asyncio.run(run_mesh(settings, make_parts=partial(small_mesh, settings)))
    except MeshFault as fault:
        print(fault, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    if len(sys.argv) == 3:
        stand_in(sys.argv[1], int(sys.argv[2]))
    else:
        sys.exit(main())
