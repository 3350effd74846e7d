"""The parser service as matching's `ResumeReader`."""

import grpc

from hiremesh.parser.v1 import parser_service_pb2, parser_service_pb2_grpc
from matching_service.convert.resume import resume_from_proto
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
    """Calls ParserService."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub: parser_service_pb2_grpc.ParserServiceAsyncStub = parser_service_pb2_grpc.ParserServiceStub(channel)

    async def read(self, document: bytes, *, filename: str) -> ReadResume:
        """See the port."""
        request = parser_service_pb2.ParseDocumentRequest(document=document, filename=filename)
        try:
            response = await self._stub.ParseDocument(request)
        except RemoteError as fault:
            if fault.wire_reason == "UNSUPPORTED_FILE_TYPE":
                fields = {name: fault.fields.get(name, "") for name in ("file_type", "allowed")}
                raise InvalidFileFormat(retry_after=None, **fields) from fault
            if fault.wire_reason in _DOCUMENT_FAULTS:
                raise ProcessingFailed(message=str(fault), cause=fault.wire_reason) from fault
            raise
        return resume_from_proto(response.resume)
