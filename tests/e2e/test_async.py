"""Background parses, as a client of the public edge sees them (seed 002)."""

import json
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.support.builders import documents
from tests.support.mesh import LocalMesh, wait_for

SITE = "http://localhost:5173"


@pytest.fixture(scope="module")
def client(mesh: LocalMesh) -> Iterator[httpx.Client]:
    with mesh.client(mesh.new_token()) as logged_in:
        yield logged_in


def new_text() -> bytes:
    """A resume that nobody has sent before."""
    return documents.text_resume() + f"\nReference {secrets.token_hex(8)}\n".encode()


def submit(client: httpx.Client, document: bytes, path: str = "/parse-resume-async", **fields: str) -> httpx.Response:
    form = {"fileType": "file", **fields}
    return client.post(path, data=form, files={"file": ("cv.txt", document)}, headers={"origin": SITE})


def ended(client: httpx.Client, job: dict[str, Any]) -> dict[str, Any]:
    """The job as it is polled last."""

    def look() -> dict[str, Any] | None:
        status: dict[str, Any] = client.get(job["statusUrl"]).raise_for_status().json()
        return status if status["status"] in ("completed", "failed") else None

    return wait_for(look, "the job to end")


def test_an_accepted_job_is_answered_with_202_and_the_documented_body(client: httpx.Client) -> None:
    response = submit(client, new_text())
    assert response.status_code == 202
    job = response.json()
    assert job.keys() == {"jobId", "status", "message", "estimatedTime", "statusUrl", "streamUrl"}
    assert (job["status"], job["message"]) == ("queued", "Resume processing started")
    assert job["estimatedTime"].endswith((" second", " seconds"))
    assert job["statusUrl"] == f"/parse-resume-async/status/{job['jobId']}"
    assert job["streamUrl"] == f"/parse-resume-async/stream/{job['jobId']}"


def test_a_completed_job_holds_the_result_of_a_synchronous_parse(client: httpx.Client) -> None:
    document = new_text()
    job = ended(client, submit(client, document, "/api/v1/parse-resume-async").json())
    assert job["status"] == "completed"
    assert job["createdAt"] <= job["updatedAt"] == job["completedAt"]
    assert "error" not in job
    assert "failedAt" not in job
    assert job["result"]["personal"]["name"] == documents.NAME
    metadata = job["result"]["metadata"]
    assert (metadata["processing_mode"], metadata["origin"]) == ("async", SITE)
    at_once = client.post("/parse-resume", data={"fileType": "file"}, files={"file": ("cv.txt", document)}).json()
    assert at_once["metadata"]["cache"]["hit"] is True
    assert at_once["experience"] == job["result"]["experience"]


def test_a_document_at_fault_fails_its_job_in_the_words_of_the_synchronous_parse(client: httpx.Client) -> None:
    broken = b"MZ\x90\x00" + secrets.token_bytes(200)
    job = ended(client, submit(client, broken).json())
    refused = client.post("/parse-resume", data={"fileType": "file"}, files={"file": ("cv.exe", broken)}).json()
    assert (job["status"], job["error"], job["code"]) == ("failed", refused["detail"], refused["code"])
    assert job["failedAt"] == job["updatedAt"]
    assert "result" not in job


def test_an_unknown_job_and_one_of_somebody_else_are_not_found(mesh: LocalMesh, client: httpx.Client) -> None:
    job = submit(client, new_text()).json()
    with mesh.client(mesh.new_token()) as stranger:
        for asked in (stranger.get(job["statusUrl"]), client.get("/parse-resume-async/status/test-job-id")):
            assert asked.status_code == 404
            assert asked.json()["detail"] == "Job not found"


def test_a_request_id_makes_a_submission_repeatable(client: httpx.Client) -> None:
    request_id, document = str(uuid4()), new_text()
    with ThreadPoolExecutor(4) as clients:
        answers = list(clients.map(lambda _: submit(client, document, request_id=request_id).json(), range(4)))
    assert len({answer["jobId"] for answer in answers}) == 1
    assert submit(client, new_text(), request_id=request_id).status_code == 409


