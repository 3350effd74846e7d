"""Logs and metrics of a working mesh hold no personal data and no credentials."""

from uuid import uuid4

import pytest

from tests.support.builders import documents
from tests.support.mesh import LocalMesh


@pytest.fixture(scope="module")
def token(mesh: LocalMesh) -> str:
    token = mesh.new_token()
    with mesh.client(token) as client:
        document = documents.pdf_resume(marker=uuid4().hex)
        files = {"file": ("vantongeren.pdf", document)}
        client.post("/api/v1/parse-resume", data={"fileType": "file"}, files=files).raise_for_status()
        client.get("/api/v1/jobs/search", params={"query": "engineer"}).raise_for_status()
        client.get(f"/api/v1/resumes?page_token=nonsense&authorization={token}")
        client.post("/api/v1/login", json={"email": documents.EMAIL, "password": "a-wrong-password"})
    return token


def test_no_log_line_holds_a_name_an_address_a_password_or_a_token(mesh: LocalMesh, token: str) -> None:
    secrets = ("vantongeren", documents.EMAIL, "+31 20 123", "a-wrong-password", token.split(".")[2])
    leaks = [
        (path.name, secret)
        for path in mesh.folder.logs.glob("*.log")
        for secret in secrets
        if secret.lower() in path.read_text(errors="replace").lower()
    ]
    assert leaks == []


def test_every_service_serves_rpc_metrics(mesh: LocalMesh, token: str) -> None:
    for service in ("gateway", "parser", "matching", "auth", "inference"):
        with mesh.client() as client:
            text = client.get(f"http://127.0.0.1:{mesh.port(f'{service}-metrics')}/metrics").text
        assert "hiremesh_rpc_duration_seconds_bucket" in text, service
        assert documents.EMAIL not in text
