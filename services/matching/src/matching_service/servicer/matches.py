"""MatchService."""

from google.protobuf import empty_pb2

from hiremesh.matching.v1 import match_service_pb2, match_service_pb2_grpc
from matching_service.convert.matches import (
    candidate_to_proto,
    order_from_proto,
    page_to_proto,
    state_to_proto,
    verdict_from_proto,
)
from matching_service.convert.postings import filter_from_proto
from matching_service.usecases.matches import FindCandidates, RefreshMatches, UseMatches
from meshkit.identity import current_principal
from meshkit.interceptors.call import ServicerContext
from meshkit.pages import PageTokens, page_size


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
        owner, order, wanted = current_principal().user_id, order_from_proto(request.order), filter_from_proto(request)
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
