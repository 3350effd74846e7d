"""Who starts when, and the table of the real mesh."""

from graphlib import CycleError
from pathlib import Path

import pytest

from localmesh.components import Command, Component, Part, Run, Step
from localmesh.data_folder import DataFolder
from localmesh.errors import InvalidSetting
from localmesh.mesh import mesh_parts
from localmesh.order import dependencies
from localmesh.settings import MeshSettings


async def nothing(_: Run) -> None:
    """A step that does nothing."""


def step(name: str, *needs: str) -> Step:
    return Step(name, nothing, depends_on=needs)


def table_of(root: Path, **replicas: int) -> tuple[Part, ...]:
    folder = DataFolder(root)
    folder.create()
    return mesh_parts(MeshSettings(data=root, replicas=replicas), folder, {})


@pytest.fixture
def table(tmp_path: Path) -> tuple[Part, ...]:
    return table_of(tmp_path)


def test_a_part_needs_what_its_needs_need() -> None:
    found = dependencies([step("edge", "service"), step("service", "migration"), step("migration")])
    assert found["edge"] == {"service", "migration"}
    assert list(found) == ["migration", "service", "edge"]


def test_a_circle_is_refused() -> None:
    with pytest.raises(CycleError):
        dependencies([step("hen", "egg"), step("egg", "hen")])


def test_a_need_that_is_not_in_the_table_is_refused() -> None:
    with pytest.raises(KeyError):
        dependencies([step("service", "databse")])


def test_the_edge_comes_last_and_services_come_after_their_migrations(table: tuple[Part, ...]) -> None:
    needs = dependencies(table)
    assert needs["envoy"] >= {"gateway", "auth", "matching", "parser", "postgres", "nats"}
    for service in ("gateway", "auth", "matching"):
        assert needs[service] >= {f"{service}-migrations", "database-roles", "postgres"}


def test_broker_and_database_start_side_by_side(table: tuple[Part, ...]) -> None:
    needs = dependencies(table)
    assert "postgres" not in needs["nats"]
    assert "nats" not in needs["postgres"]


def test_no_two_components_share_a_port(table: tuple[Part, ...]) -> None:
    ports = [part.port for part in table if isinstance(part, Component)]
    assert len(set(ports)) == len(ports) == 8


def test_no_secret_stands_on_a_command_line(table: tuple[Part, ...], tmp_path: Path) -> None:
    secrets = DataFolder(tmp_path).credentials.read_text().split('"')[3::4]
    assert len(secrets) > 5
    commands: list[Command] = [part.command for part in table if isinstance(part, Component)]
    assert not [word for command in commands for word in command.arguments for secret in secrets if secret in word]


def test_replicas_are_components_of_their_own_and_the_edge_waits_for_all_of_them(tmp_path: Path) -> None:
    table = table_of(tmp_path, parser=3, gateway=2, envoy=2)
    needs = dependencies(table)
    assert {"parser-1", "parser-2", "parser-3"} <= needs["gateway-2"]
    assert {"gateway-1", "gateway-2"} <= needs["envoy-2"]
    assert not {"parser", "gateway", "envoy"} & set(needs)


def test_replicas_of_the_edge_share_the_public_port_and_nothing_else(tmp_path: Path) -> None:
    components = [part for part in table_of(tmp_path, envoy=2, parser=2) if isinstance(part, Component)]
    edges = [part for part in components if part.name.startswith("envoy")]
    assert [part.port for part in edges] == [8000, 8000]
    assert len({part.command.arguments for part in edges}) == 2
    others = [part.port for part in components if part not in edges]
    assert len(set(others)) == len(others)


def test_replicas_of_what_is_not_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match="there is no 'parsers'"):
        table_of(tmp_path, parsers=2)
