"""Jobs followed live through the whole mesh: events in order, from any replica, with nothing missed."""

import contextlib
import json
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
import httpx
import pytest

from hiremesh.gateway.v1 import parse_job_pb2, parse_job_service_pb2, parse_job_service_pb2_grpc
from tests.support.builders import documents
from tests.support.mesh import LocalMesh, mesh_in, wait_for

pytestmark = pytest.mark.timeout(900)

RESUME = (Path(__file__).parents[2] / "examples/resume.pdf").read_bytes()
SECONDS = 180


@dataclass(frozen=True)
class Event:
    id: str
    data: dict[str, Any]

    @property
    def said(self) -> str:
        return str(self.data.get("status", self.data["event"]))


def submit(client: httpx.Client, document: bytes = RESUME) -> dict[str, Any]:
    # Bytes of its own, so that no earlier result answers.
    files = {"file": ("cv.pdf", document + f"\n% {uuid4()}".encode(), "application/pdf")}
    answer = client.post("/parse-resume-async", data={"fileType": "file"}, files=files)
    assert answer.status_code == 202, answer.text
    accepted: dict[str, Any] = answer.json()
    return accepted


def events(client: httpx.Client, url: str, last: str = "") -> Iterator[Event]:
    """Reads a stream as EventSource does, to its end."""
    headers = {"last-event-id": last} if last else {}
    with client.stream("GET", url, headers=headers, timeout=SECONDS) as response:
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/event-stream"
        lines: dict[str, str] = {}
        for line in response.iter_lines():
            name, _, value = line.partition(": ")
            lines[name] = value
            if not line:
                if "data" in lines:
                    yield Event(lines.get("id", ""), json.loads(lines["data"]))
                lines = {}


@pytest.fixture(scope="module")
def replicated() -> Iterator[LocalMesh]:
    """Two of everything that a stream depends on."""
    root = Path(tempfile.mkdtemp(prefix="hiremesh-e2e-"))
    own = mesh_in(root / "data", HIREMESH_REPLICAS="parser=2,gateway=2", HIREMESH_PARSER_WORKERS="1")
    started = own.hiremesh("up")
    assert started.returncode == 0, started.stderr
    yield own
    own.hiremesh("down")
    shutil.rmtree(root, ignore_errors=True)


@pytest.fixture
def client(replicated: LocalMesh) -> Iterator[httpx.Client]:
    with replicated.client(replicated.new_token()) as client:
        yield client


def test_a_job_is_followed_from_the_queue_to_its_result(client: httpx.Client) -> None:
    accepted = submit(client)
    seen = list(events(client, accepted["streamUrl"]))
    assert [event.said for event in seen[:2]] == ["queued", "processing"]
    assert [event.said for event in seen[-2:]] == ["completed", "complete"]
    assert [event.id for event in seen[:-1]] == [str(number) for number in range(1, len(seen))]
    assert all(event.data["jobId"] == accepted["jobId"] for event in seen[:-1])
    polled = client.get(accepted["statusUrl"]).json()
    assert seen[-2].data["result"]["personal"]["name"] == "Noémie Castellan"
    assert seen[-2].data["result"]["experience"] == polled["result"]["experience"]


def test_pages_are_told_while_they_are_read(client: httpx.Client) -> None:
    accepted = submit(client, documents.scan("pages", pages=3))
    polled: list[dict[str, Any]] = []
    told: list[dict[str, int]] = []
    for event in events(client, accepted["streamUrl"]):
        if "progress" in event.data:
            told.append(event.data["progress"])
            polled.append(client.get(accepted["statusUrl"]).json())
    assert told
    assert {progress["pages"] for progress in told} == {3}
    assert [progress["page"] for progress in told] == sorted({progress["page"] for progress in told})
    # A poll may come when the last page is read already.
    assert all(job["status"] == "completed" or job["progress"]["pages"] == 3 for job in polled)


def test_times_of_events_never_run_backwards(client: httpx.Client) -> None:
    times = [event.data["updatedAt"] for event in events(client, submit(client)["streamUrl"]) if event.id]
    assert all(earlier <= later for earlier, later in pairwise(times))
    assert abs(times[0] - time.time()) < 3600  # seconds since 1970, not milliseconds


def test_a_document_that_cannot_be_read_ends_with_an_error_event(client: httpx.Client) -> None:
    seen = list(events(client, submit(client, b"%PDF-1.7 nothing")["streamUrl"]))
    assert [event.said for event in seen[-2:]] == ["failed", "error"]
    assert seen[-2].data["code"] == "DOCUMENT_UNREADABLE"
    assert seen[-2].data["error"]


def test_a_client_that_comes_back_after_every_event_misses_none_and_sees_none_twice(client: httpx.Client) -> None:
    url = submit(client)["streamUrl"]
    seen: list[Event] = []
    while not seen or seen[-1].id:
        # Comes back, to whichever replica, after a single event.
        seen.append(next(events(client, url, last=seen[-1].id if seen else "")))
    assert [event.id for event in seen[:-1]] == [str(number) for number in range(1, len(seen))]
    assert [event.said for event in seen[-2:]] == ["completed", "complete"]


