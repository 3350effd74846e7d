"""The main job, as a client of the public edge sees it."""

from typing import Any
from uuid import uuid4

import grpc
import httpx
import pytest
from google.api import httpbody_pb2

from hiremesh.gateway.v1 import resume_service_pb2, resume_service_pb2_grpc
from tests.support.builders import documents
from tests.support.mesh import LocalMesh, wait_for

FORMATS = {
    "pdf": (documents.pdf_resume, "application/pdf"),
    "docx": (documents.docx_resume, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "txt": (documents.text_resume, "text/plain"),
}


@pytest.fixture(scope="module")
def client(mesh: LocalMesh) -> Any:
    with mesh.client(mesh.new_token()) as logged_in:
        yield logged_in


def parse(client: httpx.Client, document: bytes, name: str = "cv.pdf", **fields: str) -> httpx.Response:
    return client.post("/api/v1/parse-resume", data={"fileType": "file", **fields}, files={"file": (name, document)})


@pytest.mark.parametrize("kind", FORMATS)
def test_a_resume_of_each_format_comes_back_as_structured_data(client: httpx.Client, kind: str) -> None:
    build, _ = FORMATS[kind]
    resume = parse(client, build(), f"cv.{kind}").raise_for_status().json()
    assert resume["personal"]["name"] == documents.NAME
    assert resume["personal"]["email"] == documents.EMAIL
    assert [(job["title"], job["company"], job["start_date"], job["end_date"]) for job in resume["experience"]] == [
        ("Data Engineer", "Noordzee Analytics", "2019-03", "present"),
        ("Junior Developer", "Kade Software", "2016-06", "2019-02"),
    ]
    assert resume["education"][0]["institution"] == "Hogeschool Windesheim"
    assert resume["skills"] == ["Python", "SQL", "Apache Spark", "Kubernetes"]
    assert resume["metadata"]["document"]["kind"] == kind


def test_the_answer_has_the_shape_that_seed_002_documents(client: httpx.Client) -> None:
    response = client.post(
        "/parse-resume",
        headers={"origin": "http://localhost:5173"},
        data={"fileType": "file", "fresh": "false"},
        files={"file": ("resume.pdf", documents.pdf_resume())},
    )
    resume = response.raise_for_status().json()
    assert {"name", "email", "phone", "location"} <= resume["personal"].keys()
    assert {"title", "company", "duration", "description"} <= resume["experience"][0].keys()
    assert {"degree", "field", "institution", "year"} <= resume["education"][0].keys()
    metadata = resume["metadata"]
    assert metadata["origin"] == "http://localhost:5173"
    assert metadata["origin_valid"] is True
    assert metadata["parseTime"] > 0
    assert metadata["tokens"] == {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}
    assert metadata["cost"] == {"total_cost_usd": 0}


def test_pasted_text_is_read_also_when_its_line_breaks_are_written_as_backslash_n(client: httpx.Client) -> None:
    response = client.post(
        "/parse-resume", files={"fileType": (None, "text"), "text": (None, "John Doe\\nSoftware Engineer\\n...")}
    )
    personal = response.raise_for_status().json()["personal"]
    assert (personal["name"], personal["headline"]) == ("John Doe", "Software Engineer")


def test_every_value_tells_where_it_was_found(client: httpx.Client) -> None:
    resume = parse(client, documents.pdf_resume()).json()
    found = resume["provenance"]["/personal/email"]
    assert found["page"] == 1
    assert len(found["box"]) == 4
    assert documents.EMAIL in found["text"]
    assert 0 < found["confidence"] <= 1


def test_the_same_bytes_are_parsed_once_unless_fresh_is_asked_for(client: httpx.Client) -> None:
    document = documents.pdf_resume(marker=uuid4().hex)
    first, again = parse(client, document).json(), parse(client, document).json()
    fresh = parse(client, document, fresh="true").json()
    assert [answer["metadata"]["cache"]["hit"] for answer in (first, again, fresh)] == [False, True, False]
    assert again["metadata"]["resume_id"] == first["metadata"]["resume_id"]
    assert fresh["metadata"]["resume_id"] != first["metadata"]["resume_id"]


def test_a_parsed_resume_is_kept_listed_and_deleted_for_its_owner_only(mesh: LocalMesh) -> None:
    with mesh.client(mesh.new_token()) as owner, mesh.client(mesh.new_token()) as stranger:
        resume_id = parse(owner, documents.text_resume(), "cv.txt").json()["metadata"]["resume_id"]
        path = f"/api/v1/resumes/{resume_id}"
        assert owner.get(path).json()["personal"]["name"] == documents.NAME
        assert [entry["id"] for entry in owner.get("/api/v1/resumes").json()["resumes"]] == [resume_id]
        assert stranger.get(path).status_code == 404
        assert stranger.delete(path).status_code == 404
        assert stranger.get("/api/v1/resumes").json()["resumes"] == []
        assert owner.delete(path).json() == {}
        assert owner.get(path).status_code == 404


def match(client: httpx.Client, resume_id: str, job: str) -> httpx.Response:
    """Matches once matching has heard of the resume."""

    def answer() -> httpx.Response | None:
        response = client.post("/api/v1/match", json={"resume_id": resume_id, "job_description": job})
        not_ready = response.status_code == 503 and response.json()["code"] == "RESUME_NOT_READY"
        return None if not_ready else response

    return wait_for(answer, "matching to know the resume")


def test_a_stored_resume_is_scored_against_a_job(client: httpx.Client) -> None:
    resume_id = parse(client, documents.pdf_resume()).json()["metadata"]["resume_id"]
    near = match(client, resume_id, "Data Engineer. Required: Python, SQL, Terraform. 3+ years of experience.").json()
    far = match(client, resume_id, "Pastry chef for our hotel kitchen. Required: baking, food hygiene.").json()
    assert {"Python", "SQL"} <= set(near["matching_skills"])
    assert near["missing_skills"] == ["Terraform"]
    assert 0 <= far["score"] < near["score"] <= 100
    assert sum(component["weight"] for component in near["components"]) == pytest.approx(1)


def test_a_deleted_resume_is_forgotten_by_matching_too(client: httpx.Client) -> None:
    resume_id = parse(client, documents.pdf_resume(marker=uuid4().hex)).json()["metadata"]["resume_id"]
    assert match(client, resume_id, "Data Engineer with Python").status_code == 200
    client.delete(f"/api/v1/resumes/{resume_id}").raise_for_status()

    def forgotten() -> bool:
        body = {"resume_id": resume_id, "job_description": "Data Engineer with Python"}
        return client.post("/api/v1/match", json=body).status_code != 200

    wait_for(forgotten, "matching to forget the resume")


def test_the_same_call_works_over_grpc_on_the_same_port(mesh: LocalMesh) -> None:
    metadata = [("authorization", f"Bearer {mesh.new_token()}")]
    with grpc.insecure_channel(f"127.0.0.1:{mesh.edge_port}") as channel:
        stub = resume_service_pb2_grpc.ResumeServiceStub(channel)
        document = httpbody_pb2.HttpBody(content_type="application/pdf", data=documents.pdf_resume())
        request = resume_service_pb2.ParseResumeRequest(document=document)
        resume = stub.ParseResume(request, metadata=metadata, timeout=120).resume
    assert resume.personal.name == documents.NAME
    assert [job.company for job in resume.experience] == ["Noordzee Analytics", "Kade Software"]


def test_the_root_and_health_answer_as_the_seeds_show(mesh: LocalMesh) -> None:
    with mesh.client() as anybody:
        assert anybody.get("/").json() == {"status": "ok", "message": "Resume parser is running"}
        health = anybody.get("/health").json()
    assert (health["status"], health["service"]) == ("healthy", "Resume Analysis API")
    assert set(health["dependencies"].values()) == {"up"}


def test_the_surface_is_described_and_has_a_page(mesh: LocalMesh) -> None:
    with mesh.client() as anybody:
        document = anybody.get("/openapi.json").json()
        page = anybody.get("/docs")
    assert document["openapi"].startswith("3.1")
    assert "/api/v1/parse-resume" in document["paths"]
    assert page.headers["content-type"].startswith("text/html")
