"""The parser service as matching's `ResumeReader`."""

import grpc

from hiremesh.parser.v1 import (
    parser_service_pb2,
    parser_service_pb2_grpc,
    redaction_service_pb2,
    redaction_service_pb2_grpc,
)
from hiremesh.profile.v1 import resume_pb2
from matching_service.convert.resume import anonymous_from_proto, resume_from_proto
from matching_service.domain.errors import InvalidFileFormat, ProcessingFailed
from matching_service.domain.reading import ReadResume
from meshkit.errors import RemoteError

_DOCUMENT_FAULTS = frozenset(
    {
        "DOCUMENT_EMPTY",
        "DOCUMENT_UNREADABLE",
        "DOCUMENT_ENCRYPTED",
        "DOCUMENT_WITHOUT_TEXT",
        "DOCUMENT_TOO_LONG",
        "DOCUMENT_TOO_COMPLEX",
    }
)


class RemoteReader:
    """Calls ParserService, and RedactionService for what is to be judged without knowing who it is about."""

    def __init__(self, channel: grpc.aio.Channel, anonymise: "RemoteRedactor") -> None:
        self._stub: parser_service_pb2_grpc.ParserServiceAsyncStub = parser_service_pb2_grpc.ParserServiceStub(channel)
        self._anonymise = anonymise

    async def read(self, document: bytes, *, filename: str, anonymised: bool, tenant: str) -> ReadResume:
        """See the port."""
        request = parser_service_pb2.ParseDocumentRequest(document=document, filename=filename, tenant=tenant)
        try:
            response = await self._stub.ParseDocument(request)
        except RemoteError as fault:
            if fault.wire_reason == "UNSUPPORTED_FILE_TYPE":
                fields = {name: fault.fields.get(name, "") for name in ("file_type", "allowed")}
                raise InvalidFileFormat(retry_after=None, **fields) from fault
            if fault.wire_reason in _DOCUMENT_FAULTS:
                raise ProcessingFailed(message=str(fault), cause=fault.wire_reason) from fault
            raise
        return await self._anonymise(response.resume) if anonymised else resume_from_proto(response.resume)


class RemoteRedactor:
    """Has parser remove what tells who a resume is about: name, contact, age, gender, nationality, schools and their years."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub: redaction_service_pb2_grpc.RedactionServiceAsyncStub = (
            redaction_service_pb2_grpc.RedactionServiceStub(channel)
        )

    async def __call__(self, resume: resume_pb2.Resume) -> ReadResume:
        """What may be judged of it."""
        request = redaction_service_pb2.RedactResumeRequest(
            resume=resume, options=redaction_service_pb2.RedactionOptions(schools=True)
        )
        response = await self._stub.RedactResume(request)
        return anonymous_from_proto(response.resume, whole=resume)
