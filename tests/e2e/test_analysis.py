"""The analysis of seed 001, as a client of the public edge sees it."""

import os
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pymupdf
import pytest

from tests.rpc.matching.test_analyze_resume import DOCUMENTED, assert_has_structure
from tests.support.builders import documents
from tests.support.mesh import LocalMesh

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
