"""What gets through the edge, and in which shape it arrives on either side."""

import asyncio
import json
from typing import Any

import grpc
import httpx
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from hiremesh.auth.v1 import auth_service_pb2, user_pb2
from hiremesh.gateway.v1 import resume_service_pb2, resume_service_pb2_grpc, status_service_pb2
from hiremesh.parser.v1 import parser_service_pb2, parser_service_pb2_grpc
from hiremesh.profile.v1 import resume_pb2
from meshkit.errors import NotFound
from tests.integration.edge.conftest import Edge, Upstream

SITE = "http://localhost:5173"


async def test_form_arrives_as_it_was_sent(
    client: httpx.AsyncClient, bearer: dict[str, str], upstream: Upstream
) -> None:
    form: Any = {"fileType": (None, "file"), "file": ("cv.pdf", b"%PDF-1.7 \x00\xff", "application/pdf")}
    response = await client.post("/parse-resume?fresh=true", headers=bearer, files=form)
    assert response.status_code == 200
    request = upstream.requests[0]
    assert isinstance(request, resume_service_pb2.ParseResumeRequest)
    assert request.document.content_type.startswith("multipart/form-data; boundary=")
    assert b"%PDF-1.7 \x00\xff" in request.document.data
    assert request.fresh


async def test_answer_is_the_field_that_the_contract_names(
    client: httpx.AsyncClient, bearer: dict[str, str], upstream: Upstream
) -> None:
    resume = resume_pb2.Resume(
        personal=resume_pb2.Personal(name='A "B" } ü\n'),
        skills=["C]"],
        metadata=resume_pb2.ResumeMetadata(parseTime=1.5),
    )
    upstream.answer = resume_service_pb2.ParseResumeResponse(resume=resume)
    for path in ("/parse-resume", "/api/v1/parse-resume", "/api/v1/parse-resume/"):
        body = (await client.post(path, headers=bearer, files={"file": b"x"})).json()
        assert body["personal"]["name"] == 'A "B" } ü\n'
        assert body["skills"] == ["C]"]
        assert body["metadata"]["parseTime"] == 1.5
        assert body["experience"] == []  # empty lists are printed


async def test_answers_of_megabytes_come_through(
    client: httpx.AsyncClient, bearer: dict[str, str], upstream: Upstream
) -> None:
    resume = resume_pb2.Resume(summary="ü" * 2_000_000)
    upstream.answer = resume_service_pb2.ParseResumeResponse(resume=resume)
    response = await client.post("/parse-resume", headers=bearer, files={"file": b"x"})
    assert response.json()["summary"] == resume.summary


async def test_answer_without_the_field_is_an_empty_object(
    client: httpx.AsyncClient, bearer: dict[str, str], upstream: Upstream
) -> None:
    assert (await client.get("/api/v1/resumes/1", headers=bearer)).json() == {}


async def test_path_and_query_become_fields(
    client: httpx.AsyncClient, bearer: dict[str, str], upstream: Upstream
) -> None:
    await client.get("/api/v1/resumes/7", headers=bearer)
    await client.get("/api/v1/resumes/?page_size=3", headers=bearer)
    # A space as forms and browsers write it, and a sign of its own.
    await client.get("/api/v1/resumes?page_token=a+b%20c%2Bd", headers=bearer)
    assert upstream.requests == [
        resume_service_pb2.GetResumeRequest(id="7"),
        resume_service_pb2.ListResumesRequest(page_size=3),
        resume_service_pb2.ListResumesRequest(page_token="a b c+d"),
    ]


async def test_service_chooses_the_status_of_success(client: httpx.AsyncClient, upstream: Upstream) -> None:
    upstream.answer = auth_service_pb2.RegisterResponse(user=user_pb2.User(email="ada@example.org"))
    upstream.initial_metadata = (("x-http-code", "201"),)
    response = await client.post("/api/register", json={"email": "ada@example.org"})
    assert response.status_code == 201
    assert response.json()["email"] == "ada@example.org"
    assert not [name for name in response.headers if name == "x-http-code" or name.startswith("grpc-")]


async def test_body_of_an_unhealthy_mesh_is_not_made_a_problem(client: httpx.AsyncClient, upstream: Upstream) -> None:
    upstream.answer = status_service_pb2.GetHealthResponse(status="unhealthy")
    upstream.initial_metadata = (("x-http-code", "503"),)
    response = await client.get("/health/")
    assert response.status_code == 503
    assert response.json()["status"] == "unhealthy"


