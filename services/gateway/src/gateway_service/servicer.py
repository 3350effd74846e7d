"""gRPC in: from messages to use cases and back."""

from typing import Any

import grpc
from google.api import httpbody_pb2
from google.protobuf import empty_pb2

from gateway_service.convert import answer_to_proto, health_to_proto, stored_to_proto, summary_to_proto
from gateway_service.domain.model import Caller
from gateway_service.ports import DOCS_PAGE, OPENAPI, DocsFiles, UploadReader
from gateway_service.usecases import CheckHealth, KeepResumes, ParseResume
from hiremesh.gateway.v1 import (
    docs_service_pb2,
    docs_service_pb2_grpc,
    resume_service_pb2,
    resume_service_pb2_grpc,
    status_service_pb2,
    status_service_pb2_grpc,
)
from meshkit.identity import current_principal
from meshkit.pages import PageTokens, page_size

Context = grpc.aio.ServicerContext[Any, Any]


class ResumeServicer(resume_service_pb2_grpc.ResumeServiceServicer):
    """Parsing and keeping resumes."""

    def __init__(self, parse: ParseResume, keep: KeepResumes, read_upload: UploadReader, tokens: PageTokens) -> None:
        self._parse = parse
        self._keep = keep
        self._read_upload = read_upload
        self._tokens = tokens

    async def ParseResume(
        self, request: resume_service_pb2.ParseResumeRequest, context: Context
    ) -> resume_service_pb2.ParseResumeResponse:
        upload = self._read_upload(
            request.document.content_type,
            request.document.data,
            filename=request.filename,
            fresh=request.fresh,
            request_id=request.request_id,
        )
        principal = current_principal()
        caller = Caller(principal.user_id, principal.tenant, _header(context, "origin"))
        answer = await self._parse(upload, caller)
        return resume_service_pb2.ParseResumeResponse(resume=answer_to_proto(answer))

    async def GetResume(
        self, request: resume_service_pb2.GetResumeRequest, context: Context
    ) -> resume_service_pb2.GetResumeResponse:
        resume = await self._keep.get(request.id, owner=current_principal().user_id)
        return resume_service_pb2.GetResumeResponse(resume=stored_to_proto(resume))

    async def ListResumes(
        self, request: resume_service_pb2.ListResumesRequest, context: Context
    ) -> resume_service_pb2.ListResumesResponse:
        owner = current_principal().user_id
        after = self._tokens.decode(request.page_token, scope=owner)
        page = await self._keep.page(owner=owner, after=after, size=page_size(request.page_size))
        return resume_service_pb2.ListResumesResponse(
            resumes=[summary_to_proto(resume) for resume in page.resumes],
            next_page_token=self._tokens.encode(page.next_cursor, scope=owner) if page.next_cursor else "",
        )

    async def DeleteResume(self, request: resume_service_pb2.DeleteResumeRequest, context: Context) -> empty_pb2.Empty:
        await self._keep.delete(request.id, owner=current_principal().user_id)
        return empty_pb2.Empty()


class StatusServicer(status_service_pb2_grpc.StatusServiceServicer):
    """Whether the mesh is up."""

    def __init__(self, check: CheckHealth) -> None:
        self._check = check

    async def GetStatus(
        self, request: status_service_pb2.GetStatusRequest, context: Context
    ) -> status_service_pb2.GetStatusResponse:
        return status_service_pb2.GetStatusResponse(status="ok", message="Resume parser is running")

    async def GetHealth(
        self, request: status_service_pb2.GetHealthRequest, context: Context
    ) -> status_service_pb2.GetHealthResponse:
        health = await self._check()
        if not health.able_to_parse:
            await context.send_initial_metadata((("x-http-code", "503"),))
        return health_to_proto(health)


class DocsServicer(docs_service_pb2_grpc.DocsServiceServicer):
    """The description of the REST surface."""

    def __init__(self, files: DocsFiles) -> None:
        self._files = files

    async def GetOpenApi(self, request: docs_service_pb2.GetOpenApiRequest, context: Context) -> httpbody_pb2.HttpBody:
        return self._body(OPENAPI)

    async def GetDocs(self, request: docs_service_pb2.GetDocsRequest, context: Context) -> httpbody_pb2.HttpBody:
        return self._body(request.asset or DOCS_PAGE)

    def _body(self, name: str) -> httpbody_pb2.HttpBody:
        file = self._files.get(name)
        return httpbody_pb2.HttpBody(content_type=file.content_type, data=file.data)


def _header(context: Context, name: str) -> str:
    for key, value in context.invocation_metadata() or ():
        if key == name and isinstance(value, str):
            return value
    return ""
