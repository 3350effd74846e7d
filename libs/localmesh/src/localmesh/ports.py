"""Internal ports: free ones, the same in every run as long as they stay free."""

import json
import socket
from collections.abc import Iterator

from localmesh.data_folder import DataFolder, write_private

# Below the range that kernels take the ports of outgoing connections from: a client that calls a component while it
# restarts would otherwise, now and then, be given the component's own port.
FIRST, LAST = 20_000, 31_999


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def remembered_ports(folder: DataFolder) -> dict[str, int]:
    """Ports by name, as a mesh that runs, or that ran last, was given them."""
    return json.loads(folder.ports.read_text()) if folder.ports.exists() else {}


class Ports:
    """Ports by name, for a mesh that starts: those of a mesh that runs are not free.

    The search starts at a place that follows from the public port, so that meshes which start at the same time look apart.
    """

    def __init__(self, folder: DataFolder, edge_port: int) -> None:
        self._path = folder.ports
        self._known = {name: port for name, port in remembered_ports(folder).items() if is_free(port)}
        self._candidates = _candidates(edge_port)

    def __getitem__(self, name: str) -> int:
        if name not in self._known:
            taken = set(self._known.values())
            self._known[name] = next(port for port in self._candidates if port not in taken and is_free(port))
            write_private(self._path, json.dumps(self._known, indent=2))
        return self._known[name]


def _candidates(edge_port: int) -> Iterator[int]:
    size, block = LAST - FIRST + 1, 32
    start = (edge_port * block) % size
    for offset in range(size):
        port = FIRST + (start + offset) % size
        if port != edge_port:
            yield port
