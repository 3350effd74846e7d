"""Ports, secrets, state and the lock: what a mesh keeps in its data folder."""

import os
import socket
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from localmesh import logs
from localmesh.control import current_state, stop
from localmesh.credentials import Credentials
from localmesh.data_folder import DataFolder, write_private
from localmesh.errors import InvalidSetting, NotRunning
from localmesh.lock import MeshLock, is_locked
from localmesh.ports import FIRST, LAST, Ports
from localmesh.settings import MeshSettings, read_settings
from localmesh.state import Condition, MeshState, PartState, read_state, supervisor_lives, write_state


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    made = DataFolder(tmp_path / "data")
    made.create()
    return made


def test_ports_are_remembered(folder: DataFolder) -> None:
    first = Ports(folder, 8000)["gateway"]
    assert Ports(folder, 8000)["gateway"] == first


def test_a_remembered_port_that_is_taken_now_is_replaced(folder: DataFolder) -> None:
    first = Ports(folder, 8000)["gateway"]
    with socket.socket() as other:
        other.bind(("127.0.0.1", first))
        other.listen()
        assert Ports(folder, 8000)["gateway"] != first


def test_every_name_has_a_port_of_its_own_below_those_of_outgoing_connections(folder: DataFolder) -> None:
    ports = Ports(folder, 8000)
    chosen = {ports[f"component-{number}"] for number in range(20)}
    assert len(chosen) == 20
    assert all(FIRST <= port <= LAST < 32_768 for port in chosen)


def test_meshes_that_start_at_once_look_for_ports_in_different_places(folder: DataFolder, tmp_path: Path) -> None:
    other = DataFolder(tmp_path / "other")
    other.create()
    names = [f"component-{number}" for number in range(16)]
    first, second = Ports(folder, 8000), Ports(other, 8001)
    assert not {first[name] for name in names} & {second[name] for name in names}


def test_a_secret_is_made_once_and_is_long(folder: DataFolder) -> None:
    first = Credentials(folder)["mesh_token"]
    assert Credentials(folder)["mesh_token"] == first
    assert len(first) >= 32
    assert Credentials(folder)["nats"] != first


def test_private_files_are_replaced_whole_and_closed_to_others(folder: DataFolder) -> None:
    path = folder.root / "secret"
    path.write_text("old and open")
    path.chmod(0o644)
    write_private(path, "new")
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o600


def test_state_survives_the_file(folder: DataFolder) -> None:
    state = MeshState("http://localhost:8000", 1, 2.0, parts={"auth": PartState(condition=Condition.UP, pid=7)})
    write_state(folder, state)
    assert read_state(folder) == state


def test_a_later_process_with_the_same_pid_is_not_the_supervisor() -> None:
    ours = psutil.Process().create_time()
    assert supervisor_lives(MeshState("", os.getpid(), ours))
    assert not supervisor_lives(MeshState("", os.getpid(), ours - 3600))


def test_a_lock_has_one_holder(folder: DataFolder) -> None:
    first, second = MeshLock(folder.lock), MeshLock(folder.lock)
    assert first.acquire()
    assert is_locked(folder.lock)
    assert not second.acquire()
    first.release()
    assert second.acquire(patience=timedelta(seconds=5))
    second.release()
    assert not is_locked(folder.lock)


def test_a_state_file_alone_is_no_mesh(folder: DataFolder) -> None:
    write_state(folder, MeshState("http://localhost:8000", os.getpid(), psutil.Process().create_time()))
    settings = MeshSettings(data=folder.root)
    with pytest.raises(NotRunning):
        current_state(settings)
    with pytest.raises(NotRunning):
        stop(settings)


def test_a_wrong_setting_is_named_as_the_user_wrote_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGE_PORT", "http")
    with pytest.raises(InvalidSetting, match=r"^EDGE_PORT: "):
        read_settings()


def test_numbers_of_processes_are_read_from_one_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIREMESH_REPLICAS", "parser=3, gateway=2")
    assert read_settings().replicas == {"parser": 3, "gateway": 2}


@pytest.mark.parametrize("text", ["parser", "parser=0", "parser=-1", "parser=many", "parser=17"])
def test_a_number_of_processes_that_makes_no_sense_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("HIREMESH_REPLICAS", text)
    with pytest.raises(InvalidSetting, match=r"^HIREMESH_REPLICAS: "):
        read_settings()


def test_the_tail_of_a_log_begins_at_the_last_start(tmp_path: Path) -> None:
    log = tmp_path / "auth.log"
    log.write_text("of yesterday\n")
    start = logs.size(log)
    with log.open("a") as file:
        file.write("".join(f"line {number}\n" for number in range(5)))
    assert logs.tail(log, start=start, lines=10).splitlines()[0] == "line 0"
    assert logs.tail(log, start=start, lines=2) == "line 3\nline 4"
