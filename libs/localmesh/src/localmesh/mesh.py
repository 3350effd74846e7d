"""The table of components: everything that a mesh on one machine consists of."""

from collections.abc import Mapping
from pathlib import Path

from localmesh.components import Part
from localmesh.credentials import Credentials
from localmesh.data_folder import DataFolder
from localmesh.envoy import envoy_parts
from localmesh.errors import ClusterDamaged, InvalidSetting
from localmesh.nats import nats_part
from localmesh.ports import Ports
from localmesh.postgres import SUPERUSER, Cluster, account_for, postgres_parts
from localmesh.replicas import Replicas
from localmesh.services import SERVICES, Surroundings, service_parts
from localmesh.settings import MeshSettings, default_embedder_path

UPSTREAMS = ("gateway", "auth", "matching")


def mesh_parts(settings: MeshSettings, folder: DataFolder, environment: Mapping[str, str]) -> tuple[Part, ...]:
    """All parts of the mesh. Chooses ports and makes secrets that are not there yet. Raises MeshFault."""
    known = (*(entry.name for entry in SERVICES), "envoy")
    if unknown := sorted(set(settings.replicas) - set(known)):
        raise InvalidSetting("HIREMESH_REPLICAS", f"there is no {unknown[0]!r}, only {', '.join(known)}")
    replicas = Replicas(settings.replicas)
    ports = Ports(folder, settings.edge_port)
    credentials = Credentials(folder)
    if folder.postgres.exists() and f"postgres_{SUPERUSER}" not in credentials:
        raise ClusterDamaged(folder.postgres, f"needs the password that {folder.credentials} held, which is gone")
    cluster = Cluster(
        folder.postgres, ports["postgres"], credentials[f"postgres_{SUPERUSER}"], account_for(folder.postgres)
    )
    passwords = {entry.name: credentials[f"postgres_{entry.name}"] for entry in SERVICES if entry.database}
    embedder = Path(environment.get("HIREMESH_INFERENCE_EMBEDDER_PATH") or default_embedder_path())
    around = Surroundings(ports, credentials, cluster, embedder, folder.documents, environment, replicas)
    return (
        *postgres_parts(cluster, passwords),
        nats_part(folder, port=ports["nats"], monitor_port=ports["nats-monitor"], password=credentials["nats"]),
        *service_parts(around),
        *envoy_parts(
            folder,
            host=settings.edge_host,
            port=settings.edge_port,
            admin_ports={replica: ports[f"{replica}-admin"] for replica in replicas.of("envoy")},
            upstreams={name: around.addresses(name) for name in UPSTREAMS},
            depends_on=replicas.all_of(UPSTREAMS),
        ),
    )
