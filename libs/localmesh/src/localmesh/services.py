"""The five services: what each is started with, and its migrations."""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from localmesh.components import Command, Component, Part, Probe, Run, Step
from localmesh.credentials import Credentials
from localmesh.errors import InvalidSetting
from localmesh.nats import nats_url
from localmesh.ports import Ports
from localmesh.postgres import Cluster
from localmesh.probes import grpc_serves
from localmesh.replicas import Replicas


@dataclass(frozen=True, slots=True)
class ServiceEntry:
    """One row of the table of services."""

    name: str
    # The gRPC service whose health means that this one is ready.
    health: str
    depends_on: tuple[str, ...] = ()
    database: bool = False
    # Settings that hold secrets of this service alone.
    secrets: tuple[str, ...] = ()

    @property
    def package(self) -> str:
        """Its Python package."""
        return f"{self.name}_service"

    @property
    def prefix(self) -> str:
        """Of its environment variables."""
        return f"HIREMESH_{self.name.upper()}_"

    @property
    def migration(self) -> str:
        """Name of its migration step."""
        return f"{self.name}-migrations"


SERVICES = (
    ServiceEntry("auth", "hiremesh.auth.v1.AuthService", database=True, secrets=("KEY_ENCRYPTION_SECRET",)),
    ServiceEntry("inference", "hiremesh.inference.v1.InferenceService", depends_on=("embedder",)),
    ServiceEntry("parser", "hiremesh.parser.v1.ParserService", depends_on=("nats",)),
    ServiceEntry(
        "gateway",
        "hiremesh.gateway.v1.ResumeService",
        depends_on=("nats", "auth", "parser"),
        database=True,
        secrets=("ENCRYPTION_SECRET",),
    ),
    ServiceEntry(
        "matching",
        "hiremesh.matching.v1.MatchingService",
        depends_on=("nats", "auth", "parser", "inference"),
        database=True,
        secrets=("ENCRYPTION_SECRET",),
    ),
)

# Settings of every service; `HIREMESH_<NAME>` sets them all at once.
MESH_WIDE = ("LOG_LEVEL", "OTLP_ENDPOINT", "TOKEN_ISSUER", "TOKEN_AUDIENCE", "MESH_TOKEN")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the services are connected to."""

    ports: Ports
    credentials: Credentials
    cluster: Cluster
    embedder: Path
    # Uploaded documents.
    documents: Path
    # The user's: what it says wins.
    environment: Mapping[str, str]
    replicas: Replicas

    def port(self, replica: str) -> int:
        """Where one process of a service listens."""
        return int(self.environment.get(f"HIREMESH_{replica.upper()}_PORT") or self.ports[replica])

    def addresses(self, service: str) -> tuple[str, ...]:
        """Where all processes of a service listen, as `host:port`."""
        return tuple(f"127.0.0.1:{self.port(replica)}" for replica in self.replicas.of(service))

    def target(self, service: str) -> str:
        """The same as a gRPC client's target: one address, or a list that it takes in turn."""
        addresses = self.addresses(service)
        return addresses[0] if len(addresses) == 1 else f"ipv4:{','.join(addresses)}"


def service_parts(around: Surroundings) -> tuple[Part, ...]:
    """Migrations, the embedding model and the services, for the table of components."""
    return (
        _embedder(around.embedder),
        *(_migration(entry, around) for entry in SERVICES if entry.database),
        *(_service(entry, replica, around) for entry in SERVICES for replica in around.replicas.of(entry.name)),
    )


def service_environment(entry: ServiceEntry, around: Surroundings, replica: str = "") -> dict[str, str]:
    """Every setting of one process of a service. The user's own variables win over ours, those for one service over those for all.

    Raises InvalidSetting when the user gives the same port to several processes.
    """
    ports, credentials = around.ports, around.credentials
    replica = replica or around.replicas.of(entry.name)[0]
    settings = {
        "PORT": str(around.port(replica)),
        "METRICS_PORT": str(ports[f"{replica}-metrics"]),
        "MESH_TOKEN": credentials["mesh_token"],
        "NATS_URL": nats_url(ports["nats"], credentials["nats"]),
        **{f"{other.name.upper()}_TARGET": around.target(other.name) for other in SERVICES},
        **{secret: credentials[f"{entry.name}_{secret.lower()}"] for secret in entry.secrets},
    }
    if entry.database:
        settings["DATABASE_URL"] = around.cluster.url(entry.name, credentials[f"postgres_{entry.name}"])
    if entry.name == "inference":
        settings["EMBEDDER_PATH"] = str(around.embedder)
        # Beside it, where `make setup` fetched it.
        if (around.embedder.with_name("multilingual") / "manifest.json").exists():
            settings["MORE_EMBEDDERS"] = json.dumps([str(around.embedder.with_name("multilingual"))])
    if entry.name == "gateway":
        settings["STORAGE_FOLDER"] = str(around.documents)
    chosen = {
        name: around.environment[f"HIREMESH_{name}"] for name in MESH_WIDE if f"HIREMESH_{name}" in around.environment
    }
    ours = {f"{entry.prefix}{name}": value for name, value in (settings | chosen).items()}
    users = {name: value for name, value in around.environment.items() if name.startswith(entry.prefix)}
    for port in (f"{entry.prefix}PORT", f"{entry.prefix}METRICS_PORT"):
        if port in users and replica != entry.name:
            raise InvalidSetting(port, f"one port cannot be that of {len(around.addresses(entry.name))} processes")
    return {**ours, **users, **_without_proxy(around.environment)}


def _without_proxy(environment: Mapping[str, str]) -> dict[str, str]:
    # gRPC honours http_proxy, and would send the mesh's own calls through it.
    local = "127.0.0.1,localhost"
    return {
        name: f"{environment[name]},{local}" if environment.get(name) else local for name in ("no_proxy", "NO_PROXY")
    }


def _python(*arguments: str, environment: Mapping[str, str]) -> Command:
    return Command((sys.executable, *arguments), environment)


def _embedder(path: Path) -> Step:
    async def build(run: Run) -> None:
        await run(_python("-m", "inference_service.weights", "build", "--out", str(path), environment=os.environ))

    return Step("embedder", build)


def _migration(entry: ServiceEntry, around: Surroundings) -> Step:
    async def migrate(run: Run) -> None:
        environment = service_environment(entry, around)
        await run(_python("-m", "meshkit.migration", entry.package, environment=environment))

    return Step(entry.migration, migrate, depends_on=("database-roles",))


def _service(entry: ServiceEntry, replica: str, around: Surroundings) -> Component:
    port = around.port(replica)
    return Component(
        replica,
        _python("-m", entry.package, environment=service_environment(entry, around, replica)),
        _probe(port, entry.health),
        depends_on=(*around.replicas.all_of(entry.depends_on), *((entry.migration,) if entry.database else ())),
        port=port,
    )


def _probe(port: int, service: str) -> Probe:
    async def probe() -> None:
        await grpc_serves(port, service)

    return probe
