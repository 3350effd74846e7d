"""What the supervisor puts into the environment of services."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from localmesh.credentials import Credentials
from localmesh.data_folder import DataFolder
from localmesh.ports import Ports
from localmesh.postgres import Account, Cluster
from localmesh.services import SERVICES, Surroundings, service_environment

ENTRIES = {entry.name: entry for entry in SERVICES}
Environment = Callable[..., dict[str, str]]


@pytest.fixture
def environment_of(tmp_path: Path) -> Environment:
    folder = DataFolder(tmp_path)
    folder.create()
    ports, credentials = Ports(folder, 8000), Credentials(folder)

    def environment(service: str, users: Mapping[str, str] | None = None) -> dict[str, str]:
        cluster = Cluster(folder.postgres, ports["postgres"], credentials["postgres"], Account())
        around = Surroundings(ports, credentials, cluster, tmp_path / "embedder", users or {})
        return service_environment(ENTRIES[service], around)

    return environment


def test_services_find_each_other(environment_of: Environment) -> None:
    parser = environment_of("parser")["HIREMESH_PARSER_PORT"]
    assert environment_of("gateway")["HIREMESH_GATEWAY_PARSER_TARGET"] == f"127.0.0.1:{parser}"


def test_all_services_share_one_mesh_token(environment_of: Environment) -> None:
    tokens = {environment_of(name)[f"HIREMESH_{name.upper()}_MESH_TOKEN"] for name in ENTRIES}
    assert len(tokens) == 1
    assert len(tokens.pop()) >= 32


def test_a_service_connects_to_the_database_as_itself_and_others_not_at_all(environment_of: Environment) -> None:
    assert "//auth:" in environment_of("auth")["HIREMESH_AUTH_DATABASE_URL"]
    assert "HIREMESH_PARSER_DATABASE_URL" not in environment_of("parser")


def test_a_setting_of_the_mesh_reaches_every_service(environment_of: Environment) -> None:
    users = {"HIREMESH_LOG_LEVEL": "debug"}
    assert environment_of("auth", users)["HIREMESH_AUTH_LOG_LEVEL"] == "debug"
    assert environment_of("parser", users)["HIREMESH_PARSER_LOG_LEVEL"] == "debug"


def test_a_setting_of_one_service_wins_over_that_of_the_mesh_and_over_ours(environment_of: Environment) -> None:
    users = {"HIREMESH_LOG_LEVEL": "debug", "HIREMESH_AUTH_LOG_LEVEL": "error", "HIREMESH_AUTH_MESH_TOKEN": "chosen"}
    environment = environment_of("auth", users)
    assert environment["HIREMESH_AUTH_LOG_LEVEL"] == "error"
    assert environment["HIREMESH_AUTH_MESH_TOKEN"] == "chosen"


def test_a_chosen_port_is_where_the_others_look(environment_of: Environment) -> None:
    users = {"HIREMESH_PARSER_PORT": "15001"}
    assert environment_of("gateway", users)["HIREMESH_GATEWAY_PARSER_TARGET"] == "127.0.0.1:15001"


def test_a_proxy_of_the_user_is_not_for_calls_within_the_mesh(environment_of: Environment) -> None:
    environment = environment_of("gateway", {"no_proxy": "intranet"})
    assert environment["no_proxy"] == "intranet,127.0.0.1,localhost"
