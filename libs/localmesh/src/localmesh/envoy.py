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
    folder: DataFolder, *, host: str, port: int, admin_port: int, upstreams: Mapping[str, int]
) -> tuple[Part, ...]:
    """Configuration and process, for the table of components. `upstreams`: the ports of the services behind it."""
    targets = {name: f"127.0.0.1:{upstream}" for name, upstream in upstreams.items()}

    async def configure(_: Run) -> None:
        addresses = EdgeAddresses(
            listen_host=host,
            listen_port=port,
            admin_port=admin_port,
            access_log=str(folder.log("access")),
            **targets,
        )
        write_private(folder.envoy_configuration, render(EdgeSettings(), addresses))

    admin = f"http://127.0.0.1:{admin_port}"

    async def probe() -> None:
        await http_answers(f"{admin}/ready")

    async def drain() -> None:
        await http_call(f"{admin}/drain_listeners", "POST")
        while await _active_requests(admin):  # noqa: ASYNC110  # another process cannot set an event of ours
            await asyncio.sleep(_POLL_SECONDS)

    # With hot restart Envoy would end with the thread that started it, and two Envoys would need different base ids.
    command = Command(
        (str(_binary()), "-c", str(folder.envoy_configuration), "--disable-hot-restart", "--log-level", "warning")
    )
    return (
        Step("edge-configuration", configure),
        Component("envoy", command, probe, depends_on=("edge-configuration", *upstreams), port=port, drain=drain),
    )


async def _active_requests(admin: str) -> int:
    statistics = await http_call(f"{admin}/stats?format=json&filter=^http.edge.downstream_rq_active$")
    return sum(entry["value"] for entry in json.loads(statistics)["stats"])


def _binary() -> Path:
    spec = find_spec("envoy")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("envoy")
    return Path(spec.submodule_search_locations[0]) / "_bin" / "envoy"
