"""Resumes and their events, as matching sees them."""

from datetime import UTC, datetime

from uuid_utils import uuid7

import taxonomy
from hiremesh.events.v1 import envelope_pb2, resume_pb2
from hiremesh.profile.v1 import resume_pb2 as profile_pb2
from matching_service.domain.model import Candidate, Degree, EducationLevel, Embedding, Position, Profile, Skill

OWNER = "11111111-1111-7111-8111-111111111111"
SOMEBODY_ELSE = "22222222-2222-7222-8222-222222222222"
PARSED_AT = datetime(2026, 1, 1, 12, tzinfo=UTC)


def skill(written: str) -> Skill:
    """Linked as parser links it."""
    found = taxonomy.skills().link(written)
    return Skill(found.id, found.taxonomy, found.name) if found else Skill("", "", written)


def profile(
    *skills: str, years: float = 6.5, level: EducationLevel = EducationLevel.BACHELOR, title: str = "Backend Engineer"
) -> Profile:
    return Profile(
        headline=title,
        skills=tuple(map(skill, skills)),
        positions=(Position(title, "2019-01", "present", years),),
        degrees=(Degree(level, "Computer Science"),),
        total_years=years,
    )


def candidate(
    resume_id: str | None = None, *, owner_id: str = OWNER, parsed_at: datetime = PARSED_AT, headline: str = "Engineer"
) -> Candidate:
    vector = (1.0, *([0.0] * 383))
    return Candidate(
        resume_id or str(uuid7()), owner_id, parsed_at, profile("Python", title=headline), Embedding("words", vector)
    )


def parsed_event(
    *skills: str,
    resume_id: str | None = None,
    owner_id: str = OWNER,
    years: float = 6.5,
    title: str = "Backend Engineer",
) -> envelope_pb2.Envelope:
    """A ResumeParsed as gateway publishes it."""
    linked = map(skill, skills)
    event = _envelope("hiremesh.events.v1.ResumeParsed", owner_id)
    event.resume_parsed.CopyFrom(
        resume_pb2.ResumeParsed(
            resume_id=resume_id or str(uuid7()),
            owner_id=owner_id,
            headline=title,
            skills=[
                profile_pb2.SkillDetail(name=s.name, id=s.id, taxonomy=s.taxonomy, canonical_name=s.name)
                for s in linked
            ],
            positions=[resume_pb2.Position(title=title, start_date="2019-01", end_date="present", years=years)],
            degrees=[resume_pb2.Degree(level=profile_pb2.EDUCATION_LEVEL_BACHELOR, field="Computer Science")],
            total_years_experience=years,
        )
    )
    return event


def deleted_event(resume_id: str, owner_id: str = OWNER) -> envelope_pb2.Envelope:
    event = _envelope("hiremesh.events.v1.ResumeDeleted", owner_id)
    event.resume_deleted.CopyFrom(resume_pb2.ResumeDeleted(resume_id=resume_id, owner_id=owner_id))
    return event


def _envelope(kind: str, tenant: str) -> envelope_pb2.Envelope:
    event = envelope_pb2.Envelope(id=str(uuid7()), source="gateway", type=kind, tenant=tenant)
    event.time.FromDatetime(PARSED_AT)
    return event