async def test_keys_are_published_in_the_standard_shape(client: httpx.AsyncClient, edge: Edge) -> None:
    keys = (await client.get("/.well-known/jwks.json")).json()["keys"]
    assert [key["kid"] for key in keys] == ["edge-tests"]


async def test_identity_that_a_caller_claims_is_stripped(
    client: httpx.AsyncClient, bearer: dict[str, str], upstream: Upstream
) -> None:
    claimed = (
        "x-user-id",
        "x-tenant",
        "x-scopes",
        "x-roles",
        "x-mesh-token",
        "x-envoy-original-path",
        "x-envoy-max-retries",
    )
    await client.get("/api/v1/resumes", headers=bearer | dict.fromkeys(claimed, "root"))
    assert "root" not in upstream.metadata.values()
    assert upstream.metadata["authorization"] == bearer["authorization"]  # services verify again


async def test_deadline_of_the_contract_reaches_the_service(
    client: httpx.AsyncClient, bearer: dict[str, str], upstream: Upstream
) -> None:
    await client.get("/api/v1/resumes", headers=bearer | {"grpc-timeout": "9999S"})
    assert upstream.seconds_left is not None
    assert 0 < upstream.seconds_left <= 5


async def test_trace_is_passed_on(client: httpx.AsyncClient, upstream: Upstream) -> None:
    trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
    response = await client.get("/", headers={"traceparent": f"00-{trace_id}-00f067aa0ba902b7-01"})
    assert upstream.metadata["traceparent"].split("-")[1] == trace_id
    assert response.headers["x-trace-id"] == trace_id


async def test_preflight_is_answered_without_a_token(client: httpx.AsyncClient) -> None:
    headers = {
        "origin": SITE,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization",
    }
    response = await client.options("/api/v1/parse-resume", headers=headers)
    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == SITE
    assert "authorization" in response.headers["access-control-allow-headers"]
    assert "POST" in response.headers["access-control-allow-methods"]


async def test_allowed_sites_may_read_answers_and_errors(client: httpx.AsyncClient, upstream: Upstream) -> None:
    for path, status in (("/", 200), ("/api/v1/resumes", 401)):
        response = await client.get(path, headers={"origin": SITE})
        assert response.status_code == status
        assert response.headers["access-control-allow-origin"] == SITE


async def test_pages_of_the_edge_itself_may_call_it(client: httpx.AsyncClient, edge: Edge, upstream: Upstream) -> None:
    assert (await client.get("/", headers={"origin": edge.url})).status_code == 200


async def test_access_log_holds_no_secret(client: httpx.AsyncClient, edge: Edge, upstream: Upstream) -> None:
    user = "0190f5e2-7c11-7000-8000-00000000abcd"
    bearer = edge.signer.bearer(sub=user)
    response = await client.get("/api/v1/resumes?page_token=hush-hush", headers=bearer)
    await client.get("/api/v1/resumes?authorization=hush-hush")

    def lines() -> list[str]:
        return edge.access_log.read_text().splitlines()

    async with asyncio.timeout(120):
        while not (found := [line for line in lines() if response.headers["x-trace-id"] in line]):  # noqa: ASYNC110  # Envoy writes it when it likes
            await asyncio.sleep(0.05)
    entry = json.loads(found[0])
    assert entry["path"] == "/api/v1/resumes"
    assert entry["route"] == "hiremesh.gateway.v1.ResumeService/ListResumes"
    assert entry["status"] == 200
    assert entry["user_id"] == user
    assert not any("hush-hush" in line or bearer["authorization"][7:] in line for line in lines())


# ---------------------------------------------------------------- gRPC on the same port