def test_equal_uploads_at_once_cost_one_parse(client: httpx.Client) -> None:
    document = new_text()
    with ThreadPoolExecutor(6) as clients:
        jobs = list(clients.map(lambda _: submit(client, document).json(), range(6)))
    results = [ended(client, job)["result"]["metadata"]["resume_id"] for job in jobs]
    assert len({job["jobId"] for job in jobs}) == 6
    assert len(set(results)) == 1


def test_the_original_comes_back_as_it_was_sent_and_goes_with_its_resume(client: httpx.Client) -> None:
    document = new_text()
    resume_id = ended(client, submit(client, document).json())["result"]["metadata"]["resume_id"]
    original = client.get(f"/api/v1/resumes/{resume_id}/document")
    assert original.content == document
    assert original.headers["content-type"] == "text/plain; charset=utf-8"
    assert original.headers["content-disposition"] == "attachment; filename*=UTF-8''cv.txt"
    client.delete(f"/api/v1/resumes/{resume_id}").raise_for_status()
    assert client.get(f"/api/v1/resumes/{resume_id}/document").status_code == 404


def test_a_cancelled_job_fails_and_stays_so(client: httpx.Client) -> None:
    job = submit(client, new_text()).json()
    cancelled = client.post(f"/api/v1/parse-resume-async/{job['jobId']}:cancel", json={}).raise_for_status().json()
    # A worker may have been faster; then the job stays as it is.
    assert (cancelled["status"], cancelled.get("code")) in {("failed", "JOB_CANCELLED"), ("completed", None)}
    assert ended(client, job)["status"] == cancelled["status"]


def test_figures_tell_of_parses_and_of_the_cache(client: httpx.Client) -> None:
    before = client.get("/stats").raise_for_status().json()
    document = new_text()
    ended(client, submit(client, document).json())
    ended(client, submit(client, document).json())
    after, cache = client.get("/api/v1/stats").json(), client.get("/cache/stats").raise_for_status().json()
    assert after["request_stats"]["successful_requests"] == before["request_stats"]["successful_requests"] + 2
    assert after["cache_stats"]["total_hits"] == before["cache_stats"]["total_hits"] + 1
    assert after["cache_stats"]["total_misses"] == before["cache_stats"]["total_misses"] + 1
    assert after["request_stats"]["average_processing_time"] > 0
    assert after["system_info"] == {
        "gemini_configured": False,
        "aws_configured": False,
        "auth_configured": True,
        "prompt_caching_enabled": False,
    }
    assert cache.keys() == {
        "hit_rate",
        "total_hits",
        "total_misses",
        "cache_size",
        "total_tokens_saved",
        "total_cost_saved_usd",
        "avg_tokens_per_request",
    }


def test_figures_tell_what_models_took(client: httpx.Client) -> None:
    def of_models() -> dict[str, Any]:
        told: dict[str, Any] = client.get("/stats").raise_for_status().json()["inference_stats"]
        return told

    before = of_models()
    ended(client, submit(client, new_text()).json())
    # Matching embeds the resume when it hears of it.
    after = wait_for(lambda: told if (told := of_models())["total_calls"] > before["total_calls"] else None, "figures")
    assert after["status"] == "available"
    assert after["input_tokens"] > before["input_tokens"]
    (embedder,) = [model for model in after["models"] if model["model"] == "all-minilm-l6-v2-int8"]
    assert embedder.keys() == {
        "model",
        "calls",
        "input_tokens",
        "cached_tokens",
        "output_tokens",
        "cost_usd",
        "seconds",
    }


def test_the_stream_tells_of_the_job_and_ends(client: httpx.Client) -> None:
    job = submit(client, new_text()).json()
    with client.stream("GET", job["streamUrl"]) as response:
        assert response.headers["content-type"] == "text/event-stream"
        events = [json.loads(line.removeprefix("data: ")) for line in response.iter_lines() if line.startswith("data:")]
    assert [event.get("status") for event in events][-2:] == ["completed", None]
    assert events[-1] == {"event": "complete"}
    assert events[-2]["result"]["personal"]["name"] == documents.NAME
