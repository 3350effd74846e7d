"""MatchingService."""

from hiremesh.matching.v1 import matching_service_pb2, matching_service_pb2_grpc
from matching_service.convert.candidate import match_to_proto
from matching_service.usecases.resumes import MatchResume
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
