"""Between messages and gateway's own types."""

from gateway_service.domain.model import Health, ParseAnswer, StoredResume
from hiremesh.events.v1 import resume_pb2 as events
from hiremesh.gateway.v1 import resume_service_pb2, status_service_pb2
from hiremesh.profile.v1 import resume_pb2


def answer_to_proto(answer: ParseAnswer) -> resume_pb2.Resume:
    """The stored resume with what only this call knows: who asked, from where, and whether a parse was needed."""
    resume = stored_to_proto(answer.resume)
    resume.metadata.origin = answer.caller.origin
    resume.metadata.cache.hit = answer.cached
    resume.metadata.processing_mode = "sync"
    return resume


def stored_to_proto(stored: StoredResume) -> resume_pb2.Resume:
    """The resume with its id and owner."""
    resume = resume_pb2.Resume.FromString(stored.content)
    resume.metadata.resume_id = stored.id
    resume.metadata.user_id = stored.owner
    resume.metadata.origin_valid = True  # the edge refuses calls from sites that are not allowed
    resume.metadata.cache.computed_at.FromDatetime(stored.created_at)
    return resume


def summary_to_proto(stored: StoredResume) -> resume_service_pb2.ResumeSummary:
    """The resume as an entry of a list."""
    resume = resume_pb2.Resume.FromString(stored.content)
    newest_title = resume.experience[0].title if resume.experience else ""
    summary = resume_service_pb2.ResumeSummary(
        id=stored.id, name=resume.personal.name, headline=resume.personal.headline or newest_title
    )
    summary.create_time.FromDatetime(stored.created_at)
    return summary


def resume_parsed_event(stored: StoredResume) -> events.ResumeParsed:
    """What matching needs of a resume; no name, contact data, employer or school."""
    resume = resume_pb2.Resume.FromString(stored.content)
    return events.ResumeParsed(
        resume_id=stored.id,
        owner_id=stored.owner,
        digest=stored.digest,
        headline=resume.personal.headline,
        skills=resume.skill_details,
        positions=[_position(job) for job in resume.experience],
        degrees=[events.Degree(level=entry.level, field=entry.field) for entry in resume.education],
        languages=resume.languages,
        total_years_experience=resume.total_years_experience,
    )


def _position(job: resume_pb2.Experience) -> events.Position:
    position = events.Position(title=job.title, start_date=job.start_date, end_date=job.end_date)
    if job.HasField("years"):
        position.years = job.years
    return position


def health_to_proto(health: Health) -> status_service_pb2.GetHealthResponse:
    """The state of the mesh in the words of seed 001."""
    status = "healthy" if all(health.up.values()) else "degraded" if health.able_to_parse else "unhealthy"
    return status_service_pb2.GetHealthResponse(
        status=status,
        service="Resume Analysis API",
        dependencies={name: "up" if answered else "down" for name, answered in health.up.items()},
    )
