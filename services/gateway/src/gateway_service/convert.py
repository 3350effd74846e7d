"""Between messages and gateway's own types."""

from gateway_service.domain.jobs import Job, JobState, JobUpdate
from gateway_service.domain.model import Health, ParseAnswer, StoredResume
from hiremesh.events.v1 import resume_pb2 as events
from hiremesh.gateway.v1 import parse_job_pb2, resume_service_pb2, status_service_pb2
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


_STATES = {
    JobState.QUEUED: parse_job_pb2.PARSE_JOB_STATE_QUEUED,
    JobState.PROCESSING: parse_job_pb2.PARSE_JOB_STATE_PROCESSING,
    JobState.COMPLETED: parse_job_pb2.PARSE_JOB_STATE_COMPLETED,
    JobState.FAILED: parse_job_pb2.PARSE_JOB_STATE_FAILED,
}
# The words of seed 002 for what happened.
_MESSAGES = {
    JobState.QUEUED: "Resume processing started",
    JobState.PROCESSING: "Processing resume...",
    JobState.COMPLETED: "Processing completed",
    JobState.FAILED: "Processing failed",
}


def result_to_proto(stored: StoredResume, *, origin: str = "") -> resume_pb2.Resume:
    """The resume that a background parse led to."""
    resume = stored_to_proto(stored)
    resume.metadata.origin = origin
    resume.metadata.processing_mode = "async"
    return resume


def job_to_proto(job: Job, result: StoredResume | None) -> parse_job_pb2.ParseJob:
    """The job in the shape of seed 002: what does not apply is absent."""
    message = parse_job_pb2.ParseJob(
        jobId=job.id,
        status=job.state.value,
        createdAt=job.created_at.timestamp(),
        updatedAt=job.updated_at.timestamp(),
        attempts=job.attempts,
    )
    if job.state is JobState.PROCESSING:
        message.message = _MESSAGES[job.state]
        message.progress.page, message.progress.pages = job.page, job.pages
    if job.state is JobState.COMPLETED:
        message.completedAt = job.updated_at.timestamp()
    if job.failure is not None:
        message.error, message.code = job.failure.message, job.failure.code
        message.failedAt = job.updated_at.timestamp()
    if result is not None:
        message.result.CopyFrom(result_to_proto(result, origin=job.origin))
    return message


def update_to_proto(update: JobUpdate, result: StoredResume | None) -> parse_job_pb2.ParseJobUpdate:
    """One change of a job; `result` is the resume that `update.resume_id` names."""
    message = parse_job_pb2.ParseJobUpdate(
        sequence=update.sequence,
        state=_STATES[update.state],
        message=_MESSAGES[update.state],
        attempts=update.attempts,
    )
    message.update_time.FromDatetime(update.at)
    if update.state is JobState.PROCESSING:
        message.progress.page, message.progress.pages = update.page, update.pages
    if update.failure is not None:
        message.error.code, message.error.message = update.failure.code, update.failure.message
    if result is not None:
        message.result.CopyFrom(result_to_proto(result))
    return message


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
