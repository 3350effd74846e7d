"""The layers around an RPC, through a real server: MatchingService and InferenceService lend their contracts."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_status import rpc_status

from hiremesh.gateway.v1 import resume_service_pb2, resume_service_pb2_grpc, status_service_pb2, status_service_pb2_grpc
from hiremesh.inference.v1 import inference_service_pb2, inference_service_pb2_grpc
from meshkit.channels import to_remote_error
from meshkit.errors import NotFound, RemoteError
from meshkit.identity import current_principal
from meshkit.server import Servicer
from meshkit.testing import TokenIssuer, mesh_metadata, serving, user_metadata

RESUME_ID = "0190aaaa-0000-7000-8000-000000000001"


class Resumes(resume_service_pb2_grpc.ResumeServiceServicer):
    async def GetResume(self, request: Any, context: Any) -> resume_service_pb2.GetResumeResponse:
        response = resume_service_pb2.GetResumeResponse()
        response.resume.metadata.user_id = current_principal().user_id
        return response

    async def DeleteResume(self, request: Any, context: Any) -> Any:
        raise NotFound(resource="Resume")

    async def ListResumes(self, request: Any, context: Any) -> Any:
        raise ValueError("john@example.com is secret")


class Status(status_service_pb2_grpc.StatusServiceServicer):
    async def GetStatus(self, request: Any, context: Any) -> status_service_pb2.GetStatusResponse:
        await asyncio.sleep(30)
        return status_service_pb2.GetStatusResponse()


class Inference(inference_service_pb2_grpc.InferenceServiceServicer):
    async def Generate(self, request: Any, context: Any) -> AsyncIterator[inference_service_pb2.GenerateResponse]:
        yield inference_service_pb2.GenerateResponse(delta="one")
        raise NotFound(resource="Model")

    async def Embed(self, request: Any, context: Any) -> inference_service_pb2.EmbedResponse:
        return inference_service_pb2.EmbedResponse(model="m")


def servicers() -> list[Servicer]:
    return [
        Servicer(
            resume_service_pb2.DESCRIPTOR.services_by_name["ResumeService"],
            resume_service_pb2_grpc.add_ResumeServiceServicer_to_server,
            Resumes(),
        ),
        Servicer(
            status_service_pb2.DESCRIPTOR.services_by_name["StatusService"],
            status_service_pb2_grpc.add_StatusServiceServicer_to_server,
            Status(),
        ),
        Servicer(
            inference_service_pb2.DESCRIPTOR.services_by_name["InferenceService"],
            inference_service_pb2_grpc.add_InferenceServiceServicer_to_server,
            Inference(),
        ),
    ]


issuer = TokenIssuer()


@pytest.fixture(scope="module")
async def channel() -> AsyncIterator[grpc.aio.Channel]:
    async with serving(*servicers(), verifier=issuer.verifier()) as open_channel:
        yield open_channel


async def failure(call: Any) -> RemoteError:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return to_remote_error(rpc_status.from_call(caught.value), caught.value)


def resumes(channel: grpc.aio.Channel) -> Any:
    return resume_service_pb2_grpc.ResumeServiceStub(channel)


async def test_a_user_with_a_valid_token_reaches_the_servicer_as_principal(channel: grpc.aio.Channel) -> None:
    response = await resumes(channel).GetResume(
        resume_service_pb2.GetResumeRequest(id=RESUME_ID), metadata=user_metadata(issuer.token("user-7"))
    )
    assert response.resume.metadata.user_id == "user-7"


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(issuer.token(exp=1), id="expired"),
        pytest.param(issuer.token(aud="other"), id="other audience"),
        pytest.param(issuer.token(iss="other"), id="other issuer"),
        pytest.param(issuer.token(sub=None), id="no subject"),
        pytest.param(TokenIssuer().token(), id="signed by somebody else"),
        pytest.param("eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.", id="alg none"),
        pytest.param("not-a-token", id="garbage"),
        pytest.param("", id="empty"),
    ],
)
async def test_a_token_at_fault_is_refused_without_saying_why(channel: grpc.aio.Channel, token: str) -> None:
    call = resumes(channel).GetResume(resume_service_pb2.GetResumeRequest(id=RESUME_ID), metadata=user_metadata(token))
    error = await failure(call)
    assert (error.wire_reason, str(error)) == ("INVALID_TOKEN", "Invalid or expired token")


async def test_a_call_without_a_token_is_refused(channel: grpc.aio.Channel) -> None:
    error = await failure(resumes(channel).GetResume(resume_service_pb2.GetResumeRequest(id=RESUME_ID)))
    assert error.wire_reason == "INVALID_TOKEN"


async def test_a_mesh_method_is_refused_to_users(channel: grpc.aio.Channel) -> None:
    stub: Any = inference_service_pb2_grpc.InferenceServiceStub(channel)
    error = await failure(
        stub.Embed(inference_service_pb2.EmbedRequest(texts=["a"]), metadata=user_metadata(issuer.token()))
    )
    assert error.wire_reason == "PERMISSION_DENIED"


async def test_a_mesh_method_serves_the_mesh(channel: grpc.aio.Channel) -> None:
    stub: Any = inference_service_pb2_grpc.InferenceServiceStub(channel)
    response = await stub.Embed(inference_service_pb2.EmbedRequest(texts=["a"]), metadata=mesh_metadata())
    assert response.model == "m"


async def test_a_request_against_the_contract_is_refused_with_the_path_of_the_field(channel: grpc.aio.Channel) -> None:
    stub: Any = inference_service_pb2_grpc.InferenceServiceStub(channel)
    call = stub.Embed(inference_service_pb2.EmbedRequest(texts=["a", ""]), metadata=mesh_metadata())
    error = await failure(call)
    assert error.wire_reason == "INVALID_REQUEST"
    assert [violation.field for violation in error.violations] == ["texts[1]"]


async def test_a_domain_error_arrives_with_reason_and_fields(channel: grpc.aio.Channel) -> None:
    call = resumes(channel).DeleteResume(
        resume_service_pb2.DeleteResumeRequest(id=RESUME_ID), metadata=user_metadata(issuer.token())
    )
    error = await failure(call)
    assert (error.wire_reason, str(error), error.fields) == ("NOT_FOUND", "Resume not found", {"resource": "Resume"})


async def test_an_unexpected_error_tells_an_id_and_nothing_else(channel: grpc.aio.Channel) -> None:
    call = resumes(channel).ListResumes(resume_service_pb2.ListResumesRequest(), metadata=user_metadata(issuer.token()))
    error = await failure(call)
    assert error.wire_reason == "INTERNAL"
    assert "john" not in str(error)
    assert len(str(error.fields["error_id"])) == 32


async def test_the_contracts_timeout_holds_without_a_deadline_of_the_caller(channel: grpc.aio.Channel) -> None:
    stub: Any = status_service_pb2_grpc.StatusServiceStub(channel)
    error = await failure(stub.GetStatus(status_service_pb2.GetStatusRequest()))  # the contract allows 2 s
    assert error.wire_reason == "DEADLINE_EXCEEDED"


async def test_a_stream_that_fails_midway_delivers_what_came_before_and_then_the_error(
    channel: grpc.aio.Channel,
) -> None:
    stub: Any = inference_service_pb2_grpc.InferenceServiceStub(channel)
    request = inference_service_pb2.GenerateRequest(messages=[{"role": "user", "content": "hi"}])
    call = stub.Generate(request, metadata=mesh_metadata())
    assert (await call.read()).delta == "one"
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call.read()
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND


async def test_health_can_be_watched(channel: grpc.aio.Channel) -> None:
    watch: Any = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(service="unheard.of"))
    response = await watch.read()
    assert response.status == health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
    watch.cancel()
