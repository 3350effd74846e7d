"""The edge."""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from edgeconfig import EdgeAddresses, EdgeSettings, render
from localmesh.components import Command, Component, Part, Run, Step
from localmesh.data_folder import DataFolder, write_private
from localmesh.probes import http_answers


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

    async def probe() -> None:
        await http_answers(f"http://127.0.0.1:{admin_port}/ready")

    # With hot restart Envoy would end with the thread that started it, and two Envoys would need different base ids.
    command = Command(
        (str(_binary()), "-c", str(folder.envoy_configuration), "--disable-hot-restart", "--log-level", "warning")
    )
    return (
        Step("edge-configuration", configure),
        Component("envoy", command, probe, depends_on=("edge-configuration", *upstreams), port=port),
    )


def _binary() -> Path:
    spec = find_spec("envoy")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("envoy")
    return Path(spec.submodule_search_locations[0]) / "_bin" / "envoy"
