"""ResumeAnalysisService."""

from google.protobuf import empty_pb2

from hiremesh.matching.v1 import resume_analysis_service_pb2 as kept
from hiremesh.matching.v1 import resume_analysis_service_pb2_grpc
from matching_service.convert.kept import (
    advice_to_proto,
    comparison_to_proto,
    digest_to_proto,
    overview_to_proto,
    stats_to_proto,
    stored_to_proto,
)
from matching_service.domain.kept import Entry
from matching_service.domain.upload import JobUpload
from matching_service.ports import JobAnalysisForm
from matching_service.usecases.analyses import AnalyzeForJob, EraseAnalyses, FindAnalyses
from meshkit.identity import current_principal
from meshkit.interceptors.call import ServicerContext
from meshkit.pages import PageTokens, page_size


class ResumeAnalysisServicer(resume_analysis_service_pb2_grpc.ResumeAnalysisServiceServicer):
    """Implements `hiremesh.matching.v1.ResumeAnalysisService`."""

    def __init__(
        self,
        analyze: AnalyzeForJob,
        find: FindAnalyses,
        erase: EraseAnalyses,
        read_form: JobAnalysisForm,
        tokens: PageTokens,
    ) -> None:
        self._analyze = analyze
        self._find = find
        self._erase = erase
        self._read_form = read_form
        self._tokens = tokens

    async def AnalyzeForJob(
        self, request: kept.AnalyzeForJobRequest, context: ServicerContext
    ) -> kept.AnalyzeForJobResponse:
        given = JobUpload(
            request.job_id,
            filename=request.filename,
            resume_id=request.resume_id or None,
            anonymised=request.anonymised,
        )
        upload = self._read_form(request.document.content_type, request.document.data, given)
        caller = current_principal()
        entry = await self._analyze(upload, owner_id=caller.user_id, tenant=caller.tenant)
        return kept.AnalyzeForJobResponse(analysis=stored_to_proto(entry))

    async def GetAnalysis(self, request: kept.GetAnalysisRequest, context: ServicerContext) -> kept.GetAnalysisResponse:
        return kept.GetAnalysisResponse(analysis=stored_to_proto(await self._entry(request)))

    async def GetAnalysisSummary(
        self, request: kept.GetAnalysisSummaryRequest, context: ServicerContext
    ) -> kept.GetAnalysisSummaryResponse:
        return kept.GetAnalysisSummaryResponse(summary=digest_to_proto(await self._entry(request)))

    async def GetRecommendations(
        self, request: kept.GetRecommendationsRequest, context: ServicerContext
    ) -> kept.GetRecommendationsResponse:
        return kept.GetRecommendationsResponse(advice=advice_to_proto(await self._entry(request)))

    async def DeleteAnalyses(self, request: kept.DeleteAnalysesRequest, context: ServicerContext) -> empty_pb2.Empty:
        await self._erase(request.job_id, owner_id=current_principal().user_id)
        return empty_pb2.Empty()

    async def ListAnalyses(
        self, request: kept.ListAnalysesRequest, context: ServicerContext
    ) -> kept.ListAnalysesResponse:
        owner = current_principal().user_id
        scope = f"analyses of {owner}"
        after = self._tokens.decode(request.page_token, scope=scope)
        page = await self._find.page(owner_id=owner, after=after, size=page_size(request.page_size))
        token = self._tokens.encode(page.next_cursor, scope=scope) if page.next_cursor else ""
        return kept.ListAnalysesResponse(analyses=map(overview_to_proto, page.entries), next_page_token=token)

    async def ListTopMatches(
        self, request: kept.ListTopMatchesRequest, context: ServicerContext
    ) -> kept.ListTopMatchesResponse:
        owner = current_principal().user_id
        entries = await self._find.top_matches(owner_id=owner, size=page_size(request.page_size))
        return kept.ListTopMatchesResponse(matches=map(overview_to_proto, entries))

    async def GetAnalysisStats(
        self, request: kept.GetAnalysisStatsRequest, context: ServicerContext
    ) -> kept.GetAnalysisStatsResponse:
        stats = await self._find.stats(owner_id=current_principal().user_id)
        return kept.GetAnalysisStatsResponse(stats=stats_to_proto(stats))

    async def CompareAnalyses(
        self, request: kept.CompareAnalysesRequest, context: ServicerContext
    ) -> kept.CompareAnalysesResponse:
        comparison = await self._find.compare(request.job_ids, owner_id=current_principal().user_id)
        return kept.CompareAnalysesResponse(comparison=comparison_to_proto(comparison))

    async def _entry(
        self, request: kept.GetAnalysisRequest | kept.GetAnalysisSummaryRequest | kept.GetRecommendationsRequest
    ) -> Entry:
        owner = current_principal().user_id
        return await self._find.get(request.job_id, owner_id=owner, analysis_id=request.analysis_id)
