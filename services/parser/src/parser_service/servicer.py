"""gRPC in: from messages to use cases and back."""

from typing import Any

import grpc
from google.api import httpbody_pb2

from hiremesh.parser.v1 import (
    parser_service_pb2,
    parser_service_pb2_grpc,
    redaction_service_pb2,
    redaction_service_pb2_grpc,
)
from parser_service.convert import from_json, to_json, to_proto
from parser_service.domain.model import Errand
from parser_service.domain.redaction import RedactionOptions
from parser_service.usecases import ParseDocument, Redact

Context = grpc.aio.ServicerContext[Any, Any]


class ParserServicer(parser_service_pb2_grpc.ParserServiceServicer):
    """Reading documents."""

    def __init__(self, parse: ParseDocument) -> None:
        self._parse = parse

    async def ParseDocument(
        self, request: parser_service_pb2.ParseDocumentRequest, context: Context
    ) -> parser_service_pb2.ParseDocumentResponse:
        parsed = await self._parse(request.document, errand=Errand(request.tenant))
        return parser_service_pb2.ParseDocumentResponse(resume=to_proto(parsed))


class RedactionServicer(redaction_service_pb2_grpc.RedactionServiceServicer):
    """The anonymised view."""

    def __init__(self, redact: Redact) -> None:
        self._redact = redact

    async def RedactResume(
        self, request: redaction_service_pb2.RedactResumeRequest, context: Context
    ) -> redaction_service_pb2.RedactResumeResponse:
        options = RedactionOptions(schools=request.options.schools)
        redacted = await self._redact.resume(to_json(request.resume), options)
        return redaction_service_pb2.RedactResumeResponse(resume=from_json(redacted))

    async def RedactDocument(
        self, request: redaction_service_pb2.RedactDocumentRequest, context: Context
    ) -> redaction_service_pb2.RedactDocumentResponse:
        options = RedactionOptions(schools=request.options.schools)
        redacted = await self._redact.document(request.document, to_json(request.resume), options)
        body = httpbody_pb2.HttpBody(content_type="application/pdf", data=redacted)
        return redaction_service_pb2.RedactDocumentResponse(document=body)
