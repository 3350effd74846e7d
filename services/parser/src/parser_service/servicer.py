"""gRPC in: from messages to use cases and back."""

from typing import Any

import grpc

from hiremesh.parser.v1 import parser_service_pb2, parser_service_pb2_grpc
from parser_service.convert import to_proto
from parser_service.usecases import ParseDocument

Context = grpc.aio.ServicerContext[Any, Any]


class ParserServicer(parser_service_pb2_grpc.ParserServiceServicer):
    """Reading documents."""

    def __init__(self, parse: ParseDocument) -> None:
        self._parse = parse

    async def ParseDocument(
        self, request: parser_service_pb2.ParseDocumentRequest, context: Context
    ) -> parser_service_pb2.ParseDocumentResponse:
        parsed = await self._parse(request.document)
        return parser_service_pb2.ParseDocumentResponse(resume=to_proto(parsed))
