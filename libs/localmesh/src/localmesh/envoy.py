"""The edge."""

import asyncio
import json
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from edgeconfig import EdgeAddresses, EdgeSettings, render
from localmesh.components import Command, Component, Part, Run, Step
from localmesh.data_folder import DataFolder, write_private
from localmesh.probes import http_answers, http_call

_POLL_SECONDS = 0.1


def envoy_parts(
    folder: DataFolder,
    *,
    host: str,
    port: int,
    admin_ports: Mapping[str, int],
    upstreams: Mapping[str, tuple[str, ...]],
    depends_on: tuple[str, ...],
) -> tuple[Part, ...]:
    """Configuration and processes, for the table of components.

    `admin_ports`: one for each process; they share the public port, and the kernel spreads connections over them.
    `upstreams`: where the processes of each service behind them listen.
    """
    first = next(iter(admin_ports.values()))
    addresses = EdgeAddresses(
        listen_host=host,
        listen_port=port,
        admin_port=first,
        access_log=str(folder.log("access")),
        **{name: ",".join(addresses) for name, addresses in upstreams.items()},
    )

    async def configure(_: Run) -> None:
        write_private(folder.envoy_configuration, render(EdgeSettings(), addresses))

    return (
        Step("edge-configuration", configure),
        *(
            _envoy(folder, name, port, admin_port, depends_on=("edge-configuration", *depends_on))
            for name, admin_port in admin_ports.items()
        ),
    )


def _envoy(folder: DataFolder, name: str, port: int, admin_port: int, *, depends_on: tuple[str, ...]) -> Component:
    admin = f"http://127.0.0.1:{admin_port}"

    async def probe() -> None:
        await http_answers(f"{admin}/ready")

    async def drain() -> None:
        await http_call(f"{admin}/drain_listeners", "POST")
        while await _active_requests(admin):  # noqa: ASYNC110  # another process cannot set an event of ours
            await asyncio.sleep(_POLL_SECONDS)

    # With hot restart Envoy would end with the thread that started it, and two Envoys would need different base ids.
    command = Command(
        (
            *(str(_binary()), "-c", str(folder.envoy_configuration)),
            # Merged over the file: the one thing that is each process's own.
            *("--config-yaml", f"admin: {{address: {{socket_address: {{port_value: {admin_port}}}}}}}"),
            *("--disable-hot-restart", "--log-level", "warning"),
        )
    )
    return Component(name, command, probe, depends_on=depends_on, port=port, drain=drain)


async def _active_requests(admin: str) -> int:
    statistics = await http_call(f"{admin}/stats?format=json&filter=^http.edge.downstream_rq_active$")
    return sum(entry["value"] for entry in json.loads(statistics)["stats"])


def _binary() -> Path:
    spec = find_spec("envoy")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("envoy")
    return Path(spec.submodule_search_locations[0]) / "_bin" / "envoy"
