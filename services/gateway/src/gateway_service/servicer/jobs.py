"""ParseJobService."""

from gateway_service.convert import job_to_proto, processed_to_proto, submitted_to_proto
from gateway_service.ports import UploadReader
from gateway_service.servicer.call import Context, caller_of, header
from gateway_service.servicer.streams import ParseJobStreams
from gateway_service.usecases import FollowJobs, Processed, SubmitJob, WatchJob
from hiremesh.gateway.v1 import parse_job_service_pb2
from meshkit.identity import current_principal

_CANONICAL_PATH = "/api/v1/parse-resume-async"
# Set by the edge: the path that a REST client called.
_ORIGINAL_PATH = "x-envoy-original-path"


class ParseJobServicer(ParseJobStreams):
    """Parsing in the background."""

    def __init__(self, submit: SubmitJob, follow: FollowJobs, watch: WatchJob, read_upload: UploadReader) -> None:
        super().__init__(watch)
        self._submit = submit
        self._follow = follow
        self._read_upload = read_upload

    async def SubmitParseJob(
        self, request: parse_job_service_pb2.SubmitParseJobRequest, context: Context
    ) -> parse_job_service_pb2.SubmitParseJobResponse:
        upload = self._read_upload(
            request.document.content_type,
            request.document.data,
            filename=request.filename,
            fresh=request.fresh,
            request_id=request.request_id,
            fallback_to_sync=request.fallback_to_sync if request.HasField("fallback_to_sync") else True,
        )
        outcome = await self._submit(upload, caller_of(context))
        if isinstance(outcome, Processed):
            return processed_to_proto(outcome.answer, outcome.reason)
        await context.send_initial_metadata((("x-http-code", "202"),))
        path = header(context, _ORIGINAL_PATH).partition("?")[0].rstrip("/") or _CANONICAL_PATH
        return submitted_to_proto(outcome.job, outcome.estimate, path)

    async def GetParseJob(
        self, request: parse_job_service_pb2.GetParseJobRequest, context: Context
    ) -> parse_job_service_pb2.GetParseJobResponse:
        job, result = await self._follow.get(request.job_id, owner=current_principal().user_id)
        return parse_job_service_pb2.GetParseJobResponse(job=job_to_proto(job, result))

    async def CancelParseJob(
        self, request: parse_job_service_pb2.CancelParseJobRequest, context: Context
    ) -> parse_job_service_pb2.CancelParseJobResponse:
        job = await self._follow.cancel(request.job_id, owner=current_principal().user_id)
        return parse_job_service_pb2.CancelParseJobResponse(job=job_to_proto(job, None))
