"""The command line over a whole mesh, and the mesh over its life."""

import json
import shutil
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from localmesh.state import Condition, Phase
from tests.support.mesh import LocalMesh, mesh_in, wait_for

pytestmark = pytest.mark.timeout(900)  # the first test that uses the mesh starts it

EXAMPLES = Path(__file__).parents[2] / "examples"
COMPONENTS = ("postgres", "nats", "auth", "inference", "parser", "gateway", "matching", "envoy")


def test_status_lists_every_component_as_up(mesh: LocalMesh) -> None:
    answer = mesh.hiremesh("status")
    assert answer.returncode == 0
    assert all(name in answer.stdout for name in COMPONENTS)


def test_one_file_is_shown_for_people_to_read(mesh: LocalMesh) -> None:
    answer = mesh.hiremesh("parse", str(EXAMPLES / "resume.pdf"))
    assert answer.returncode == 0
    assert "Noémie Castellan" in answer.stdout
    assert "Experience" in answer.stdout


def test_a_folder_becomes_one_json_a_file_and_failures_are_listed(mesh: LocalMesh, tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    (folder / "deeper").mkdir(parents=True)
    shutil.copy(EXAMPLES / "resume.pdf", folder / "good.pdf")
    shutil.copy(EXAMPLES / "resume.pdf", folder / "deeper" / "other.pdf")
    (folder / "cut.pdf").write_bytes((EXAMPLES / "resume.pdf").read_bytes()[:3000])
    answer = mesh.hiremesh("parse", str(folder), "--out", str(out), "--fresh")
    assert answer.returncode == 1
    assert "2 of 3 parsed" in answer.stdout
    assert "cut.pdf" in answer.stderr
    assert "DOCUMENT_UNREADABLE" in answer.stderr
    assert sorted(path.name for path in out.iterdir()) == ["good.json", "other.json"]
    assert json.loads((out / "good.json").read_text())["personal"]["name"] == "Noémie Castellan"


def test_a_match_shows_its_score_what_matches_what_is_missing_and_what_helps(mesh: LocalMesh) -> None:
    job = EXAMPLES / "job-backend-engineer.txt"
    answer = mesh.hiremesh("match", str(EXAMPLES / "resume.pdf"), "--job", str(job))
    assert answer.returncode == 0, answer.stderr
    for part in ("of 100", "What matches", "✓ Python", "✗ Amazon Web Services", "What helps most", "for the role"):
        assert part in answer.stdout
    whole = mesh.hiremesh("match", str(EXAMPLES / "resume.pdf"), "--job", str(job), "--anonymised", "--json")
    data = json.loads(whole.stdout)
    assert data["metadata"]["anonymised"]
    assert "Noémie" not in whole.stdout


def test_a_token_of_the_user_is_used_and_a_wrong_one_is_told(mesh: LocalMesh) -> None:
    good = mesh.hiremesh("parse", str(EXAMPLES / "resume.pdf"), "--token", mesh.new_token())
    assert good.returncode == 0
    wrong = mesh.hiremesh("parse", str(EXAMPLES / "resume.pdf"), "--token", "wrong")
    assert wrong.returncode == 1
    assert "INVALID_TOKEN" in wrong.stderr


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_killed_component_comes_back_and_the_mesh_answers(mesh: LocalMesh, component: str) -> None:
    killed = mesh.kill(component)
    mesh.wait_until_restarted(component, killed)
    wait_for(lambda: mesh.state().all_up, "every component to be ready again")
    answer = mesh.hiremesh("parse", str(EXAMPLES / "resume.pdf"), "--fresh")
    assert answer.returncode == 0, answer.stderr


@pytest.fixture
def mesh_to_stop() -> Iterator[LocalMesh]:
    root = Path(tempfile.mkdtemp(prefix="hiremesh-e2e-"))
    own = mesh_in(root / "data")
    assert own.hiremesh("up").returncode == 0
    yield own
    own.hiremesh("down")
    shutil.rmtree(root, ignore_errors=True)


def test_a_request_in_flight_while_the_mesh_is_told_to_end_is_answered(mesh_to_stop: LocalMesh) -> None:
    own = mesh_to_stop
    token = own.new_token()
    halfway, answers = threading.Event(), list[httpx.Response]()

    def body() -> Iterator[bytes]:
        yield b"Ada Example\nEngineer\n"
        halfway.set()
        wait_for(lambda: own.state().phase is Phase.STOPPING, "the end to begin")
        yield b"Python, SQL\n"

    def send() -> None:
        with own.client(token) as client:
            answers.append(client.post("/api/v1/parse-resume", content=body(), headers={"content-type": "text/plain"}))

    sender = threading.Thread(target=send)
    sender.start()
    assert halfway.wait(60)
    assert own.hiremesh("down").returncode == 0
    sender.join(60)
    assert [answer.status_code for answer in answers] == [200]
    assert {part.condition for part in own.state().parts.values() if not part.step} == {Condition.STOPPED}
