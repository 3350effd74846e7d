"""Parser without worker processes and without a taxonomy."""

from collections.abc import Awaitable, Callable
from typing import Any

from hiremesh.parser.v1 import parser_service_pb2, parser_service_pb2_grpc
from hiremesh.profile.v1 import resume_pb2
from meshkit.server import Servicer
from parser_service.domain.model import SkillDetail

PARSER = parser_service_pb2.DESCRIPTOR.services_by_name["ParserService"]


class ScriptedParserServicer(parser_service_pb2_grpc.ParserServiceServicer):
    """Answers every document with one resume, or one fault; remembers what it was sent."""

    def __init__(self) -> None:
        self.requests: list[parser_service_pb2.ParseDocumentRequest] = []
        self.answer = resume_pb2.Resume()
        self.fault: Exception | None = None
        # Awaited before each answer.
        self.meanwhile: Callable[[], Awaitable[None]] | None = None

    async def ParseDocument(
        self, request: parser_service_pb2.ParseDocumentRequest, context: Any
    ) -> parser_service_pb2.ParseDocumentResponse:
        self.requests.append(request)
        if self.meanwhile is not None:
            await self.meanwhile()
        if self.fault is not None:
            raise self.fault
        return parser_service_pb2.ParseDocumentResponse(resume=self.answer)

    def servicer(self) -> Servicer:
        return Servicer(PARSER, parser_service_pb2_grpc.add_ParserServiceServicer_to_server, self)


class SmallTaxonomy:
    """A `SkillLinker` that knows one skill."""

    def link(self, name: str) -> SkillDetail:
        if name != "Python":
            return SkillDetail(name=name)
        return SkillDetail(name=name, id="python", taxonomy="hiremesh", canonical_name="Python", confidence=1.0)
