"""One error body for every failure, whoever noticed it."""

import asyncio
import base64
import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from meshkit.errors import FieldViolation, InvalidRequest, NotFound, RemoteError
from tests.integration.edge.conftest import Edge, Signer, Upstream, edge_before, free_port, serving

MEMBERS = ["type", "title", "status", "detail", "success", "error", "code", "details", "trace_id"]
EXPIRED = 946684800  # 2000


def problem(response: httpx.Response, status: int, code: str) -> dict[str, object]:
    """The body, after checks that hold for every failure."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, object] = response.json()
    assert list(body) == MEMBERS
    assert body["code"] == code
    assert body["status"] == status
    assert body["type"] == "urn:hiremesh:error:" + code.lower().replace("_", "-")
    assert body["success"] is False
    assert body["error"] == body["detail"]
    assert body["trace_id"] == response.headers["x-trace-id"]
    assert len(response.headers["x-trace-id"]) == 32
    assert not {"grpc-status", "grpc-message", "x-edge-fault"} & set(response.headers)
    return body


def unsigned(claims: dict[str, object]) -> str:
    parts = ({"alg": "none", "typ": "JWT"}, claims)
    return ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts) + "."


def bad_authorizations(signer: Signer) -> dict[str, str | None]:
    stranger = ECKey.generate_key("P-256", {"kid": "edge-tests"})
    return {
        "none": None,
        "empty": "",
        "another scheme": "Basic dXNlcjpwYXNz",
        "garbage": "Bearer garbage",
        "expired": f"Bearer {signer.token(exp=EXPIRED)}",
        "another audience": f"Bearer {signer.token(aud='somebody-else')}",
        "another issuer": f"Bearer {signer.token(iss='somebody-else')}",
        "another key": f"Bearer {signer.token(key=stranger)}",
        "another key's id": "Bearer " + jwt.encode({"alg": "ES256", "kid": "unknown"}, {"iss": "hiremesh"}, stranger),
        "algorithm none": "Bearer "
        + unsigned({"iss": "hiremesh", "aud": "hiremesh-api", "sub": "x", "exp": 4102444800}),
    }


@pytest.mark.parametrize("credentials", list(bad_authorizations(Signer())))
async def test_bad_credentials_are_refused_alike(
    client: httpx.AsyncClient, edge: Edge, upstream: Upstream, credentials: str
) -> None:
    authorization = bad_authorizations(edge.signer)[credentials]
    headers = {} if authorization is None else {"authorization": authorization}
    response = await client.get("/api/v1/resumes?token=secret", headers=headers)
    assert problem(response, 401, "INVALID_TOKEN")["detail"] == "Invalid or expired token"
    assert response.headers["www-authenticate"] == "Bearer"
    assert upstream.requests == []


async def test_a_token_in_the_query_is_no_token(client: httpx.AsyncClient, edge: Edge) -> None:
    response = await client.get("/api/v1/resumes", params={"access_token": edge.signer.token()})
    problem(response, 401, "INVALID_TOKEN")


async def test_unknown_path_is_not_found_without_a_token(client: httpx.AsyncClient) -> None:
    assert problem(await client.get("/api/v1/nothing"), 404, "NOT_FOUND")["detail"] == "Not found"


async def test_services_of_the_mesh_are_not_found(client: httpx.AsyncClient, bearer: dict[str, str]) -> None:
    for path in ("/hiremesh.parser.v1.ParserService/ParseDocument", "/hiremesh.gateway.v1.ResumeService/ParseResume"):
        problem(await client.post(path, json={}, headers=bearer), 404, "NOT_FOUND")


async def test_wrong_method_tells_the_right_ones(client: httpx.AsyncClient) -> None:
    response = await client.put("/api/v1/resumes/1")
    assert problem(response, 405, "METHOD_NOT_ALLOWED")["detail"] == "Method not allowed"
    assert response.headers["allow"] == "DELETE, GET"


async def test_origin_that_is_not_allowed_is_refused(client: httpx.AsyncClient, upstream: Upstream) -> None:
    for origin in ("https://evil.example", "null", "http://localhost:5173.evil.example"):
        response = await client.get("/", headers={"origin": origin})
        assert problem(response, 403, "ORIGIN_NOT_ALLOWED")["detail"] == "Origin not allowed"
    assert upstream.requests == []


async def test_file_that_is_too_large_is_refused_before_it_is_read(
    client: httpx.AsyncClient, bearer: dict[str, str]
) -> None:
    response = await client.post("/parse-resume", headers=bearer, files={"file": bytes(11_000_000)})
    body = problem(response, 413, "FILE_TOO_LARGE")
    assert body["detail"] == "File too large (max 10MB)"
    assert body["details"] == {"limit_bytes": "10485760"}


async def test_file_that_is_too_large_is_refused_without_a_content_length(
    client: httpx.AsyncClient, bearer: dict[str, str], upstream: Upstream
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield bytes(1_000_000)

    response = await client.post("/parse-resume", headers=bearer, content=pieces())
    assert problem(response, 413, "FILE_TOO_LARGE")["detail"] == "File too large (max 10MB)"
    assert upstream.requests == []


async def test_requests_without_files_have_a_smaller_limit(client: httpx.AsyncClient) -> None:
    response = await client.post("/api/v1/login", content=bytes(1_100_000))
    assert problem(response, 413, "FILE_TOO_LARGE")["detail"] == "File too large (max 1MB)"


async def test_a_file_as_large_as_allowed_arrives(
    client: httpx.AsyncClient, bearer: dict[str, str], upstream: Upstream
) -> None:
    response = await client.post("/parse-resume", headers=bearer, files={"file": bytes(10 * 1024 * 1024)})
    assert response.status_code == 200, response.text
    assert len(upstream.requests[0].document.data) > 10 * 1024 * 1024


async def test_broken_json_is_an_invalid_request(client: httpx.AsyncClient, upstream: Upstream) -> None:
    response = await client.post("/api/v1/login", content='{"email": "ada@example.org')
    body = problem(response, 400, "INVALID_REQUEST")
    assert "ada" not in str(body["detail"])
    assert upstream.requests == []


async def test_unknown_query_parameter_is_named(client: httpx.AsyncClient, bearer: dict[str, str]) -> None:
    response = await client.get("/api/v1/resumes?page_sice=5", headers=bearer)
    assert "page_sice" in str(problem(response, 400, "INVALID_REQUEST")["detail"])


async def test_value_of_the_wrong_type_is_named(client: httpx.AsyncClient, bearer: dict[str, str]) -> None:
    response = await client.get("/api/v1/resumes?page_size=many", headers=bearer)
    assert "page_size" in str(problem(response, 400, "INVALID_REQUEST")["detail"])


async def test_a_value_that_an_enum_does_not_have_is_answered_with_those_that_it_has(
    client: httpx.AsyncClient, bearer: dict[str, str]
) -> None:
    response = await client.get("/api/v1/matches?order=cheapest", headers=bearer)
    assert problem(response, 400, "INVALID_REQUEST")["detail"] == (
        'order: invalid value "cheapest": use one of MATCH_ORDER_SCORE, MATCH_ORDER_SALARY, MATCH_ORDER_LOCATION, MATCH_ORDER_NEWEST'
    )


async def test_errors_of_services_keep_reason_text_fields_and_delay(
    client: httpx.AsyncClient, bearer: dict[str, str], upstream: Upstream
) -> None:
    upstream.error = RemoteError(
        wire_reason="OVERLOADED",
        message='All "parsers" are busy; \\ ü\nretry later',
        fields={"resource": "parsers", "note": 'a "quote", a } and a ]'},
        violations=[FieldViolation("a.b", "is {odd}"), FieldViolation("c", "is [odd]")],
        retry_after=timedelta(seconds=2.2),
    )
    response = await client.get("/api/v1/resumes/1", headers=bearer)
    body = problem(response, 429, "OVERLOADED")
    assert body["title"] == "Overloaded"
    assert body["detail"] == 'All "parsers" are busy; \\ ü\nretry later'
    assert body["details"] == {
        "resource": "parsers",
        "note": 'a "quote", a } and a ]',
        "fields": [{"field": "a.b", "description": "is {odd}"}, {"field": "c", "description": "is [odd]"}],
        "retry_after_seconds": 3,
    }
    assert response.headers["retry-after"] == "3"


async def test_reason_decides_the_status_where_the_contract_says_so(
    client: httpx.AsyncClient, bearer: dict[str, str], upstream: Upstream
) -> None:
    upstream.error = RemoteError(wire_reason="FILE_TOO_LARGE", message="File too large (max 10MB)", fields={})
    problem(await client.post("/parse-resume", headers=bearer, files={"file": b"x"}), 413, "FILE_TOO_LARGE")


async def test_error_after_the_headers_were_sent_is_an_error_all_the_same(
    client: httpx.AsyncClient, bearer: dict[str, str], upstream: Upstream
) -> None:
    upstream.initial_metadata = (("x-something", "early"),)
    upstream.error = NotFound(resource="Resume")
    body = problem(await client.get("/api/v1/resumes/1", headers=bearer), 404, "NOT_FOUND")
    assert body["detail"] == "Resume not found"
    assert body["details"] == {"resource": "Resume"}


async def test_status_without_a_reason_shows_nothing_of_its_text(
    client: httpx.AsyncClient, bearer: dict[str, str]
) -> None:
    # The test's server has no RefreshToken: grpc.aio answers UNIMPLEMENTED with a text of its own.
    response = await client.post("/api/v1/token/refresh", json={"refresh_token": "x"}, headers=bearer)
    assert problem(response, 404, "NOT_FOUND")["detail"] == "Not found"


async def test_service_that_is_down_is_unavailable(client: httpx.AsyncClient, bearer: dict[str, str]) -> None:
    response = await client.post("/api/v1/match", json={}, headers=bearer)
    assert problem(response, 503, "SERVICE_UNAVAILABLE")["detail"] == "Service unavailable"


async def test_service_that_is_late_is_cut_off_by_its_deadline(client: httpx.AsyncClient, upstream: Upstream) -> None:
    upstream.delay_seconds = 30
    problem(await client.get("/"), 504, "DEADLINE_EXCEEDED")


async def test_call_101_of_a_minute_is_refused(
    client: httpx.AsyncClient, bearer: dict[str, str], edge: Edge, upstream: Upstream
) -> None:
    statuses = [(await client.get("/api/v1/resumes", headers=bearer)).status_code for _ in range(100)]
    assert set(statuses) == {200}
    response = await client.get("/api/v1/resumes", headers=bearer)
    body = problem(response, 429, "RATE_LIMITED")
    assert body["detail"] == "Too many requests"
    assert 1 <= int(response.headers["retry-after"]) <= 60
    assert body["details"] == {"retry_after_seconds": int(response.headers["retry-after"])}
    assert len(upstream.requests) == 100
    others = await client.get("/api/v1/resumes", headers=edge.signer.bearer())
    assert others.status_code == 200  # each user counts alone


async def test_reads_without_a_token_are_not_limited(client: httpx.AsyncClient, upstream: Upstream) -> None:
    statuses = [(await client.get("/health")).status_code for _ in range(110)]
    assert set(statuses) == {200}


@pytest.mark.parametrize(
    "request_line",
    [b"GARBAGE\r\n\r\n", b"GET / HTTP/1.1\r\nhost: x\r\nbad_header: 1\r\n\r\n"],
    ids=["no HTTP", "bad header"],
)
async def test_what_is_no_request_gets_the_same_body(edge: Edge, request_line: bytes) -> None:
    host, _, port = edge.address.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request_line)
    head = await reader.readuntil(b"\r\n\r\n")
    body = await reader.readexactly(int(re.search(rb"content-length: (\d+)", head)[1]))  # type: ignore[index]
    writer.close()
    assert b"400 Bad Request" in head
    assert list(json.loads(body)) == MEMBERS
    assert json.loads(body)["code"] == "INVALID_REQUEST"


async def test_escaped_slash_in_a_path_is_refused(client: httpx.AsyncClient, bearer: dict[str, str]) -> None:
    response = await client.get("/api/v1/resumes/a%2Fb", headers=bearer)
    assert (response.status_code, response.json()["code"]) == (400, "INVALID_REQUEST")


async def test_no_call_is_let_in_while_auth_is_away_and_all_are_once_it_is_there(tmp_path: Path) -> None:
    upstream = Upstream(Signer())
    port = free_port()
    async with (
        edge_before(tmp_path, upstream.signer, gateway=port, auth=port) as edge,
        httpx.AsyncClient(base_url=edge.url) as client,
    ):
        headers = upstream.signer.bearer()
        problem(await client.get("/api/v1/resumes", headers=headers), 503, "SERVICE_UNAVAILABLE")
        async with serving(upstream, port):
            await edge.until_keys_are_known()
            assert (await client.get("/api/v1/resumes", headers=headers)).status_code == 200


async def test_service_that_never_answers_is_given_up(tmp_path: Path) -> None:
    async def say_nothing(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)

    writers: list[asyncio.StreamWriter] = []
    hole = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = hole.sockets[0].getsockname()[1]
    async with (
        edge_before(tmp_path, Signer(), gateway=port, auth=free_port()) as edge,
        httpx.AsyncClient(base_url=edge.url) as client,
    ):
        problem(await client.get("/"), 504, "DEADLINE_EXCEEDED")
    for writer in writers:
        writer.close()
    hole.close()


async def test_invalid_fields_are_listed(client: httpx.AsyncClient, bearer: dict[str, str], upstream: Upstream) -> None:
    upstream.error = InvalidRequest(FieldViolation("id", "must be a UUID"))
    body = problem(await client.get("/api/v1/resumes/1", headers=bearer), 400, "INVALID_REQUEST")
    assert body["details"] == {"fields": [{"field": "id", "description": "must be a UUID"}]}
