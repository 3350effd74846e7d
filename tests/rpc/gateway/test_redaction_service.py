"""RedactionService through a real server with all layers; the redactor is a real server too, storage is in memory."""

import json
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from google.api import httpbody_pb2
from grpc_status import rpc_status

from gateway_service.adapters.redactor import RemoteRedactor
from gateway_service.domain.model import Caller
from gateway_service.servicer.redaction import RedactionServicer
from gateway_service.usecases import RedactResume
from hiremesh.gateway.v1 import redaction_service_pb2, redaction_service_pb2_grpc
from hiremesh.parser.v1 import redaction_service_pb2 as parser_pb2
from hiremesh.parser.v1 import redaction_service_pb2_grpc as parser_pb2_grpc
from hiremesh.profile.v1 import resume_pb2
from meshkit.channels import open_channel, to_remote_error
from meshkit.errors import RemoteError
from meshkit.server import Servicer
from meshkit.testing import MESH_TOKEN, TokenIssuer, listening, serving, user_metadata
from parser_service.domain.errors import RedactionIncomplete
from tests.support.builders.gateway import OTHER_USER, USER, upload
from tests.support.fakes.gateway import GatewayOnFakes

GATEWAY = redaction_service_pb2.DESCRIPTOR.services_by_name["RedactionService"]
PARSER = parser_pb2.DESCRIPTOR.services_by_name["RedactionService"]
issuer = TokenIssuer()


class ScriptedRedactor(parser_pb2_grpc.RedactionServiceServicer):
    """Answers with a resume without a person, or with a fault; remembers what it was sent."""

    def __init__(self) -> None:
        self.requests: list[Any] = []
        self.fault: Exception | None = None

    async def RedactResume(self, request: Any, context: Any) -> parser_pb2.RedactResumeResponse:
        self.requests.append(request)
        return parser_pb2.RedactResumeResponse(
            resume=resume_pb2.Resume(summary="[removed] maps rivers", skills=["QGIS"])
        )

    async def RedactDocument(self, request: Any, context: Any) -> parser_pb2.RedactDocumentResponse:
        self.requests.append(request)
        if self.fault is not None:
            raise self.fault
        return parser_pb2.RedactDocumentResponse(
            document=httpbody_pb2.HttpBody(content_type="application/pdf", data=b"%PDF-redacted")
        )


class Gateway:
    """A gateway with one stored resume, its redactor, and what a client of it does."""

    def __init__(self) -> None:
        self.fakes = GatewayOnFakes()
        self.redactor = ScriptedRedactor()
        self.resume_id = ""
        self.stub: Any = None

    async def get(self, *, user: str = USER, **request: Any) -> httpbody_pb2.HttpBody:
        message = redaction_service_pb2.GetRedactedResumeRequest(**{"id": self.resume_id} | request)
        body: httpbody_pb2.HttpBody = await self.stub.GetRedactedResume(
            message, metadata=user_metadata(issuer.token(user))
        )
        return body

    async def failure(self, **request: Any) -> RemoteError:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await self.get(**request)
        return to_remote_error(rpc_status.from_call(caught.value), caught.value)


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    gateway = Gateway()
    answer = await gateway.fakes.parse(upload(b"the original"), Caller(USER, USER, ""))
    gateway.resume_id = answer.resume.id
    redactor = Servicer(PARSER, parser_pb2_grpc.add_RedactionServiceServicer_to_server, gateway.redactor)
    add = redaction_service_pb2_grpc.add_RedactionServiceServicer_to_server
    async with (
        listening(redactor) as target,
        open_channel(target, PARSER, mesh_token=MESH_TOKEN) as parser,
        serving(
            Servicer(GATEWAY, add, RedactionServicer(RedactResume(gateway.fakes.keep, RemoteRedactor(parser)))),
            verifier=issuer.verifier(),
        ) as channel,
    ):
        gateway.stub = redaction_service_pb2_grpc.RedactionServiceStub(channel)
        yield gateway


async def test_the_redacted_resume_is_json_as_the_edge_prints_it(gateway: Gateway) -> None:
    body = await gateway.get()
    resume = json.loads(body.data)
    assert body.content_type == "application/json"
    assert (resume["summary"], resume["skills"], resume["total_years_experience"]) == (
        "[removed] maps rivers",
        ["QGIS"],
        0,
    )
    assert gateway.redactor.requests[0].resume.personal.name == "Ada Example"
    assert gateway.redactor.requests[0].resume.metadata.resume_id == gateway.resume_id


async def test_as_pdf_the_original_is_redacted(gateway: Gateway) -> None:
    body = await gateway.get(format="pdf", schools=True)
    assert (body.content_type, body.data) == ("application/pdf", b"%PDF-redacted")
    (request,) = gateway.redactor.requests
    assert (request.document, request.resume.personal.name, request.options.schools) == (
        b"the original",
        "Ada Example",
        True,
    )


@pytest.mark.parametrize("form", ["json", "pdf"])
async def test_a_resume_of_somebody_else_is_not_found(gateway: Gateway, form: str) -> None:
    error = await gateway.failure(user=OTHER_USER, format=form)
    assert (error.wire_reason, str(error)) == ("NOT_FOUND", "Resume not found")
    assert gateway.redactor.requests == []


async def test_other_formats_are_refused(gateway: Gateway) -> None:
    error = await gateway.failure(format="docx")
    assert [violation.field for violation in error.violations] == ["format"]


async def test_a_document_that_could_not_be_redacted_is_not_handed_out(gateway: Gateway) -> None:
    gateway.redactor.fault = RedactionIncomplete(page=2)
    error = await gateway.failure(format="pdf")
    assert (error.wire_reason, error.fields) == ("REDACTION_INCOMPLETE", {"page": "2"})
