"""ResumeService."""

from google.api import httpbody_pb2
from google.protobuf import empty_pb2

from gateway_service.convert import (
    answer_to_proto,
    disposition_of,
    media_type_of,
    redacted_answer_to_proto,
    stored_to_proto,
    summary_to_proto,
)
from gateway_service.ports import UploadReader
from gateway_service.servicer.call import Context, caller_of
from gateway_service.usecases import KeepResumes, ParseResume, RedactResume
from hiremesh.gateway.v1 import resume_service_pb2, resume_service_pb2_grpc
from meshkit.identity import current_principal
from meshkit.pages import PageTokens, page_size


class ResumeServicer(resume_service_pb2_grpc.ResumeServiceServicer):
    """Parsing and keeping resumes."""

    def __init__(
        self,
        parse: ParseResume,
        keep: KeepResumes,
        redact: RedactResume,
        read_upload: UploadReader,
        tokens: PageTokens,
    ) -> None:
        self._parse = parse
        self._keep = keep
        self._redact = redact
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
            redact=request.redact,
        )
        answer = await self._parse(upload, caller_of(context))
        resume = answer_to_proto(answer)
        if upload.redact:
            resume = redacted_answer_to_proto(await self._redact.answer(answer.resume), answer)
        return resume_service_pb2.ParseResumeResponse(resume=resume)

    async def GetResume(
        self, request: resume_service_pb2.GetResumeRequest, context: Context
    ) -> resume_service_pb2.GetResumeResponse:
        resume = await self._keep.get(request.id, owner=current_principal().user_id)
        return resume_service_pb2.GetResumeResponse(resume=stored_to_proto(resume))

    async def GetMyProfile(
        self, request: resume_service_pb2.GetMyProfileRequest, context: Context
    ) -> resume_service_pb2.GetMyProfileResponse:
        resume = await self._keep.newest(owner=current_principal().user_id)
        return resume_service_pb2.GetMyProfileResponse(profile=stored_to_proto(resume))

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

    async def GetResumeDocument(
        self, request: resume_service_pb2.GetResumeDocumentRequest, context: Context
    ) -> httpbody_pb2.HttpBody:
        owner = current_principal().user_id
        resume, document, data = await self._keep.document(request.id, owner=owner)
        await context.send_initial_metadata(
            (
                ("content-disposition", disposition_of(document.filename)),
                ("x-content-type-options", "nosniff"),
                ("cache-control", "private, no-store"),
            )
        )
        return httpbody_pb2.HttpBody(content_type=media_type_of(resume), data=data)

    async def DeleteResume(self, request: resume_service_pb2.DeleteResumeRequest, context: Context) -> empty_pb2.Empty:
        await self._keep.delete(request.id, owner=current_principal().user_id)
        return empty_pb2.Empty()
