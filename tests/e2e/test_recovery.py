"""Killing each component while requests run: the mesh recovers, and every event is applied exactly once."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from localmesh.credentials import Credentials
from tests.support.builders import documents
from tests.support.mesh import LocalMesh, wait_for

COMPONENTS = ("parser", "inference", "matching", "gateway", "auth", "nats", "postgres", "envoy")
# What a client may meet while a part is away; anything else is a fault.
PASSING_FAULTS = frozenset({"SERVICE_UNAVAILABLE", "DEADLINE_EXCEEDED", "DOCUMENT_TOO_COMPLEX"})


@contextmanager
def requests_running(mesh: LocalMesh, token: str) -> Iterator[list[httpx.Response]]:
    """Parses one new resume after the other, from two clients, while the context is open."""
    answers: list[httpx.Response] = []
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            with mesh.client(token) as client:
                document = documents.text_resume(marker=uuid4().hex)
                files = {"file": ("cv.txt", document)}
                try:
                    answers.append(client.post("/api/v1/parse-resume", data={"fileType": "file"}, files=files))
                except httpx.TransportError:
                    stop.wait(0.2)  # Envoy itself is away

    with ThreadPoolExecutor(2) as pool:
        workers = [pool.submit(work) for _ in range(2)]
        yield answers
        stop.set()
        for worker in workers:
            worker.result()


def succeeds(mesh: LocalMesh, token: str) -> bool:
    with mesh.client(token) as client:
        files = {"file": ("cv.txt", documents.text_resume(marker=uuid4().hex))}
        try:
            return client.post("/api/v1/parse-resume", data={"fileType": "file"}, files=files).status_code == 200
        except httpx.TransportError:
            return False


@pytest.mark.timeout(900)
@pytest.mark.parametrize("component", COMPONENTS)
def test_a_killed_component_is_back_and_requests_succeed_again(mesh: LocalMesh, component: str) -> None:
    token = mesh.new_token()
    with requests_running(mesh, token) as answers:
        wait_for(lambda: len(answers) > 2, "requests to run")
        killed = mesh.kill(component)
        mesh.wait_until_restarted(component, killed)
        wait_for(lambda: succeeds(mesh, token), "a parse to succeed")
    faults = {answer.json()["code"] for answer in answers if answer.status_code != 200}
    assert faults <= PASSING_FAULTS


def query(mesh: LocalMesh, statement: str) -> list[Any]:
    async def ask() -> list[Any]:
        password = Credentials(mesh.folder)["postgres_postgres"]
        connection = await asyncpg.connect(
            host="127.0.0.1", port=mesh.port("postgres"), user="postgres", password=password, database="hiremesh"
        )
        try:
            return [row[0] for row in await connection.fetch(statement)]
        finally:
            await connection.close()

    return asyncio.run(ask())


def test_after_all_that_every_stored_resume_was_applied_exactly_once(mesh: LocalMesh) -> None:
    def all_applied() -> bool:
        stored = set(query(mesh, "SELECT id FROM gateway.resumes"))
        known = query(mesh, "SELECT resume_id FROM matching.candidates")
        return (
            len(known) == len(set(known)) and set(known) == stored and not query(mesh, "SELECT id FROM gateway.outbox")
        )

    wait_for(all_applied, "matching to hold exactly the stored resumes")
    # The inbox holds each event's id once; the other rows are events about jobs.
    [resumes_applied] = query(mesh, "SELECT count(*) FROM matching.candidates")
    [stored] = query(mesh, "SELECT count(*) FROM gateway.resumes")
    assert resumes_applied == stored
