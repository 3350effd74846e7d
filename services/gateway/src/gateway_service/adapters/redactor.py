"""The parser service as gateway's `Redactor`."""

import grpc

from gateway_service.convert import stored_to_proto
from gateway_service.domain.model import StoredResume
from hiremesh.parser.v1 import redaction_service_pb2, redaction_service_pb2_grpc


class RemoteRedactor:
    """Calls RedactionService. Its errors come back as it raised them."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub: redaction_service_pb2_grpc.RedactionServiceAsyncStub = (
            redaction_service_pb2_grpc.RedactionServiceStub(channel)
        )

    async def redact_resume(self, resume: StoredResume, *, schools: bool) -> bytes:
        """See the port."""
        request = redaction_service_pb2.RedactResumeRequest(
            resume=stored_to_proto(resume), options=redaction_service_pb2.RedactionOptions(schools=schools)
        )
        response = await self._stub.RedactResume(request)
        return response.resume.SerializeToString()

    async def redact_document(self, document: bytes, resume: StoredResume, *, schools: bool) -> bytes:
        """See the port."""
        request = redaction_service_pb2.RedactDocumentRequest(
            document=document,
            resume=stored_to_proto(resume),
            options=redaction_service_pb2.RedactionOptions(schools=schools),
        )
        response = await self._stub.RedactDocument(request)
        data: bytes = response.document.data
        return data