def metadata(bearer: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(bearer.items())


async def test_grpc_call_goes_through_with_its_deadline(edge: Edge, bearer: dict[str, str], upstream: Upstream) -> None:
    upstream.answer = resume_service_pb2.ParseResumeResponse(resume=resume_pb2.Resume(summary="s"))
    async with grpc.aio.insecure_channel(edge.address) as channel:
        stub = resume_service_pb2_grpc.ResumeServiceStub(channel)
        response = await stub.ParseResume(resume_service_pb2.ParseResumeRequest(), timeout=3, metadata=metadata(bearer))
    assert response == upstream.answer
    assert upstream.seconds_left is not None
    assert upstream.seconds_left <= 3


async def test_grpc_call_without_a_deadline_gets_that_of_the_contract(
    edge: Edge, bearer: dict[str, str], upstream: Upstream
) -> None:
    async with grpc.aio.insecure_channel(edge.address) as channel:
        stub = resume_service_pb2_grpc.ResumeServiceStub(channel)
        await stub.ListResumes(resume_service_pb2.ListResumesRequest(), metadata=metadata(bearer))
    assert upstream.seconds_left is not None
    assert upstream.seconds_left <= 5


def reason(error: grpc.aio.AioRpcError) -> str:
    status = rpc_status.from_call(error)
    assert status is not None
    info = error_details_pb2.ErrorInfo()
    assert status.details[0].Unpack(info)
    return str(info.reason)


async def test_grpc_errors_of_the_edge_are_typed(edge: Edge) -> None:
    async with grpc.aio.insecure_channel(edge.address) as channel:
        stub = resume_service_pb2_grpc.ResumeServiceStub(channel)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.ListResumes(resume_service_pb2.ListResumesRequest())
    assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
    assert caught.value.details() == "Invalid or expired token"
    assert reason(caught.value) == "INVALID_TOKEN"


async def test_grpc_errors_of_services_stay_as_they_are(edge: Edge, bearer: dict[str, str], upstream: Upstream) -> None:
    upstream.error = NotFound(resource="Resume")
    async with grpc.aio.insecure_channel(edge.address) as channel:
        stub = resume_service_pb2_grpc.ResumeServiceStub(channel)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.GetResume(resume_service_pb2.GetResumeRequest(id="1"), metadata=metadata(bearer))
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND
    assert caught.value.details() == "Resume not found"
    assert reason(caught.value) == "NOT_FOUND"


async def test_grpc_clients_learn_when_to_retry(edge: Edge, bearer: dict[str, str], upstream: Upstream) -> None:
    async with grpc.aio.insecure_channel(edge.address) as channel:
        stub = resume_service_pb2_grpc.ResumeServiceStub(channel)
        for _ in range(100):
            await stub.ListResumes(resume_service_pb2.ListResumesRequest(), metadata=metadata(bearer))
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.ListResumes(resume_service_pb2.ListResumesRequest(), metadata=metadata(bearer))
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert reason(caught.value) == "RATE_LIMITED"
    status = rpc_status.from_call(caught.value)
    assert status is not None
    retry = error_details_pb2.RetryInfo()
    assert status.details[1].Unpack(retry)
    assert 1 <= retry.retry_delay.seconds <= 60


async def test_services_of_the_mesh_are_unknown_to_grpc_clients(edge: Edge, bearer: dict[str, str]) -> None:
    async with grpc.aio.insecure_channel(edge.address) as channel:
        stub = parser_service_pb2_grpc.ParserServiceStub(channel)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.ParseDocument(parser_service_pb2.ParseDocumentRequest(), metadata=metadata(bearer))
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_grpc_web_call_goes_through(
    client: httpx.AsyncClient, bearer: dict[str, str], upstream: Upstream
) -> None:
    upstream.answer = resume_service_pb2.ListResumesResponse(next_page_token="next")
    headers = bearer | {"content-type": "application/grpc-web+proto", "x-grpc-web": "1", "origin": SITE}
    path = "/hiremesh.gateway.v1.ResumeService/ListResumes"
    response = await client.post(path, headers=headers, content=b"\x00\x00\x00\x00\x00")
    assert response.headers["content-type"] == "application/grpc-web+proto"
    size = int.from_bytes(response.content[1:5])
    assert resume_service_pb2.ListResumesResponse.FromString(response.content[5 : 5 + size]) == upstream.answer
    assert b"grpc-status:0" in response.content[5 + size :]


async def test_grpc_web_errors_of_the_edge_are_typed(client: httpx.AsyncClient) -> None:
    headers = {"content-type": "application/grpc-web+proto", "x-grpc-web": "1"}
    path = "/hiremesh.gateway.v1.ResumeService/ListResumes"
    response = await client.post(path, headers=headers, content=b"\x00\x00\x00\x00\x00")
    assert response.status_code == 200
    assert response.headers["grpc-status"] == "16"
    assert response.headers["grpc-message"] == "Invalid or expired token"
    assert response.content == b""
