"""Everything that a client can get wrong, and what the mesh answers: the right status and always the same body."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from edgeconfig import EdgeAddresses, EdgeSettings
from tests.support.builders import documents
from tests.support.envoy import running_envoy
from tests.support.mesh import LocalMesh, free_port, wait_for

MEMBERS = ["type", "title", "status", "detail", "success", "error", "code", "details", "trace_id"]
PARSE = "/api/v1/parse-resume"
RESUMES = "/api/v1/resumes"
EXAMPLE = Path(__file__).parents[2] / "examples/resume.pdf"
WINDOWS_PROGRAM = b"MZ\x90\x00" + bytes(1000)
UNSUPPORTED = "Unsupported file type: exe. Allowed: pdf, doc, docx, png, jpg, jpeg, txt"


@dataclass(frozen=True)
class Fault:
    """One row: what is sent, and what must come back."""

    what: str
    path: str
    status: int
    code: str
    detail: str = ""
    verb: str = "POST"
    logged_in: bool = True
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes | None = None
    document: bytes | None = None
    form: dict[str, str] = field(default_factory=lambda: {"fileType": "file"})

    def send(self, client: httpx.Client) -> httpx.Response:
        if self.document is not None:
            files = {"file": ("cv.pdf", self.document, "application/pdf")}
            return client.request(self.verb, self.path, headers=self.headers, data=self.form, files=files)
        return client.request(self.verb, self.path, headers=self.headers, content=self.content)


def token(key: ECKey | None = None, **claims: object) -> str:
    known = {"iss": "hiremesh", "aud": "hiremesh-api", "sub": "somebody", "exp": 4102444800}
    return jwt.encode({"alg": "ES256", "kid": "unknown"}, known | claims, key or ECKey.generate_key("P-256"))


def unsigned_token() -> str:
    claims = {"iss": "hiremesh", "aud": "hiremesh-api", "sub": "somebody", "exp": 4102444800}
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in ({"alg": "none"}, claims))
    return b".".join((*parts, b"")).decode()


def refused(what: str, authorization: str) -> Fault:
    headers = {"authorization": authorization} if authorization else {}
    return Fault(
        what, RESUMES, 401, "INVALID_TOKEN", "Invalid or expired token", verb="GET", logged_in=False, headers=headers
    )


def unreadable(what: str, document: bytes, code: str, detail: str = "") -> Fault:
    return Fault(what, PARSE, 400, code, detail, document=document)


FAULTS = [
    refused("no token", ""),
    refused("wrong token", "Bearer wrong"),
    refused("token signed by a stranger", f"Bearer {token()}"),
    refused("expired token", f"Bearer {token(exp=946684800)}"),
    refused("token for another audience", f"Bearer {token(aud='others')}"),
    refused("token without a signature", f"Bearer {unsigned_token()}"),
    Fault(
        "identity in headers instead of a token",
        RESUMES,
        401,
        "INVALID_TOKEN",
        verb="GET",
        logged_in=False,
        headers={"x-user-id": "root", "x-scopes": "admin", "x-tenant": "root", "x-mesh-token": "guess"},
    ),
    Fault("file of 11 MB", PARSE, 413, "FILE_TOO_LARGE", "File too large (max 10MB)", document=bytes(11_000_000)),
    Fault(
        "file of one byte too many",
        PARSE,
        413,
        "FILE_TOO_LARGE",
        "File too large (max 10MB)",
        document=bytes(10 * 1024 * 1024 + 1),
    ),
    unreadable("program renamed to PDF", WINDOWS_PROGRAM, "UNSUPPORTED_FILE_TYPE", UNSUPPORTED),
    unreadable("truncated PDF", EXAMPLE.read_bytes()[:20_000], "DOCUMENT_UNREADABLE"),
    unreadable("empty file", b"", "DOCUMENT_EMPTY"),
    unreadable("encrypted PDF", documents.encrypted_pdf(), "DOCUMENT_ENCRYPTED"),
    Fault("unknown path", "/api/v1/nothing", 404, "NOT_FOUND", "Not found", verb="GET"),
    Fault("internal service", "/hiremesh.parser.v1.ParserService/ParseDocument", 404, "NOT_FOUND"),
    Fault("resume that is not there", f"{RESUMES}/0190f5e2-7c11-7000-8000-000000000000", 404, "NOT_FOUND", verb="GET"),
    Fault("wrong method", PARSE, 405, "METHOD_NOT_ALLOWED", "Method not allowed", verb="GET"),
    Fault(
        "broken multipart",
        PARSE,
        400,
        "MALFORMED_FORM",
        headers={"content-type": "multipart/form-data; boundary=b"},
        content=b'--b\r\ncontent-disposition: form-data; name="fileType"\r\n\r\nfi',
    ),
    Fault("form that says neither file nor text", PARSE, 400, "INVALID_REQUEST", document=b"x", form={"fileType": "x"}),
    Fault("broken JSON", "/api/v1/match", 400, "INVALID_REQUEST", content=b'{"resume_id": '),
    Fault("fields that break the rules", "/api/v1/match", 400, "INVALID_REQUEST", content=b'{"resume_id": "x"}'),
    Fault("unknown query parameter", f"{RESUMES}?page_sice=1", 400, "INVALID_REQUEST", verb="GET"),
    Fault(
        "site that is not allowed",
        RESUMES,
        403,
        "ORIGIN_NOT_ALLOWED",
        "Origin not allowed",
        verb="GET",
        headers={"origin": "https://evil.example"},
    ),
]


def problem(response: httpx.Response) -> dict[str, Any]:
    """The body, after checks that hold for every failure."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    body: dict[str, Any] = response.json()
    assert list(body) == MEMBERS
    assert body["status"] == response.status_code
    assert body["success"] is False
    assert body["error"] == body["detail"]
    assert body["type"] == "urn:hiremesh:error:" + body["code"].lower().replace("_", "-")
    assert body["trace_id"] == response.headers["x-trace-id"]
    return body


