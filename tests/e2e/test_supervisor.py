"""The supervisor over real processes: Postgres, NATS and a stand-in service that has a child of its own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from localmesh.guardian import MARK
from localmesh.lock import is_locked
from localmesh.state import Condition, Phase, read_state
from tests.support import small_mesh
from tests.support.mesh import LocalMesh, mesh_in, wait_for

COMPONENTS = ("postgres", "nats", "stand-in")
# A mesh starts in two seconds here; machines under load take longer.
SECONDS = 180


@dataclass
class SmallMesh:
    mesh: LocalMesh
    supervisor: subprocess.Popen[str] | None = None
    seen: set[psutil.Process] = field(default_factory=set)

    def start(self, **environment: str) -> None:
        self.supervisor = subprocess.Popen(
            [sys.executable, small_mesh.__file__],
            env=self.mesh.environment | environment,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def wait_for_phase(self, phase: Phase) -> None:
        def reached() -> bool:
            state = read_state(self.mesh.folder)
            return state is not None and state.supervisor_pid == self.pid and state.phase is phase

        wait_for(reached, f"phase {phase.value}", SECONDS)

    def up(self, **environment: str) -> None:
        self.start(**environment)
        self.wait_for_phase(Phase.RUNNING)

    @property
    def pid(self) -> int:
        assert self.supervisor is not None
        return self.supervisor.pid

    def end(self, number: signal.Signals) -> tuple[int, str]:
        """Signals the supervisor. Returns its exit status and what it said."""
        assert self.supervisor is not None
        self.look()
        self.supervisor.send_signal(number)
        return self.outcome()

    def outcome(self) -> tuple[int, str]:
        assert self.supervisor is not None
        _, said = self.supervisor.communicate(timeout=SECONDS)
        return self.supervisor.returncode, said

    def look(self) -> set[psutil.Process]:
        """Remembers every process that the mesh has now, the guardian included."""
        self.seen |= {*psutil.Process(self.pid).children(recursive=True), *marked(self.mesh.folder.mark)}
        return self.seen

    def clear(self) -> None:
        """Ends the mesh if it runs, and waits until its folder is free."""
        if self.supervisor is not None and self.supervisor.poll() is None:
            self.end(signal.SIGTERM)
        wait_for(lambda: not is_locked(self.mesh.folder.lock), "the folder to be free", SECONDS)

    def left(self) -> list[psutil.Process]:
        return [process for process in self.seen | marked(self.mesh.folder.mark) if lives(process)]


def lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def marked(mark: str) -> set[psutil.Process]:
    found = set()
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == mark:
                found.add(process)
        except (psutil.Error, OSError):
            continue
    return found


MeshMaker = Callable[[], SmallMesh]


@pytest.fixture
def root() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="hiremesh-supervisor-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def new_mesh(root: Path) -> Iterator[MeshMaker]:
    made: list[SmallMesh] = []

    def make() -> SmallMesh:
        made.append(SmallMesh(mesh_in(root / f"mesh-{len(made)}")))
        return made[-1]

    yield make
    for small in made:
        small.clear()


@pytest.fixture(scope="module")
def running() -> Iterator[SmallMesh]:
    """One mesh for the tests that leave it as they found it."""
    folder = Path(tempfile.mkdtemp(prefix="hiremesh-supervisor-"))
    small = SmallMesh(mesh_in(folder / "mesh"))
    small.up()
    yield small
    small.clear()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_every_process_and_the_supervisor_says_it_ended_well(
    new_mesh: MeshMaker, number: signal.Signals
) -> None:
    small = new_mesh()
    small.up()
    status, _ = small.end(number)
    assert status == 0
    assert small.left() == []
    assert small.mesh.state().phase is Phase.STOPPED


def test_kill_9_of_the_supervisor_leaves_no_process_behind(new_mesh: MeshMaker) -> None:
    small = new_mesh()
    small.up()
    assert len(small.look()) > len(COMPONENTS) + 2  # back ends of Postgres, the stand-in's child, the guardian
    small.end(signal.SIGKILL)
    wait_for(lambda: not small.left(), "everything to end", SECONDS)


def test_kill_9_amid_the_start_leaves_no_process_behind(new_mesh: MeshMaker) -> None:
    small = new_mesh()
    small.start()
    wait_for(lambda: marked(small.mesh.folder.mark), "the first component", SECONDS)
    small.end(signal.SIGKILL)
    wait_for(lambda: not small.left(), "everything to end", SECONDS)


def test_a_mesh_starts_again_after_kill_9_with_the_same_ports_and_data(new_mesh: MeshMaker) -> None:
    small = new_mesh()
    small.up()
    ports = {name: small.mesh.state().parts[name].port for name in COMPONENTS}
    small.end(signal.SIGKILL)
    small.up()  # waits for the guardian of the first to be done
    assert {name: small.mesh.state().parts[name].port for name in COMPONENTS} == ports


def test_kill_9_of_the_guardian_does_not_unguard_the_mesh(new_mesh: MeshMaker) -> None:
    small = new_mesh()
    small.up()

    def guardian() -> psutil.Process | None:
        children = psutil.Process(small.pid).children()
        return next((child for child in children if lives(child) and "localmesh.guardian" in child.cmdline()), None)

    first = wait_for(guardian, "the guardian")
    first.kill()
    wait_for(lambda: (other := guardian()) and other != first, "another guardian", SECONDS)
    small.end(signal.SIGKILL)
    wait_for(lambda: not small.left(), "everything to end", SECONDS)


def test_what_supervisor_and_guardian_left_when_both_were_killed_is_cleared_by_the_next_start(
    new_mesh: MeshMaker,
) -> None:
    small = new_mesh()
    small.up()
    guardian = next(c for c in psutil.Process(small.pid).children() if "localmesh.guardian" in c.cmdline())
    os.kill(small.pid, signal.SIGSTOP)  # so that it cannot start another guardian
    guardian.kill()
    first = small.look()
    small.end(signal.SIGKILL)
    assert small.left() != []
    small.seen = set()
    small.up()
    assert [process for process in first if lives(process)] == []


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_killed_component_is_started_again_on_its_port(running: SmallMesh, component: str) -> None:
    mesh = running.mesh
    before = mesh.state().parts[component]
    children = psutil.Process(mesh.pid(component)).children(recursive=True)
    mesh.wait_until_restarted(component, mesh.kill(component))
    after = mesh.state().parts[component]
    # Postgres may need another try while what was left of the first still holds its files.
    assert after.port == before.port
    assert after.restarts > before.restarts
    assert [child for child in children if lives(child)] == []


def test_a_component_that_ends_again_and_again_fails_the_start_with_its_name_and_log(new_mesh: MeshMaker) -> None:
    small = new_mesh()
    small.start(STAND_IN="fails")
    status, said = small.outcome()
    assert status == 1
    assert "stand-in ended with status 1 before it was healthy" in said
    assert "the stand-in cannot find its configuration" in said
    assert small.left() == []
    assert small.mesh.state().parts["stand-in"].condition is Condition.FAILED


def test_a_component_that_never_becomes_healthy_fails_the_start(new_mesh: MeshMaker) -> None:
    small = new_mesh()
    small.start(STAND_IN="hangs", HIREMESH_START_TIMEOUT="PT8S")
    status, said = small.outcome()
    assert status == 1
    assert "stand-in was not healthy within 8 seconds" in said
    assert small.left() == []


def test_a_second_start_says_where_the_first_one_runs_and_leaves_it_alone(running: SmallMesh) -> None:
    second = running.mesh.hiremesh("up")
    assert second.returncode == 1
    assert f"already running at {running.mesh.url}" in second.stderr
    assert running.mesh.state().phase is Phase.RUNNING


def test_a_taken_port_is_named_with_the_way_out(new_mesh: MeshMaker) -> None:
    small = new_mesh()
    with socket.socket() as other:
        other.bind(("127.0.0.1", small.mesh.edge_port))
        other.listen()
        small.start()
        status, said = small.outcome()
    assert status == 1
    assert f"Port {small.mesh.edge_port} is taken" in said
    assert f"EDGE_PORT={small.mesh.edge_port + 1}" in said


def test_two_meshes_run_beside_each_other(new_mesh: MeshMaker) -> None:
    first, second = new_mesh(), new_mesh()
    first.start()
    second.start()
    first.wait_for_phase(Phase.RUNNING)
    second.wait_for_phase(Phase.RUNNING)
    first.end(signal.SIGTERM)
    assert second.mesh.state().phase is Phase.RUNNING
    assert all(lives(psutil.Process(second.mesh.pid(name))) for name in COMPONENTS)


def test_a_cut_off_initialisation_of_the_database_is_done_again(new_mesh: MeshMaker) -> None:
    small = new_mesh()
    small.mesh.folder.create()
    half_written = small.mesh.folder.root / "postgres.new" / "base"
    half_written.mkdir(parents=True)
    small.up()
    assert not half_written.parent.exists()


def test_a_damaged_database_folder_is_told_and_kept(new_mesh: MeshMaker) -> None:
    small = new_mesh()
    small.up()
    small.end(signal.SIGTERM)
    (small.mesh.folder.postgres / "global" / "pg_control").unlink()
    small.start()
    status, said = small.outcome()
    assert status == 1
    assert "is not a complete Postgres cluster" in said
    assert small.mesh.folder.postgres.exists()


def test_down_waits_until_nothing_is_left(new_mesh: MeshMaker) -> None:
    small = new_mesh()
    small.up()
    small.look()
    answer = small.mesh.hiremesh("down")
    assert answer.returncode == 0
    # The supervisor itself is our child: only we can reap it.
    assert small.left() == []
    small.outcome()


def test_down_without_a_mesh_says_so(new_mesh: MeshMaker) -> None:
    answer = new_mesh().mesh.hiremesh("down")
    assert answer.returncode == 0
    assert "No mesh is running" in answer.stdout


def test_secrets_are_readable_by_their_owner_only(running: SmallMesh) -> None:
    folder = running.mesh.folder
    files = (folder.credentials, folder.state, folder.nats_configuration, folder.lock)
    assert {file.stat().st_mode & 0o077 for file in files} == {0}
