"""The parser service as gateway's `DocumentParser`."""

import grpc

from gateway_service.convert import parsed_from_proto
from gateway_service.domain.model import ParsedDocument
from hiremesh.parser.v1 import parser_service_pb2, parser_service_pb2_grpc


class RemoteParser:
    """Calls ParserService. Its errors come back as it raised them."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub: parser_service_pb2_grpc.ParserServiceAsyncStub = parser_service_pb2_grpc.ParserServiceStub(channel)

    async def parse(self, document: bytes, *, filename: str, tenant: str) -> ParsedDocument:
        """See the port."""
        request = parser_service_pb2.ParseDocumentRequest(document=document, filename=filename, tenant=tenant)
        response = await self._stub.ParseDocument(request)
        return parsed_from_proto(response.resume)