def test_every_replica_streams_what_any_replica_wrote(replicated: LocalMesh, client: httpx.Client) -> None:
    accepted = submit(client)
    metadata = (("authorization", client.headers["authorization"]),)
    request = parse_job_service_pb2.WatchParseJobRequest(job_id=accepted["jobId"])
    told = []
    for replica in ("gateway-1", "gateway-2"):
        with grpc.insecure_channel(
            f"127.0.0.1:{replicated.port(replica)}", options=[("grpc.enable_http_proxy", 0)]
        ) as channel:
            stub = parse_job_service_pb2_grpc.ParseJobServiceStub(channel)
            told.append([answer.update for answer in stub.WatchParseJob(request, metadata=metadata, timeout=SECONDS)])
    assert told[0][-1].state == parse_job_pb2.PARSE_JOB_STATE_COMPLETED
    # A resume's own fields of a call apart: the same updates from both.
    assert [update.sequence for update in told[0]] == [update.sequence for update in told[1]]


def test_a_stream_whose_replica_is_killed_goes_on_at_the_other(replicated: LocalMesh, client: httpx.Client) -> None:
    url = submit(client)["streamUrl"]
    stream = events(client, url)
    seen = [next(stream)]
    killed = replicated.kill("gateway-1")
    with contextlib.suppress(httpx.TransportError):
        seen += stream
    while seen[-1].id:
        seen += events(client, url, last=seen[-1].id)
    assert [event.id for event in seen[:-1]] == [str(number) for number in range(1, len(seen))]
    assert seen[-1].said == "complete"
    replicated.wait_until_restarted("gateway-1", killed)


def test_equal_uploads_at_once_cost_one_parse_whichever_replica_takes_them(client: httpx.Client) -> None:
    document = RESUME + f"\n% {uuid4()}".encode()
    before = parses(client)

    def send(number: int) -> str:
        # Some are answered at once, some in the background; all of them wait for the one that came first.
        path = "/parse-resume" if number % 2 else "/parse-resume-async"
        files = {"file": ("cv.pdf", document, "application/pdf")}
        answer = client.post(path, data={"fileType": "file"}, files=files).raise_for_status().json()
        if "statusUrl" in answer:
            answer = list(events(client, answer["streamUrl"]))[-2].data["result"]
        return str(answer["metadata"]["resume_id"])

    with ThreadPoolExecutor(8) as clients:
        assert len(set(clients.map(send, range(8)))) == 1
    assert parses(client) == before + 1


def parses(client: httpx.Client) -> int:
    """Documents that were read, and not answered from an earlier result."""
    return int(client.get("/cache/stats").raise_for_status().json()["total_misses"])


def test_figures_add_up_over_replicas_and_survive_them(replicated: LocalMesh, client: httpx.Client) -> None:
    before = client.get("/stats").raise_for_status().json()["request_stats"]["successful_requests"]
    for _ in range(4):  # to whichever replica
        list(events(client, submit(client)["streamUrl"]))
    for replica in ("gateway-1", "gateway-2"):
        replicated.wait_until_restarted(replica, replicated.kill(replica))

    def figures() -> set[int] | None:
        answers = [client.get("/stats") for _ in range(6)]
        if any(answer.status_code != 200 for answer in answers):
            return None
        return {answer.json()["request_stats"]["successful_requests"] for answer in answers}

    assert wait_for(figures, "figures of both replicas") == {before + 4}


def test_a_client_that_leaves_is_not_served_any_longer(replicated: LocalMesh, client: httpx.Client) -> None:
    # Something to wait for: both workers are busy with others.
    accepted = [submit(client) for _ in range(12)]
    stream = events(client, accepted[-1]["streamUrl"])
    next(stream)
    stream.close()

    def served() -> float:
        pages = [
            httpx.get(f"http://127.0.0.1:{replicated.port(f'{replica}-metrics')}/metrics", trust_env=False).text
            for replica in ("gateway-1", "gateway-2")
        ]
        lines = [
            re.findall(r"^hiremesh_rpcs_in_flight{[^}]*StreamParseJob[^}]*} (\S+)$", page, re.MULTILINE)
            for page in pages
        ]
        return sum(float(number) for numbers in lines for number in numbers)

    wait_for(lambda: served() == 0, "the handler to end")
    for job in accepted:
        wait_for(lambda url=job["statusUrl"]: client.get(url).json()["status"] == "completed", "the job", SECONDS)  # type: ignore[misc]  # bound at once


def test_streams_of_others_are_not_found(replicated: LocalMesh, client: httpx.Client) -> None:
    url = submit(client)["streamUrl"]
    with replicated.client(replicated.new_token()) as other:
        answer = other.get(url)
    assert (answer.status_code, answer.json()["detail"]) == (404, "Job not found")
