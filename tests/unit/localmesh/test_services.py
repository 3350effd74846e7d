"""What the supervisor puts into the environment of services."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from localmesh.credentials import Credentials
from localmesh.data_folder import DataFolder
from localmesh.errors import InvalidSetting
from localmesh.ports import Ports
from localmesh.postgres import Account, Cluster
from localmesh.replicas import Replicas, parse_replicas
from localmesh.services import SERVICES, Surroundings, service_environment

ENTRIES = {entry.name: entry for entry in SERVICES}
Environment = Callable[..., dict[str, str]]


@pytest.fixture
def environment_of(tmp_path: Path) -> Environment:
    folder = DataFolder(tmp_path)
    folder.create()
    ports, credentials = Ports(folder, 8000), Credentials(folder)

    def environment(
        service: str, users: Mapping[str, str] | None = None, *, replicas: str = "", replica: str = ""
    ) -> dict[str, str]:
        cluster = Cluster(folder.postgres, ports["postgres"], credentials["postgres"], Account())
        around = Surroundings(
            ports,
            credentials,
            cluster,
            tmp_path / "embedder",
            tmp_path / "documents",
            users or {},
            Replicas(parse_replicas(replicas)),
        )
        return service_environment(ENTRIES[service], around, replica)

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


def test_all_replicas_of_a_service_are_where_the_others_look(environment_of: Environment) -> None:
    ports = [
        environment_of("parser", replicas="parser=2", replica=replica)["HIREMESH_PARSER_PORT"]
        for replica in ("parser-1", "parser-2")
    ]
    assert len(set(ports)) == 2
    target = environment_of("gateway", replicas="parser=2")["HIREMESH_GATEWAY_PARSER_TARGET"]
    assert target == f"ipv4:127.0.0.1:{ports[0]},127.0.0.1:{ports[1]}"


def test_replicas_have_metrics_of_their_own(environment_of: Environment) -> None:
    first, second = (
        environment_of("parser", replicas="parser=2", replica=replica)["HIREMESH_PARSER_METRICS_PORT"]
        for replica in ("parser-1", "parser-2")
    )
    assert first != second


def test_one_port_for_several_replicas_is_refused(environment_of: Environment) -> None:
    with pytest.raises(InvalidSetting, match="HIREMESH_PARSER_PORT: one port cannot be that of 2 processes"):
        environment_of("parser", {"HIREMESH_PARSER_PORT": "15001"}, replicas="parser=2")


def test_inference_serves_the_multilingual_model_where_set_up_has_left_it(
    environment_of: Environment, tmp_path: Path
) -> None:
    assert "HIREMESH_INFERENCE_MORE_EMBEDDERS" not in environment_of("inference")
    (tmp_path / "multilingual").mkdir()
    (tmp_path / "multilingual" / "manifest.json").touch()
    folders = json.loads(environment_of("inference")["HIREMESH_INFERENCE_MORE_EMBEDDERS"])
    assert folders == [str(tmp_path / "multilingual")]
    none = {"HIREMESH_INFERENCE_MORE_EMBEDDERS": "[]"}
    assert environment_of("inference", none)["HIREMESH_INFERENCE_MORE_EMBEDDERS"] == "[]"
