"""Events and answers about stored resumes to the domain and back; and profiles to JSON, as they are stored."""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from hiremesh.events.v1 import resume_pb2 as events
from hiremesh.matching.v1 import matching_service_pb2
from matching_service.domain.model import Degree, EducationLevel, Language, Position, Profile, Skill
from matching_service.domain.neutral import neutral_profile
from matching_service.domain.scoring import Component, Match

_PROFILE = TypeAdapter(Profile)


def profile_from_event(event: events.ResumeParsed) -> Profile:
    """The part of the event that scores rest on; titles in one form for all genders."""
    profile = Profile(
        headline=event.headline,
        skills=tuple(Skill(s.id, s.taxonomy, s.canonical_name or s.name) for s in event.skills),
        positions=tuple(
            Position(p.title, p.start_date, p.end_date, p.years if p.HasField("years") else None)
            for p in event.positions
        ),
        degrees=tuple(Degree(_level(degree.level), degree.field) for degree in event.degrees),
        languages=tuple(Language(spoken.name, spoken.code, spoken.level) for spoken in event.languages),
        total_years=event.total_years_experience,
    )
    return neutral_profile(profile, event.language)


def _level(number: int) -> EducationLevel:
    """Levels that a newer contract adds are not known here."""
    try:
        return EducationLevel(number)
    except ValueError:
        return EducationLevel.UNSPECIFIED


def profile_to_json(profile: Profile) -> Mapping[str, Any]:
    """As stored."""
    stored: dict[str, Any] = _PROFILE.dump_python(profile, mode="json")
    return stored


def profile_from_json(stored: Mapping[str, Any]) -> Profile:
    """From the store; fields that later versions add take their defaults."""
    return _PROFILE.validate_python(stored)


def match_to_proto(match: Match, *, resume_id: str, embedding_model: str) -> matching_service_pb2.MatchResumeResponse:
    """The answer of MatchResume."""
    return matching_service_pb2.MatchResumeResponse(
        score=match.score,
        matching_skills=match.matching_skills,
        missing_skills=match.missing_skills,
        components=map(component_to_proto, match.components),
        resume_id=resume_id,
        embedding_model=embedding_model,
    )


def component_to_proto(component: Component) -> matching_service_pb2.ScoreComponent:
    """A part of a score."""
    return matching_service_pb2.ScoreComponent(
        name=component.name, weight=component.weight, score=component.points, reason=component.reason
    )
