"""Matches between messages, the domain and the store."""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from hiremesh.matching.v1 import match_pb2, match_service_pb2, requirements_pb2
from matching_service.convert.candidate import component_to_proto
from matching_service.convert.postings import job_to_proto
from matching_service.domain.matches import AnonymousCandidate, Found, ListedMatch, MatchPage, Order, State, Verdict

_FOUND = TypeAdapter(Found)


def found_to_json(found: Found) -> Mapping[str, Any]:
    """As stored."""
    stored: dict[str, Any] = _FOUND.dump_python(found, mode="json")
    return stored


def found_from_json(stored: Mapping[str, Any]) -> Found:
    """From the store; fields that later versions add take their defaults."""
    return _FOUND.validate_python(stored)


def order_from_proto(order: match_service_pb2.MatchOrder.ValueType) -> Order:
    """By score, unless told otherwise."""
    return Order(order or match_service_pb2.MATCH_ORDER_SCORE)


def verdict_from_proto(verdict: match_pb2.Verdict.ValueType) -> Verdict | None:
    """None takes a verdict back."""
    return Verdict(verdict) if verdict else None


def verdict_to_proto(verdict: Verdict | None) -> match_pb2.Verdict.ValueType:
    """The other way."""
    return match_pb2.Verdict.ValueType(verdict.value) if verdict else match_pb2.VERDICT_UNSPECIFIED


def state_to_proto(state: State) -> match_service_pb2.MatchState.ValueType:
    """Whether there are matches."""
    return match_service_pb2.MatchState.ValueType(state.value)


def page_to_proto(page: MatchPage, *, next_page_token: str) -> match_service_pb2.ListMatchesResponse:
    """The answer of ListMatches."""
    response = match_service_pb2.ListMatchesResponse(
        matches=map(_listed_to_proto, page.matches), next_page_token=next_page_token, state=state_to_proto(page.state)
    )
    if page.matched_at is not None:
        response.refresh_time.FromDatetime(page.matched_at)
    return response


def _listed_to_proto(listed: ListedMatch) -> match_pb2.Match:
    found = listed.match.found
    job = job_to_proto(listed.job)
    job.description = ""
    message = match_pb2.Match(
        job=job,
        score=found.score,
        components=map(component_to_proto, found.components),
        matching_skills=found.matching_skills,
        missing_skills=found.missing_skills,
        resume_id=listed.match.resume_id,
        verdict=verdict_to_proto(listed.mark.verdict),
        scorer_version=listed.match.scorer_version,
    )
    message.match_time.FromDatetime(listed.match.matched_at)
    if listed.mark.applied_at is not None:
        message.apply_time.FromDatetime(listed.mark.applied_at)
    return message


def candidate_to_proto(candidate: AnonymousCandidate) -> match_pb2.MatchedCandidate:
    """A person without a name."""
    found = candidate.found
    return match_pb2.MatchedCandidate(
        candidate_id=candidate.pseudonym,
        score=found.score,
        components=map(component_to_proto, found.components),
        matching_skills=found.matching_skills,
        missing_skills=found.missing_skills,
        total_years_experience=candidate.total_years,
        seniority=requirements_pb2.Seniority.ValueType(candidate.seniority or 0),
    )