@pytest.fixture(scope="module")
def user_token(mesh: LocalMesh) -> str:
    return mesh.new_token()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.what)
def test_fault_gets_its_status_and_the_one_error_body(mesh: LocalMesh, user_token: str, fault: Fault) -> None:
    with mesh.client(user_token if fault.logged_in else None) as client:
        response = fault.send(client)
    body = problem(response)
    assert (response.status_code, body["code"]) == (fault.status, fault.code)
    if fault.detail:
        assert body["detail"] == fault.detail


def test_identity_in_headers_does_not_change_who_a_token_is(mesh: LocalMesh) -> None:
    with mesh.client(mesh.new_token()) as owner, mesh.client(mesh.new_token()) as other:
        upload = {"file": ("cv.pdf", documents.pdf_resume())}
        metadata = owner.post(PARSE, data={"fileType": "file"}, files=upload).raise_for_status().json()["metadata"]
        claimed = dict.fromkeys(("x-user-id", "x-tenant"), metadata["user_id"])
        response = other.get(f"{RESUMES}/{metadata['resume_id']}", headers=claimed)
    assert problem(response)["code"] == "NOT_FOUND"


@pytest.fixture
def default_edge(mesh: LocalMesh, tmp_path: Path) -> Iterator[str]:
    """A second edge before the same services, with the rate limit that a mesh has by default."""
    ports = {name: mesh.state().parts[name].port for name in ("gateway", "auth", "matching")}
    addresses = EdgeAddresses(
        listen_host="127.0.0.1",
        listen_port=free_port(),
        admin_port=free_port(),
        access_log=str(tmp_path / "access.log"),
        **{name: f"127.0.0.1:{port}" for name, port in ports.items()},
    )
    with running_envoy(tmp_path, EdgeSettings(rate_limit_per_minute=100), addresses):
        url = f"http://127.0.0.1:{addresses.listen_port}"

        def knows_keys() -> bool:
            try:
                return httpx.get(f"{url}{RESUMES}", headers={"authorization": f"Bearer {token()}"}).status_code == 401
            except httpx.TransportError:
                return False

        wait_for(knows_keys, "the second edge")
        yield url


def test_101st_request_of_a_minute_is_refused(mesh: LocalMesh, user_token: str, default_edge: str) -> None:
    headers = {"authorization": f"Bearer {user_token}"}
    with httpx.Client(base_url=default_edge, headers=headers, timeout=120, trust_env=False) as client:
        assert {client.get(RESUMES).status_code for _ in range(100)} == {200}
        response = client.get(RESUMES)
    body = problem(response)
    assert (response.status_code, body["code"], body["detail"]) == (429, "RATE_LIMITED", "Too many requests")
    assert 1 <= int(response.headers["retry-after"]) <= 60
