"""The analysis of seed 001, as a client of the public edge sees it."""

import os
import secrets
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pymupdf
import pytest

from tests.rpc.matching.test_analyze_resume import DOCUMENTED, assert_has_structure
from tests.support.builders import documents
from tests.support.mesh import LocalMesh, wait_for

JOB = """Data Engineer
Requirements:
- 3+ years of experience with Python, SQL
- Terraform
- You studied informatics; you build dashboards for insurers
- Bachelor's degree
Nice to have: Snowflake
"""


@pytest.fixture(scope="module")
def client(mesh: LocalMesh) -> Any:
    with mesh.client(mesh.new_token()) as logged_in:
        yield logged_in


def analyze(
    client: httpx.Client, document: bytes, job: str | None = JOB, path: str = "/api/v1/analyze-resume"
) -> httpx.Response:
    data = {} if job is None else {"job_description": job}
    return client.post(path, files={"resume": ("cv.pdf", document)}, data=data)


def test_the_command_of_the_seed_gets_the_documented_answer(mesh: LocalMesh, tmp_path: Path) -> None:
    (tmp_path / "test_resume.pdf").write_bytes(documents.pdf_resume())
    job = "Software Engineer position requiring Python, Flask, and API development experience"
    command = ["curl", "-sS", "-X", "POST", f"{mesh.url}/analyze-resume"]
    command += ["-F", "resume=@test_resume.pdf", "-F", f"job_description={job}"]
    command += ["-H", f"authorization: Bearer {mesh.new_token()}", "--noproxy", "*"]
    answered = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60)
    answer = httpx.Response(200, text=answered.stdout).json()
    assert answer["success"] is True
    assert "Python" in answer["data"]["analysis"]["matching_skills"]
    assert "Flask" in answer["data"]["analysis"]["missing_skills"]


@pytest.mark.parametrize("path", ["/api/v1/analyze-resume", "/analyze-resume"])
def test_every_documented_field_has_a_value(client: httpx.Client, path: str) -> None:
    answer = analyze(client, documents.pdf_resume(), path=path).raise_for_status().json()
    assert_has_structure(answer, DOCUMENTED)
    assert answer["data"]["metadata"]["embedding_model"]
    assert documents.NAME in answer["data"]["resume_preview"]


def test_faults_have_the_codes_of_the_seed_in_the_one_error_body(client: httpx.Client) -> None:
    faults = {
        "INVALID_FILE_FORMAT": analyze(client, b"MZ\x90\x00" + bytes(200)),
        "MISSING_JOB_DESCRIPTION": analyze(client, documents.pdf_resume(), job=None),
        "PDF_PROCESSING_ERROR": analyze(client, documents.pdf_resume()[:300]),
        "INVALID_REQUEST": client.post("/api/v1/analyze-resume", files={"job_description": (None, JOB)}),
    }
    for code, response in faults.items():
        body = response.json()
        assert (response.status_code, body["code"], body["success"]) == (400, code, False), body


def pdf_of(size: int) -> bytes:
    """A resume with an attachment that brings it to about `size` bytes."""
    document = pymupdf.open(stream=documents.pdf_resume(), filetype="pdf")
    document.embfile_add("attachment", os.urandom(size - 20_000))
    data: bytes = document.tobytes()
    return data


def test_sixteen_megabytes_are_taken_and_more_is_refused(client: httpx.Client) -> None:
    limit = 16 * 1024 * 1024
    assert analyze(client, pdf_of(limit)).status_code == 200
    assert analyze(client, pdf_of(limit + 40_000)).status_code == 413


def test_a_posted_job_is_found_by_anybody_by_words_misspellings_and_meaning(
    mesh: LocalMesh, client: httpx.Client
) -> None:
    title = f"Parcel Routing Engineer {secrets.token_hex(4)}"
    body = {"title": title, "description": "Hybrid in Utrecht. We need Python. €60,000 a year.", "company": "Noordzee"}
    job = client.post("/api/v1/jobs", json=body).raise_for_status().json()
    assert (job["workplace"], job["salary_min"], job["state"]) == ("WORKPLACE_HYBRID", 60_000, "JOB_STATE_OPEN")

    with mesh.client() as anybody:

        def titles(query: str, path: str = "/api/v1/jobs/search", **filters: str) -> list[str]:
            answer = anybody.get(path, params={"query": query, **filters}).raise_for_status().json()
            return [found["title"] for found in answer["jobs"]]

        assert title in titles("parcel routing", "/jobs/search")
        assert title in titles("parcel ruoting enginer")
        assert title in titles("parcel routing", workplace="WORKPLACE_HYBRID", salary_min="55000")
        assert title not in titles("parcel routing", salary_min="65000")
        wait_for(lambda: title in titles("software developer for delivery logistics"), "the job's vector")
        assert title in [found["title"] for found in anybody.get("/jobs/").json()["jobs"]]
        assert anybody.get(f"/jobs/{job['id']}").json()["id"] == job["id"]
        assert anybody.get("/jobs/my-jobs").status_code == 401
    assert [mine["id"] for mine in client.get("/jobs/my-jobs").json()["jobs"]] == [job["id"]]
    assert client.post(f"/api/v1/jobs/{job['id']}/close", json={}).json()["state"] == "JOB_STATE_CLOSED"
