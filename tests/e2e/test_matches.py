"""The matches of seed 004, as its portal and its extension use them."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.builders import documents
from tests.support.mesh import LocalMesh, wait_for

REQUIREMENTS = (
    "Requirements:\n- Python, SQL and Apache Spark\n- Kubernetes\n- 3+ years of experience as a data engineer"
)


@pytest.fixture(scope="module")
def poster(mesh: LocalMesh) -> Iterator[httpx.Client]:
    with mesh.client(mesh.new_token()) as logged_in:
        yield logged_in


@pytest.fixture
def seeker(mesh: LocalMesh) -> Iterator[httpx.Client]:
    """Somebody new, whose resume was uploaded: a data engineer."""
    with mesh.client(mesh.new_token()) as logged_in:
        upload = {"file": ("cv.pdf", documents.pdf_resume())}
        logged_in.post("/api/v1/parse-resume", data={"fileType": "file"}, files=upload).raise_for_status()
        yield logged_in


def post(client: httpx.Client, title: str, **said: Any) -> str:
    job = client.post("/api/v1/jobs", json={"title": title, "description": REQUIREMENTS, **said})
    job_id: str = job.raise_for_status().json()["id"]
    return job_id


def matched(client: httpx.Client, path: str = "/api/matches", **asked: Any) -> dict[str, dict[str, Any]]:
    """Matches by the ids of their jobs, in the order of the list."""
    answer = client.get(path, params={"page_size": 100, **asked}).raise_for_status().json()
    return {match["job"]["id"]: match for match in answer["matches"]}


def wait_for_match(client: httpx.Client, job_id: str) -> dict[str, Any]:
    return wait_for(lambda: matched(client).get(job_id), "the match")


def wait_until_gone(client: httpx.Client, job_id: str) -> None:
    wait_for(lambda: job_id not in matched(client), "the match to go")


def test_a_match_is_listed_explained_judged_applied_to_and_removed(poster: httpx.Client, seeker: httpx.Client) -> None:
    here = post(
        poster,
        "Data Engineer",
        location="Utrecht, Netherlands",
        salary_min=60_000,
        salary_max=70_000,
        currency="EUR",
        apply_url="https://noordzee.example/jobs/7",
    )
    there = post(poster, "Pastry Chef", description="Requirements:\n- Baking cakes and bread", location="Paris")
    why = wait_for_match(seeker, here)
    assert why["score"] > 80 > 40 > wait_for_match(seeker, there)["score"]
    assert {"Python", "SQL", "Apache Spark", "Kubernetes"} <= set(why["matching_skills"])
    assert all(part["reason"] for part in why["components"])
    # Sorted and filtered as the dashboard asks.
    for order in ("MATCH_ORDER_SCORE", "MATCH_ORDER_SALARY"):
        assert [job_id for job_id in matched(seeker, order=order) if job_id in (here, there)] == [here, there]
    assert there not in matched(seeker, location="utrecht", salary_min=65_000)

    verdict = seeker.post(f"/api/matches/{here}/feedback", json={"verdict": "VERDICT_DOWN"})
    assert verdict.raise_for_status().json() == {"verdict": "VERDICT_DOWN"}
    wait_for(lambda: matched(seeker)[here]["score"] < why["score"] - 2, "the verdict to count")

    applied = seeker.post(f"/api/matches/{here}/apply").raise_for_status().json()
    assert applied["url"] == "https://noordzee.example/jobs/7"
    assert matched(seeker)[here]["apply_time"] == applied["apply_time"]

    assert seeker.delete(f"/api/matches/{there}").raise_for_status().json() == {}
    assert there not in matched(seeker)
    seeker.post("/api/matches:refresh").raise_for_status()
    assert there not in matched(seeker, "/api/v1/matches")
    poster.post(f"/api/v1/jobs/{here}/close").raise_for_status()
    wait_until_gone(seeker, here)


def test_preferences_decide_what_is_listed(poster: httpx.Client, seeker: httpx.Client) -> None:
    job_id = post(poster, "Data Engineer", location="Lyon, France", industry="gambling")
    wait_for_match(seeker, job_id)
    wanted = {"ignored_industries": ["gambling"], "salary": {"minimum": 40_000, "currency": "EUR"}}
    stored = seeker.put("/api/me/preferences", json=wanted).raise_for_status().json()
    assert seeker.get("/api/v1/me/preferences").json() == stored
    assert stored["salary"] == {"minimum": 40_000, "maximum": 0, "currency": "EUR", "period": "PAY_PERIOD_YEAR"}
    wait_until_gone(seeker, job_id)
    refused = seeker.put("/api/me/preferences", json={"ignored_industries": ["astrology"]})
    assert (refused.status_code, refused.json()["code"]) == (400, "INVALID_REQUEST")
    seeker.put("/api/me/preferences", json={}).raise_for_status()
    wait_for_match(seeker, job_id)


def test_a_poster_sees_fitting_people_who_agreed_and_not_who_they_are(
    mesh: LocalMesh, poster: httpx.Client, seeker: httpx.Client
) -> None:
    job_id = post(poster, "Data Engineer")
    wait_for_match(seeker, job_id)

    def fitting() -> list[dict[str, Any]]:
        answer = poster.get(f"/api/v1/jobs/{job_id}/candidates").raise_for_status()
        assert documents.NAME not in answer.text
        assert documents.EMAIL not in answer.text
        candidates: list[dict[str, Any]] = answer.json()["candidates"]
        return candidates

    assert fitting() == []
    seeker.put("/api/v1/me/preferences", json={"visible_to_employers": True}).raise_for_status()
    (candidate,) = wait_for(fitting, "the candidate")
    assert candidate["score"] > 80
    assert "Python" in candidate["matching_skills"]
    with mesh.client(mesh.new_token()) as stranger:
        assert stranger.get(f"/api/v1/jobs/{job_id}/candidates").status_code == 403
    # Erasing the resume ends it.
    resume_id = seeker.get("/api/me/profile").raise_for_status().json()["metadata"]["resume_id"]
    seeker.delete(f"/api/v1/resumes/{resume_id}").raise_for_status()
    wait_for(lambda: not fitting(), "the candidate to go")
    assert seeker.get("/api/v1/matches").json()["state"] == "MATCH_STATE_NO_RESUME"


def test_the_extension_fills_forms_with_the_newest_resume(seeker: httpx.Client) -> None:
    profile = seeker.get("/api/me/profile").raise_for_status().json()
    assert (profile["personal"]["name"], profile["personal"]["email"]) == (documents.NAME, documents.EMAIL)
    assert seeker.get("/api/v1/me/profile").json() == profile


def test_nobody_gets_matches_without_a_token(mesh: LocalMesh) -> None:
    with mesh.client() as anybody:
        for path in ("/api/v1/matches", "/api/matches", "/api/me/preferences", "/api/me/profile"):
            refused = anybody.get(path)
            assert (refused.status_code, refused.json()["code"]) == (401, "INVALID_TOKEN"), path
