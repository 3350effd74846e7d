"""gRPC in: message → use case → message."""

from google.protobuf import empty_pb2

from hiremesh.matching.v1 import (
    analysis_service_pb2,
    analysis_service_pb2_grpc,
    job_pb2,
    job_service_pb2,
    job_service_pb2_grpc,
    match_service_pb2,
    match_service_pb2_grpc,
    matching_service_pb2,
    matching_service_pb2_grpc,
    preferences_service_pb2,
    preferences_service_pb2_grpc,
    resume_analysis_service_pb2_grpc,
)
from hiremesh.matching.v1 import resume_analysis_service_pb2 as kept
from matching_service.convert.analysis import report_to_proto
from matching_service.convert.candidate import match_to_proto
from matching_service.convert.kept import (
    advice_to_proto,
    comparison_to_proto,
    digest_to_proto,
    overview_to_proto,
    stats_to_proto,
    stored_to_proto,
)
from matching_service.convert.matches import (
    candidate_to_proto,
    match_filter,
    order_from_proto,
    page_to_proto,
    state_to_proto,
    verdict_from_proto,
)
from matching_service.convert.postings import changed, draft_from_proto, filter_from_proto, job_to_proto
from matching_service.convert.preferences import preferences_from_proto, preferences_to_proto
from matching_service.domain.kept import Entry
from matching_service.domain.posting import JobPosting, requirements_of
from matching_service.domain.upload import JobUpload
from matching_service.ports import AnalysisForm, JobAnalysisForm
from matching_service.usecases.analyses import AnalyzeForJob, AnalyzeResume, EraseAnalyses, FindAnalyses
from matching_service.usecases.jobs import ChangeJobs, FindJobs, Poster, PostJob
from matching_service.usecases.matches import FindCandidates, KeepPreferences, RefreshMatches, UseMatches
from matching_service.usecases.resumes import MatchResume
from meshkit.identity import current_principal
from meshkit.interceptors.call import ServicerContext
from meshkit.pages import PageTokens, page_size
from taxonomy import SkillIndex


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
            document.content_type,
            document.data,
            job_text=request.job_description,
            filename=request.filename,
            anonymised=request.anonymised,
        )
        report = await self._analyze(upload, tenant=current_principal().tenant)
        return analysis_service_pb2.AnalyzeResumeResponse(success=True, data=report_to_proto(report))


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


_OPEN_JOBS = "open jobs"


class JobServicer(job_service_pb2_grpc.JobServiceServicer):
    """Implements `hiremesh.matching.v1.JobService`."""

    def __init__(
        self, post: PostJob, change: ChangeJobs, find: FindJobs, skills: SkillIndex, tokens: PageTokens
    ) -> None:
        self._post = post
        self._change = change
        self._find = find
        self._skills = skills
        self._tokens = tokens

    async def CreateJob(
        self, request: job_service_pb2.CreateJobRequest, context: ServicerContext
    ) -> job_service_pb2.CreateJobResponse:
        job = await self._post(draft_from_proto(request), _poster(), request_id=request.request_id)
        return job_service_pb2.CreateJobResponse(job=self._whole(job))

    async def UpdateJob(
        self, request: job_service_pb2.UpdateJobRequest, context: ServicerContext
    ) -> job_service_pb2.UpdateJobResponse:
        job = await self._change.update(request.id, lambda draft: changed(draft, request), _poster())
        return job_service_pb2.UpdateJobResponse(job=self._whole(job))

    async def CloseJob(
        self, request: job_service_pb2.CloseJobRequest, context: ServicerContext
    ) -> job_service_pb2.CloseJobResponse:
        job = await self._change.close(request.id, _poster())
        return job_service_pb2.CloseJobResponse(job=self._whole(job))

    async def GetJob(
        self, request: job_service_pb2.GetJobRequest, context: ServicerContext
    ) -> job_service_pb2.GetJobResponse:
        return job_service_pb2.GetJobResponse(job=self._whole(await self._find.get(request.id)))

    async def ListJobs(
        self, request: job_service_pb2.ListJobsRequest, context: ServicerContext
    ) -> job_service_pb2.ListJobsResponse:
        after = self._tokens.decode(request.page_token, scope=_OPEN_JOBS)
        page = await self._find.page(after=after, size=page_size(request.page_size))
        return job_service_pb2.ListJobsResponse(
            jobs=map(job_to_proto, page.jobs), next_page_token=self._token(page.next_cursor, _OPEN_JOBS)
        )

    async def ListMyJobs(
        self, request: job_service_pb2.ListMyJobsRequest, context: ServicerContext
    ) -> job_service_pb2.ListMyJobsResponse:
        owner = current_principal().user_id
        after = self._tokens.decode(request.page_token, scope=owner)
        page = await self._find.page(after=after, size=page_size(request.page_size), owner_id=owner)
        return job_service_pb2.ListMyJobsResponse(
            jobs=map(job_to_proto, page.jobs), next_page_token=self._token(page.next_cursor, owner)
        )

    async def SearchJobs(
        self, request: job_service_pb2.SearchJobsRequest, context: ServicerContext
    ) -> job_service_pb2.SearchJobsResponse:
        wanted = filter_from_proto(request)
        scope = f"search {request.query} {wanted}"
        skip = int(self._tokens.decode(request.page_token, scope=scope) or 0)
        page = await self._find.search(request.query, wanted, skip=skip, size=page_size(request.page_size))
        return job_service_pb2.SearchJobsResponse(
            jobs=map(job_to_proto, page.jobs),
            next_page_token=self._token(page.next_cursor, scope),
            semantic=page.semantic,
        )

    def _token(self, cursor: str, scope: str) -> str:
        return self._tokens.encode(cursor, scope=scope) if cursor else ""

    def _whole(self, job: JobPosting) -> job_pb2.Job:
        return job_to_proto(job, requirements_of(job.complete, self._skills))


