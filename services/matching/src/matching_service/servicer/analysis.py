"""AnalysisService."""

from hiremesh.matching.v1 import analysis_service_pb2, analysis_service_pb2_grpc
from matching_service.convert.analysis import report_to_proto
from matching_service.ports import AnalysisForm
from matching_service.usecases.analyses import AnalyzeResume
from meshkit.identity import current_principal
from meshkit.interceptors.call import ServicerContext


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
            document.content_type,
            document.data,
            job_text=request.job_description,
            filename=request.filename,
            anonymised=request.anonymised,
        )
        report = await self._analyze(upload, tenant=current_principal().tenant)
        return analysis_service_pb2.AnalyzeResumeResponse(success=True, data=report_to_proto(report))
