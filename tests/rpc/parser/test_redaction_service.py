"""RedactionService through a real server and real worker processes."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import grpc
import pymupdf
import pytest
from grpc_status import rpc_status
from structlog.testing import capture_logs

from hiremesh.parser.v1 import redaction_service_pb2, redaction_service_pb2_grpc
from hiremesh.profile.v1 import resume_pb2
from meshkit.channels import to_remote_error
from meshkit.server import Servicer
from meshkit.testing import TokenIssuer, mesh_metadata, serving, user_metadata
from parser_service.adapters.reader import read_bytes
from parser_service.adapters.workers import WorkerPool
from parser_service.convert import to_proto
from parser_service.domain.model import ParsedDocument
from parser_service.servicer import RedactionServicer
from parser_service.usecases import Redact
from tests.support.builders import documents

REDACTION = redaction_service_pb2.DESCRIPTOR.services_by_name["RedactionService"]
TODAY = date(2026, 3, 15)


@pytest.fixture(scope="module")
async def stub() -> AsyncIterator[Any]:
    workers = WorkerPool(
        workers=1,
        queue=4,
        timeout=timedelta(seconds=20),
        memory_bytes=2 * 1024**3,
        documents_per_worker=500,
        today=lambda: TODAY,
    )
    await workers.warm_up()
    add = redaction_service_pb2_grpc.add_RedactionServiceServicer_to_server
    async with serving(Servicer(REDACTION, add, RedactionServicer(Redact(workers)))) as channel:
        yield redaction_service_pb2_grpc.RedactionServiceStub(channel)
    workers.close()


def resume_of(document: bytes) -> resume_pb2.Resume:
    return to_proto(ParsedDocument(read_bytes(document, TODAY), (), digest="", size=len(document), seconds=0))


async def test_a_resume_comes_back_without_the_person(stub: Any) -> None:
    resume = resume_of(documents.pdf_resume())
    request = redaction_service_pb2.RedactResumeRequest(resume=resume)
    redacted = (await stub.RedactResume(request, metadata=mesh_metadata())).resume
    assert redacted.experience == resume.experience
    assert redacted.education == resume.education
    assert "mirela" not in str(redacted).lower()
    assert not redacted.personal.email


async def test_options_are_heeded(stub: Any) -> None:
    request = redaction_service_pb2.RedactResumeRequest(
        resume=resume_of(documents.pdf_resume()), options=redaction_service_pb2.RedactionOptions(schools=True)
    )
    redacted = (await stub.RedactResume(request, metadata=mesh_metadata())).resume
    assert "Windesheim" not in str(redacted)
    assert redacted.education[0].degree


@pytest.mark.parametrize("document", [documents.pdf_resume(), documents.docx_resume(), documents.text_resume()])
async def test_a_document_comes_back_as_a_pdf_without_the_person(stub: Any, document: bytes) -> None:
    request = redaction_service_pb2.RedactDocumentRequest(document=document, resume=resume_of(document))
    body = (await stub.RedactDocument(request, metadata=mesh_metadata())).document
    assert body.content_type == "application/pdf"
    opened: Any = pymupdf.open(stream=body.data, filetype="pdf")  # type: ignore[no-untyped-call]  # pymupdf ships no types
    text = "".join(page.get_text() for page in opened)
    assert "Noordzee Analytics" in text
    assert "Mirela" not in text
    assert documents.EMAIL not in text


async def test_a_document_that_cannot_be_read_is_refused_with_its_reason(stub: Any) -> None:
    request = redaction_service_pb2.RedactDocumentRequest(
        document=documents.encrypted_pdf(), resume=resume_of(documents.text_resume())
    )
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await stub.RedactDocument(request, metadata=mesh_metadata())
    assert to_remote_error(rpc_status.from_call(caught.value), caught.value).wire_reason == "DOCUMENT_ENCRYPTED"


async def test_only_the_mesh_may_ask(stub: Any) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await stub.RedactResume(
            redaction_service_pb2.RedactResumeRequest(resume=resume_pb2.Resume()),
            metadata=user_metadata(TokenIssuer().token("user-1")),
        )
    assert caught.value.code() in (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED)


async def test_the_log_holds_nothing_of_the_resume(stub: Any) -> None:
    document = documents.text_resume()
    with capture_logs() as lines:
        await stub.RedactDocument(
            redaction_service_pb2.RedactDocumentRequest(document=document, resume=resume_of(document)),
            metadata=mesh_metadata(),
        )
    assert lines
    assert "mirela" not in str(lines).lower()
