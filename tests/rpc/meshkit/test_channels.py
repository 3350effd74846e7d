"""What a service sends along when it calls another one: gateway's contract calls parser's."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2

from hiremesh.gateway.v1 import resume_service_pb2, resume_service_pb2_grpc
from hiremesh.inference.v1 import inference_service_pb2, inference_service_pb2_grpc
from hiremesh.parser.v1 import parser_service_pb2, parser_service_pb2_grpc
from meshkit.channels import open_channel, raise_remote
from meshkit.errors import DeadlineExceeded, DomainError, NotFound, RemoteError, ServiceUnavailable
from meshkit.identity import MESH_TOKEN_HEADER
from meshkit.interceptors.deadline import HOP_SECONDS
from meshkit.server import Servicer
from meshkit.testing import MESH_TOKEN, TokenIssuer, listening, serving, user_metadata

RESUMES = resume_service_pb2.DESCRIPTOR.services_by_name["ResumeService"]
PARSER = parser_service_pb2.DESCRIPTOR.services_by_name["ParserService"]
INFERENCE = inference_service_pb2.DESCRIPTOR.services_by_name["InferenceService"]
TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
RESUME_ID = "0190aaaa-0000-7000-8000-000000000001"
issuer = TokenIssuer()


class Callee(parser_service_pb2_grpc.ParserServiceServicer):
    """Notes what arrives with a call."""

    def __init__(self) -> None:
        self.calls: list[tuple[dict[str, Any], float]] = []

    async def ParseDocument(self, request: Any, context: Any) -> parser_service_pb2.ParseDocumentResponse:
        self.calls.append((dict(context.invocation_metadata()), context.time_remaining()))
        return parser_service_pb2.ParseDocumentResponse()


class Caller(resume_service_pb2_grpc.ResumeServiceServicer):
    """Calls the callee, after as long as it is told."""

    def __init__(self, channel: grpc.aio.Channel, spend_seconds: float) -> None:
        self._stub: Any = parser_service_pb2_grpc.ParserServiceStub(channel)
        self._spend_seconds = spend_seconds

    async def GetResume(self, request: Any, context: Any) -> resume_service_pb2.GetResumeResponse:
        await asyncio.sleep(self._spend_seconds)
        await self._stub.ParseDocument(parser_service_pb2.ParseDocumentRequest())
        return resume_service_pb2.GetResumeResponse()


@asynccontextmanager
async def two_hops(callee: Callee, *, spend_seconds: float = 0) -> AsyncIterator[Any]:
    """A stub of the caller; its calls reach the callee."""
    parser = Servicer(PARSER, parser_service_pb2_grpc.add_ParserServiceServicer_to_server, callee)
    async with listening(parser) as target, open_channel(target, PARSER, mesh_token=MESH_TOKEN) as onward:
        caller = Caller(onward, spend_seconds)  # type: ignore[abstract]  # the rest is not called
        resumes = Servicer(RESUMES, resume_service_pb2_grpc.add_ResumeServiceServicer_to_server, caller)
        async with serving(resumes, verifier=issuer.verifier()) as channel:
            yield resume_service_pb2_grpc.ResumeServiceStub(channel)


def get(stub: Any, *, timeout: float | None = None, metadata: Sequence[tuple[str, str]] = ()) -> Any:
    request = resume_service_pb2.GetResumeRequest(id=RESUME_ID)
    return stub.GetResume(request, timeout=timeout, metadata=(*user_metadata(issuer.token()), *metadata))


async def test_the_users_token_goes_along_to_methods_for_users_and_to_no_others() -> None:
    callee = Callee()
    async with two_hops(callee) as stub:
        await get(stub)
    assert "authorization" not in callee.calls[0][0]  # parser takes the mesh only
    seen: list[dict[str, Any]] = []

    class Keeper(resume_service_pb2_grpc.ResumeServiceServicer):
        async def GetResume(self, request: Any, context: Any) -> resume_service_pb2.GetResumeResponse:
            seen.append(dict(context.invocation_metadata()))
            return resume_service_pb2.GetResumeResponse()

    class Reader(resume_service_pb2_grpc.ResumeServiceServicer):
        def __init__(self, channel: grpc.aio.Channel) -> None:
            self._stub: Any = resume_service_pb2_grpc.ResumeServiceStub(channel)

        async def GetResume(self, request: Any, context: Any) -> Any:
            return await self._stub.GetResume(request)

    add = resume_service_pb2_grpc.add_ResumeServiceServicer_to_server
    keeper = Servicer(RESUMES, add, Keeper())  # type: ignore[abstract]  # the rest is not called
    async with (
        listening(keeper, verifier=issuer.verifier()) as target,
        open_channel(target, RESUMES, mesh_token=MESH_TOKEN) as onward,
        serving(Servicer(RESUMES, add, Reader(onward)), verifier=issuer.verifier()) as channel,  # type: ignore[abstract]
    ):
        await get(resume_service_pb2_grpc.ResumeServiceStub(channel))
    assert [call["authorization"].startswith("Bearer ") for call in seen] == [True]


async def test_the_deadline_is_passed_on_less_the_hop() -> None:
    callee = Callee()
    async with two_hops(callee) as stub:
        await get(stub, timeout=2)
    # gRPC rounds what it sends up to hundredths of a second.
    assert 0 < callee.calls[0][1] < 2 - HOP_SECONDS + 0.01


async def test_the_contracts_timeout_of_the_caller_bounds_the_callee_when_nobody_asks_for_less() -> None:
    callee = Callee()
    async with two_hops(callee) as stub:
        await get(stub)  # GetResume may take 5 s, ParseDocument 30 s
    assert 0 < callee.calls[0][1] <= 5 - HOP_SECONDS


async def test_a_call_is_not_made_when_too_little_time_is_left() -> None:
    callee = Callee()
    async with two_hops(callee, spend_seconds=0.45) as stub:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await get(stub, timeout=0.5)
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert callee.calls == []


async def test_outside_of_a_call_the_contracts_timeout_holds() -> None:
    callee = Callee()
    parser = Servicer(PARSER, parser_service_pb2_grpc.add_ParserServiceServicer_to_server, callee)
    async with listening(parser) as target, open_channel(target, PARSER, mesh_token=MESH_TOKEN) as channel:
        stub: Any = parser_service_pb2_grpc.ParserServiceStub(channel)
        await stub.ParseDocument(parser_service_pb2.ParseDocumentRequest())
        with pytest.raises(DeadlineExceeded):
            await stub.ParseDocument(parser_service_pb2.ParseDocumentRequest(), timeout=0.05)
    # gRPC rounds what it sends up.
    assert [0 < remaining < 30.5 for _, remaining in callee.calls] == [True]


async def test_the_mesh_token_and_the_trace_go_along_and_the_users_token_does_not() -> None:
    callee = Callee()
    async with two_hops(callee) as stub:
        await get(stub, metadata=(("traceparent", f"00-{TRACE_ID}-00f067aa0ba902b7-01"),))
    arrived = callee.calls[0][0]
    assert arrived[MESH_TOKEN_HEADER] == MESH_TOKEN.get_secret_value()
    assert arrived["traceparent"].split("-")[1] == TRACE_ID
    assert "authorization" not in arrived


class Troubled(resume_service_pb2_grpc.ResumeServiceServicer):
    """Fails a number of times before it answers; counts the tries."""

    def __init__(self, faults: Sequence[DomainError]) -> None:
        self._faults = list(faults)
        self.tries = 0

    async def _try(self) -> None:
        self.tries += 1
        if self._faults:
            raise self._faults.pop(0)

    async def GetResume(self, request: Any, context: Any) -> resume_service_pb2.GetResumeResponse:
        await self._try()
        return resume_service_pb2.GetResumeResponse()

    async def ListResumes(self, request: Any, context: Any) -> resume_service_pb2.ListResumesResponse:
        await self._try()
        return resume_service_pb2.ListResumesResponse()

    async def DeleteResume(self, request: Any, context: Any) -> empty_pb2.Empty:
        await self._try()
        return empty_pb2.Empty()

    async def ParseResume(self, request: Any, context: Any) -> resume_service_pb2.ParseResumeResponse:
        await self._try()
        return resume_service_pb2.ParseResumeResponse()


UNAVAILABLE = ServiceUnavailable(service="database")


@asynccontextmanager
async def calling(servicer: Troubled) -> AsyncIterator[Any]:
    resumes = Servicer(RESUMES, resume_service_pb2_grpc.add_ResumeServiceServicer_to_server, servicer)
    async with (
        listening(resumes, verifier=issuer.verifier()) as target,
        open_channel(target, RESUMES, mesh_token=MESH_TOKEN) as channel,
    ):
        yield resume_service_pb2_grpc.ResumeServiceStub(channel)


async def test_a_method_that_is_idempotent_is_tried_again_while_the_service_is_unavailable() -> None:
    servicer = Troubled([UNAVAILABLE] * 2)
    async with calling(servicer) as stub:
        await stub.ListResumes(resume_service_pb2.ListResumesRequest(), metadata=user_metadata(issuer.token()))
    assert servicer.tries == 3


async def test_trying_again_has_an_end_and_the_last_fault_is_raised() -> None:
    servicer = Troubled([UNAVAILABLE] * 9)
    async with calling(servicer) as stub:
        with pytest.raises(RemoteError) as caught:
            await stub.ListResumes(resume_service_pb2.ListResumesRequest(), metadata=user_metadata(issuer.token()))
    assert (servicer.tries, caught.value.wire_reason) == (4, "SERVICE_UNAVAILABLE")


async def test_a_method_that_is_not_idempotent_is_tried_once() -> None:
    servicer = Troubled([UNAVAILABLE])
    request = resume_service_pb2.ParseResumeRequest(document={"data": b"x"})
    async with calling(servicer) as stub:
        with pytest.raises(RemoteError):
            await stub.ParseResume(request, metadata=user_metadata(issuer.token()))
    assert servicer.tries == 1


async def test_a_fault_other_than_unavailable_is_not_tried_again() -> None:
    servicer = Troubled([NotFound(resource="Resume")])
    async with calling(servicer) as stub:
        with pytest.raises(RemoteError) as caught:
            await stub.ListResumes(resume_service_pb2.ListResumesRequest(), metadata=user_metadata(issuer.token()))
    assert (servicer.tries, caught.value.fields) == (1, {"resource": "Resume"})


async def test_a_service_that_comes_back_on_its_port_is_reached_over_the_same_channel() -> None:
    resumes = Servicer(RESUMES, resume_service_pb2_grpc.add_ResumeServiceServicer_to_server, Troubled([]))
    request = resume_service_pb2.ListResumesRequest()
    metadata = user_metadata(issuer.token())
    async with listening(resumes, verifier=issuer.verifier()) as target:
        channel = open_channel(target, RESUMES, mesh_token=MESH_TOKEN)
        stub: Any = resume_service_pb2_grpc.ResumeServiceStub(channel)
        await stub.ListResumes(request, metadata=metadata)
    with pytest.raises(RemoteError):
        await stub.ListResumes(request, metadata=metadata)
    port = int(target.rpartition(":")[2])
    async with listening(resumes, verifier=issuer.verifier(), port=port), channel:
        await stub.ListResumes(request, metadata=metadata, wait_for_ready=True)


class Inference(inference_service_pb2_grpc.InferenceServiceServicer):
    async def Generate(self, request: Any, context: Any) -> AsyncIterator[inference_service_pb2.GenerateResponse]:
        yield inference_service_pb2.GenerateResponse(delta="one")
        raise NotFound(resource="Model")


async def test_a_stream_carries_the_mesh_token_and_its_failure_can_be_raised_as_it_came() -> None:
    implementation = Inference()  # type: ignore[abstract]  # the rest is not called
    inference = Servicer(INFERENCE, inference_service_pb2_grpc.add_InferenceServiceServicer_to_server, implementation)
    request = inference_service_pb2.GenerateRequest(messages=[inference_service_pb2.Message(role="user", content="hi")])
    async with listening(inference) as target, open_channel(target, INFERENCE, mesh_token=MESH_TOKEN) as channel:
        stub: Any = inference_service_pb2_grpc.InferenceServiceStub(channel)
        call = stub.Generate(request)
        received = [(await call.read()).delta]
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call.read()
    with pytest.raises(RemoteError, match="Model not found"):
        raise_remote(caught.value)
    assert received == ["one"]
