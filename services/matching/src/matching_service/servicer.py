"""gRPC in: message → use case → message."""

from hiremesh.matching.v1 import (
    analysis_service_pb2,
    analysis_service_pb2_grpc,
    matching_service_pb2,
    matching_service_pb2_grpc,
)
from matching_service.convert.analysis import report_to_proto
from matching_service.convert.candidate import match_to_proto
from matching_service.ports import AnalysisForm
from matching_service.usecases import AnalyzeResume, MatchResume
from meshkit.identity import current_principal
from meshkit.interceptors.call import ServicerContext


class MatchingServicer(matching_service_pb2_grpc.MatchingServiceServicer):
    """Implements `hiremesh.matching.v1.MatchingService`."""

    def __init__(self, match: MatchResume) -> None:
        self._match = match

    async def MatchResume(
        self, request: matching_service_pb2.MatchResumeRequest, context: ServicerContext
    ) -> matching_service_pb2.MatchResumeResponse:
        caller = current_principal()
        scored = await self._match(
            request.resume_id, request.job_description, owner_id=caller.user_id, tenant=caller.tenant
        )
        return match_to_proto(scored.match, resume_id=request.resume_id, embedding_model=scored.embedding_model)


class AnalysisServicer(analysis_service_pb2_grpc.AnalysisServiceServicer):
    """Implements `hiremesh.matching.v1.AnalysisService`."""

    def __init__(self, analyze: AnalyzeResume, read_form: AnalysisForm) -> None:
        self._analyze = analyze
        self._read_form = read_form

    async def AnalyzeResume(
        self, request: analysis_service_pb2.AnalyzeResumeRequest, context: ServicerContext
    ) -> analysis_service_pb2.AnalyzeResumeResponse:
        document = request.document
        upload = self._read_form(
            document.content_type, document.data, job_text=request.job_description, filename=request.filename
        )
        report = await self._analyze(upload, tenant=current_principal().tenant)
        return analysis_service_pb2.AnalyzeResumeResponse(success=True, data=report_to_proto(report))
