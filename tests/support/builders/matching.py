"""Resumes and their events, as matching sees them."""

from datetime import UTC, datetime

from pydantic import SecretStr
from uuid_utils import uuid7

import taxonomy
from hiremesh.events.v1 import envelope_pb2, resume_pb2
from hiremesh.profile.v1 import resume_pb2 as profile_pb2
from matching_service.domain.model import Candidate, Degree, EducationLevel, Embedding, Position, Profile, Skill

OWNER = "11111111-1111-7111-8111-111111111111"
SOMEBODY_ELSE = "22222222-2222-7222-8222-222222222222"
SECRET = SecretStr("secret-of-tests")
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


def erased_event(user_id: str = OWNER) -> envelope_pb2.Envelope:
    """As auth tells of a user who was erased."""
    event = _envelope("hiremesh.events.v1.UserErased", user_id)
    event.user_erased.user_id = user_id
    return event


def deleted_event(resume_id: str, owner_id: str = OWNER) -> envelope_pb2.Envelope:
    event = _envelope("hiremesh.events.v1.ResumeDeleted", owner_id)
    event.resume_deleted.CopyFrom(resume_pb2.ResumeDeleted(resume_id=resume_id, owner_id=owner_id))
    return event


def _envelope(kind: str, tenant: str) -> envelope_pb2.Envelope:
    event = envelope_pb2.Envelope(id=str(uuid7()), source="gateway", type=kind, tenant=tenant)
    event.time.FromDatetime(PARSED_AT)
    return event


def resume_message(name: str = "Mirela Vantongeren", school: str = "Hogeschool Windesheim") -> profile_pb2.Resume:
    """A parse as parser answers it."""
    resume = profile_pb2.Resume(
        personal=profile_pb2.Personal(
            name=name, email="m@example.org", phone="+31 20 123 4567", location="Utrecht", headline="Data Engineer"
        ),
        summary="Builds data platforms for logistics companies.",
        experience=[
            profile_pb2.Experience(
                title="Data Engineer",
                company="Noordzee Analytics",
                start_date="2020-03",
                end_date="present",
                years=5.8,
                highlights=[
                    "Moved 40 pipelines to Apache Spark on Kubernetes",
                    "Wrote the ingestion service in Python",
                ],
            ),
            profile_pb2.Experience(
                title="Junior Developer",
                company="Kade Software",
                start_date="2016-06",
                end_date="2019-02",
                years=2.8,
                description="Reports in SQL for the finance team.",
            ),
        ],
        education=[
            profile_pb2.Education(
                degree="Bachelor of Science",
                field="Informatics",
                institution=school,
                year="2016",
                level=profile_pb2.EDUCATION_LEVEL_BACHELOR,
            )
        ],
        skills=["Python", "SQL", "Docker"],
        skill_details=[
            profile_pb2.SkillDetail(name=s.name, id=s.id, taxonomy=s.taxonomy, canonical_name=s.name, confidence=1)
            for s in map(skill, ("Python", "SQL", "Docker"))
        ],
        total_years_experience=8.6,
        provenance={"/experience/0": profile_pb2.Provenance(page=1, text="Data Engineer", confidence=0.9)},
    )
    resume.metadata.document.kind = "pdf"
    resume.metadata.document.pages = 1
    return resume