def _poster() -> Poster:
    principal = current_principal()
    return Poster(principal.user_id, principal.tenant)


class PreferencesServicer(preferences_service_pb2_grpc.PreferencesServiceServicer):
    """Implements `hiremesh.matching.v1.PreferencesService`."""

    def __init__(self, keep: KeepPreferences) -> None:
        self._keep = keep

    async def GetPreferences(
        self, request: preferences_service_pb2.GetPreferencesRequest, context: ServicerContext
    ) -> preferences_service_pb2.GetPreferencesResponse:
        wanted = await self._keep.get(current_principal().user_id)
        return preferences_service_pb2.GetPreferencesResponse(preferences=preferences_to_proto(wanted))

    async def UpdatePreferences(
        self, request: preferences_service_pb2.UpdatePreferencesRequest, context: ServicerContext
    ) -> preferences_service_pb2.UpdatePreferencesResponse:
        caller = current_principal()
        kept = await self._keep.put(caller.user_id, caller.tenant, preferences_from_proto(request.preferences))
        return preferences_service_pb2.UpdatePreferencesResponse(preferences=preferences_to_proto(kept))


class MatchServicer(match_service_pb2_grpc.MatchServiceServicer):
    """Implements `hiremesh.matching.v1.MatchService`."""

    def __init__(
        self, use: UseMatches, refresh: RefreshMatches, candidates: FindCandidates, tokens: PageTokens
    ) -> None:
        self._use = use
        self._refresh = refresh
        self._candidates = candidates
        self._tokens = tokens

    async def ListMatches(
        self, request: match_service_pb2.ListMatchesRequest, context: ServicerContext
    ) -> match_service_pb2.ListMatchesResponse:
        owner, order, wanted = current_principal().user_id, order_from_proto(request.order), match_filter(request)
        scope = f"matches {owner} {order} {wanted} {request.score_min}"
        skip = int(self._tokens.decode(request.page_token, scope=scope) or 0)
        size = page_size(request.page_size)
        page = await self._use.page(owner, order, wanted, score=request.score_min, skip=skip, size=size)
        return page_to_proto(page, next_page_token=self._token(page.next_cursor, scope))

    async def RefreshMatches(
        self, request: match_service_pb2.RefreshMatchesRequest, context: ServicerContext
    ) -> match_service_pb2.RefreshMatchesResponse:
        count, state, at = await self._refresh(current_principal().user_id)
        response = match_service_pb2.RefreshMatchesResponse(matches=count, state=state_to_proto(state))
        response.refresh_time.FromDatetime(at)
        return response

    async def RemoveMatch(
        self, request: match_service_pb2.RemoveMatchRequest, context: ServicerContext
    ) -> empty_pb2.Empty:
        await self._use.remove(current_principal().user_id, request.job_id)
        return empty_pb2.Empty()

    async def GiveFeedback(
        self, request: match_service_pb2.GiveFeedbackRequest, context: ServicerContext
    ) -> match_service_pb2.GiveFeedbackResponse:
        caller = current_principal()
        await self._use.judge(caller.user_id, caller.tenant, request.job_id, verdict_from_proto(request.verdict))
        return match_service_pb2.GiveFeedbackResponse(verdict=request.verdict)

    async def ApplyToMatch(
        self, request: match_service_pb2.ApplyToMatchRequest, context: ServicerContext
    ) -> match_service_pb2.ApplyToMatchResponse:
        url, at = await self._use.apply(current_principal().user_id, request.job_id)
        response = match_service_pb2.ApplyToMatchResponse(url=url)
        response.apply_time.FromDatetime(at)
        return response

    async def ListCandidates(
        self, request: match_service_pb2.ListCandidatesRequest, context: ServicerContext
    ) -> match_service_pb2.ListCandidatesResponse:
        viewer, scope = current_principal().user_id, f"candidates {request.job_id}"
        skip = int(self._tokens.decode(request.page_token, scope=scope) or 0)
        candidates, cursor = await self._candidates(
            request.job_id, viewer, skip=skip, size=page_size(request.page_size)
        )
        return match_service_pb2.ListCandidatesResponse(
            candidates=map(candidate_to_proto, candidates), next_page_token=self._token(cursor, scope)
        )

    def _token(self, cursor: str, scope: str) -> str:
        return self._tokens.encode(cursor, scope=scope) if cursor else ""
