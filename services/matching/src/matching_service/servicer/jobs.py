"""JobService."""

from hiremesh.matching.v1 import job_pb2, job_service_pb2, job_service_pb2_grpc
from matching_service.convert.postings import changed, draft_from_proto, filter_from_proto, job_to_proto
from matching_service.domain.posting import JobPosting, requirements_of
from matching_service.usecases.jobs import ChangeJobs, FindJobs, Poster, PostJob
from meshkit.identity import current_principal
from meshkit.interceptors.call import ServicerContext
from meshkit.pages import PageTokens, page_size
from taxonomy import SkillIndex

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
