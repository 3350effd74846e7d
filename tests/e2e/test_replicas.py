"""Services and the edge as several processes each: calls go to all of them, and the loss of one is not noticed."""

import re
import shutil
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.mesh import LocalMesh, mesh_in, wait_for

pytestmark = pytest.mark.timeout(900)

RESUME = (Path(__file__).parents[2] / "examples/resume.pdf").read_bytes()
REPLICATED = ("parser-1", "parser-2", "gateway-1", "gateway-2", "envoy-1", "envoy-2")


@pytest.fixture(scope="module")
def replicated() -> Iterator[LocalMesh]:
    root = Path(tempfile.mkdtemp(prefix="hiremesh-e2e-"))
    own = mesh_in(root / "data", HIREMESH_REPLICAS="parser=2,gateway=2,envoy=2")
    started = own.hiremesh("up")
    assert started.returncode == 0, started.stderr
    yield own
    own.hiremesh("down")
    shutil.rmtree(root, ignore_errors=True)


def calls_served(mesh: LocalMesh, replica: str, method: str) -> float:
    metrics = httpx.get(f"http://127.0.0.1:{mesh.port(f'{replica}-metrics')}/metrics", trust_env=False).text
    lines = re.findall(
        rf'^hiremesh_rpc_duration_seconds_count{{[^}}]*method="/?{method}"[^}}]*}} (\S+)$', metrics, re.MULTILINE
    )
    return sum(map(float, lines))


def wait_until_taken_in(mesh: LocalMesh, replica: str) -> None:
    """Until both edges send calls to a replica that was away."""
    line = f"::127.0.0.1:{mesh.port(replica)}::health_flags::healthy"

    def healthy() -> bool:
        admins = (mesh.port("envoy-1-admin"), mesh.port("envoy-2-admin"))
        pages = [httpx.get(f"http://127.0.0.1:{port}/clusters", trust_env=False).text for port in admins]
        return all(line in page for page in pages)

    wait_for(healthy, f"the edges to see {replica}")


def parse(client: httpx.Client) -> httpx.Response:
    form = {"fileType": "file", "fresh": "true"}
    return client.post("/parse-resume", data=form, files={"file": ("cv.pdf", RESUME, "application/pdf")})


def test_status_shows_every_replica(replicated: LocalMesh) -> None:
    shown = replicated.hiremesh("status").stdout
    assert all(name in shown for name in REPLICATED)
    assert replicated.hiremesh("dlq", "list").stdout.strip() == "0 of 0"
    for command in ("show", "retry", "drop"):
        unknown = replicated.hiremesh("dlq", command, "1")
        assert (unknown.returncode, "dead letter" in unknown.stderr.lower()) == (1, True), unknown.stderr


def test_calls_reach_every_replica_of_a_service_from_the_edge_and_within_the_mesh(replicated: LocalMesh) -> None:
    served = {
        ("gateway-1", "gateway-2"): "hiremesh.gateway.v1.ResumeService/ParseResume",
        ("parser-1", "parser-2"): "hiremesh.parser.v1.ParserService/ParseDocument",
    }
    with replicated.client(replicated.new_token()) as client:
        # The edge draws lots between replicas that are equally busy.
        for _ in range(20):
            parse(client).raise_for_status()
    for replicas, method in served.items():
        assert all(calls_served(replicated, replica, method) for replica in replicas), method


@pytest.mark.parametrize("replica", ["gateway-1", "gateway-2"])
def test_reads_go_on_while_a_replica_is_killed_and_comes_back(replicated: LocalMesh, replica: str) -> None:
    statuses: list[int] = []
    back = threading.Event()

    def read(token: str) -> None:
        with replicated.client(token) as client:
            while not back.is_set():
                statuses.append(client.get("/api/v1/resumes").status_code)

    reader = threading.Thread(target=read, args=(replicated.new_token(),))
    reader.start()
    try:
        wait_for(lambda: len(statuses) >= 20, "reads before")
        replicated.wait_until_restarted(replica, replicated.kill(replica))
        wait_until_taken_in(replicated, replica)
        before = len(statuses)
        wait_for(lambda: len(statuses) >= before + 20, "reads after")
    finally:
        back.set()
        reader.join()
    assert set(statuses) == {200}


def test_parses_go_on_while_a_parser_is_gone(replicated: LocalMesh) -> None:
    with replicated.client(replicated.new_token()) as client:
        killed = replicated.kill("parser-1")
        assert [parse(client).status_code for _ in range(5)] == [200] * 5
    replicated.wait_until_restarted("parser-1", killed)


def test_the_public_port_answers_while_an_edge_is_gone(replicated: LocalMesh) -> None:
    killed = replicated.kill("envoy-1")
    # Connections of the killed process are lost; new ones go to the other.
    statuses = [httpx.get(f"{replicated.url}/", trust_env=False).status_code for _ in range(20)]
    assert set(statuses) == {200}
    replicated.wait_until_restarted("envoy-1", killed)
