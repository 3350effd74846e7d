"""Between messages and gateway's own types."""

from datetime import timedelta
from urllib.parse import quote

from google.protobuf import json_format, struct_pb2

from gateway_service.domain.batches import Batch
from gateway_service.domain.jobs import DeadLetter, Job, JobState, JobUpdate
from gateway_service.domain.model import (
    Health,
    ModelUse,
    MonthOfModels,
    NoFigures,
    ParseAnswer,
    ParsedDocument,
    Statistics,
    StoredResume,
)
from gateway_service.domain.webhooks import Delivery, Webhook
from hiremesh.events.v1 import resume_pb2 as events
from hiremesh.gateway.v1 import (
    parse_batch_pb2,
    parse_job_pb2,
    parse_job_service_pb2,
    parse_work_service_pb2,
    resume_service_pb2,
    statistics_service_pb2,
    status_service_pb2,
    webhook_pb2,
)
from hiremesh.inference.v1 import inference_service_pb2
from hiremesh.profile.v1 import resume_pb2


def answer_to_proto(answer: ParseAnswer) -> resume_pb2.Resume:
    """The stored resume with what only this call knows: who asked, from where, and whether a parse was needed."""
    resume = stored_to_proto(answer.resume)
    resume.metadata.origin = answer.caller.origin
    resume.metadata.cache.hit = answer.cached
    resume.metadata.processing_mode = "sync"
    return resume


def redacted_answer_to_proto(content: bytes, answer: ParseAnswer) -> resume_pb2.Resume:
    """The anonymised view as an answer: also without who asked, and from where."""
    resume = resume_pb2.Resume.FromString(content)
    resume.metadata.cache.hit = answer.cached
    resume.metadata.processing_mode = "sync"
    return resume


def parsed_from_proto(resume: resume_pb2.Resume) -> ParsedDocument:
    """A parser's answer."""
    return ParsedDocument(
        content=resume.SerializeToString(),
        extractor_version=resume.metadata.extractor_version,
        tokens=resume.metadata.tokens.total_tokens,
        cost_usd=resume.metadata.cost.total_cost_usd,
        seconds=resume.metadata.parseTime,
    )


def stored_to_proto(stored: StoredResume) -> resume_pb2.Resume:
    """The resume with its id and owner."""
    resume = resume_pb2.Resume.FromString(stored.content)
    resume.metadata.resume_id = stored.id
    resume.metadata.user_id = stored.owner
    resume.metadata.origin_valid = True  # the edge refuses calls from sites that are not allowed
    resume.metadata.cache.computed_at.FromDatetime(stored.created_at)
    return resume


SYNC_FALLBACK = "sync_fallback"
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


def submitted_to_proto(job: Job, estimate: timedelta, path: str) -> parse_job_service_pb2.SubmitParseJobResponse:
    """What the client of an accepted job is told; addresses lie below the path that it called."""
    seconds = max(1, round(estimate.total_seconds()))
    return parse_job_service_pb2.SubmitParseJobResponse(
        jobId=struct_pb2.Value(string_value=job.id),
        status=JobState.QUEUED.value,
        message=_MESSAGES[JobState.QUEUED],
        estimatedTime=f"{seconds} second{'s' if seconds != 1 else ''}",
        statusUrl=f"{path}/status/{job.id}",
        streamUrl=f"{path}/stream/{job.id}",
    )


def processed_to_proto(answer: ParseAnswer, reason: str) -> parse_job_service_pb2.SubmitParseJobResponse:
    """What the client is told whose document was read at once."""
    result = answer_to_proto(answer)
    result.metadata.processing_mode = SYNC_FALLBACK
    result.metadata.fallback_reason = reason
    return parse_job_service_pb2.SubmitParseJobResponse(
        jobId=struct_pb2.Value(null_value=struct_pb2.NULL_VALUE),
        status=JobState.COMPLETED.value,
        message=f"Processed synchronously ({reason.replace('_', ' ')})",
        processingMode=SYNC_FALLBACK,
        result=result,
    )


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


_JOBS = "/api/v1/parse-resume-async"
_BATCHES = "/api/v1/batches"


def batch_to_proto(batch: Batch) -> parse_batch_pb2.ParseBatch:
    """A batch as clients see it."""
    path = f"{_BATCHES}/{batch.id}"
    message = parse_batch_pb2.ParseBatch(
        id=batch.id,
        status=batch.status.value,
        total=batch.total,
        completed=batch.completed,
        failed=batch.failed,
        status_url=path,
        stream_url=f"{path}/stream",
        files_url=f"{path}/files",
    )
    message.create_time.FromDatetime(batch.created_at)
    message.update_time.FromDatetime(batch.updated_at)
    return message


def batch_file_to_proto(job: Job) -> parse_batch_pb2.ParseBatchFile:
    """A job as a file of its batch."""
    message = parse_batch_pb2.ParseBatchFile(
        number=job.number,
        filename=job.filename,
        status=job.state.value,
        job_id=job.id,
        resume_id=job.resume_id or "",
        status_url=f"{_JOBS}/status/{job.id}",
    )
    if job.failure is not None:
        message.code, message.error = job.failure.code, job.failure.message
    return message


def webhook_to_proto(webhook: Webhook) -> webhook_pb2.Webhook:
    """A webhook without its secret."""
    message = webhook_pb2.Webhook(
        id=webhook.id, url=webhook.url, events=sorted(webhook.events), enabled=webhook.enabled
    )
    message.create_time.FromDatetime(webhook.created_at)
    return message


def delivery_to_proto(delivery: Delivery) -> webhook_pb2.WebhookDelivery:
    """A delivery as its webhook's owner sees it."""
    message = webhook_pb2.WebhookDelivery(
        id=delivery.id,
        event=delivery.event.value,
        state=delivery.state.value,
        attempts=delivery.attempts,
        response_status=delivery.response_status,
        fault=delivery.fault,
    )
    message.create_time.FromDatetime(delivery.created_at)
    if delivery.last_attempt_at is not None:
        message.last_attempt_time.FromDatetime(delivery.last_attempt_at)
    if delivery.next_attempt_at is not None:
        message.next_attempt_time.FromDatetime(delivery.next_attempt_at)
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
        language=resume.metadata.document.language,
    )


def _position(job: resume_pb2.Experience) -> events.Position:
    position = events.Position(title=job.title, start_date=job.start_date, end_date=job.end_date)
    if job.HasField("years"):
        position.years = job.years
    return position


def letter_to_proto(letter: DeadLetter) -> parse_work_service_pb2.DeadLetter:
    """A job that was given up."""
    message = parse_work_service_pb2.DeadLetter(
        id=letter.id,
        job_id=letter.job_id,
        document_id=letter.document_id,
        code=letter.code,
        attempts=letter.attempts,
    )
    message.bury_time.FromDatetime(letter.buried_at)
    return message


def stats_to_proto(figures: Statistics, models: MonthOfModels | NoFigures) -> statistics_service_pb2.GetStatsResponse:
    """The figures in the shape of seed 002, and what models took."""
    cache = cache_stats_to_proto(figures)
    return statistics_service_pb2.GetStatsResponse(
        request_stats=statistics_service_pb2.RequestStats(
            total_requests=figures.succeeded + figures.failed + figures.in_hand,
            successful_requests=figures.succeeded,
            failed_requests=figures.failed,
            concurrent_requests=figures.in_hand,
            average_processing_time=_ratio(figures.parse_seconds, figures.parses),
        ),
        cache_stats=statistics_service_pb2.CacheSummary(
            hit_rate=cache.hit_rate,
            total_hits=cache.total_hits,
            total_misses=cache.total_misses,
            cache_size=cache.cache_size,
            total_cost_saved_usd=cache.total_cost_saved_usd,
        ),
        # No Gemini is used, and no model's own cache of prompts; calls always need tokens.
        system_info=statistics_service_pb2.SystemInfo(aws_configured=figures.documents_in_s3, auth_configured=True),
        inference_stats=_models_to_proto(models),
    )


def _models_to_proto(models: MonthOfModels | NoFigures) -> statistics_service_pb2.InferenceStats:
    """Nothing but the status where nothing is known: a zero would be a figure."""
    if isinstance(models, NoFigures):
        return statistics_service_pb2.InferenceStats(status=models.value)
    return statistics_service_pb2.InferenceStats(
        status="available",
        month=models.month,
        total_calls=sum(use.calls for use in models.models),
        input_tokens=sum(use.input_tokens for use in models.models),
        cached_tokens=sum(use.cached_tokens for use in models.models),
        output_tokens=sum(use.output_tokens for use in models.models),
        total_cost_usd=round(sum(use.cost_usd for use in models.models), 6),
        models=[
            statistics_service_pb2.ModelStats(
                model=use.model,
                calls=use.calls,
                input_tokens=use.input_tokens,
                cached_tokens=use.cached_tokens,
                output_tokens=use.output_tokens,
                cost_usd=round(use.cost_usd, 6),
                seconds=round(use.seconds, 3),
            )
            for use in models.models
        ],
    )


def month_of_models_from_proto(response: inference_service_pb2.GetUsageResponse) -> MonthOfModels:
    """Inference's totals by model."""
    return MonthOfModels(
        response.month,
        [
            ModelUse(
                total.model,
                total.calls,
                total.usage.input_tokens,
                total.usage.cached_tokens,
                total.usage.output_tokens,
                total.usage.cost_usd,
                total.usage.seconds,
            )
            for total in response.totals
        ],
    )


def cache_stats_to_proto(figures: Statistics) -> statistics_service_pb2.GetCacheStatsResponse:
    """The cache's figures in the shape of seed 002."""
    return statistics_service_pb2.GetCacheStatsResponse(
        hit_rate=100 * _ratio(figures.hits, figures.hits + figures.misses),
        total_hits=figures.hits,
        total_misses=figures.misses,
        cache_size=figures.cached_results,
        total_tokens_saved=figures.tokens_saved,
        total_cost_saved_usd=round(figures.cost_saved_usd, 6),
        avg_tokens_per_request=_ratio(figures.tokens_used, figures.parses),
    )


def _ratio(part: float, whole: float) -> float:
    return round(part / whole, 4) if whole else 0.0


# By what the parser found the document to be, never by what its sender called it: browsers act on it.
_MEDIA_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "txt": "text/plain; charset=utf-8",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
}


def media_type_of(stored: StoredResume) -> str:
    """Media type of the document that a resume was read from."""
    kind = resume_pb2.Resume.FromString(stored.content).metadata.document.kind
    return _MEDIA_TYPES.get(kind, "application/octet-stream")


def disposition_of(filename: str) -> str:
    """`Content-Disposition` of a document: saved, never shown; names in any script (RFC 6266)."""
    return f"attachment; filename*=UTF-8''{quote(filename or 'resume', safe='')}"


def health_to_proto(health: Health) -> status_service_pb2.GetHealthResponse:
    """The state of the mesh in the words of seed 001."""
    status = "healthy" if all(health.up.values()) else "degraded" if health.able_to_parse else "unhealthy"
    return status_service_pb2.GetHealthResponse(
        status=status,
        service="Resume Analysis API",
        dependencies={name: "up" if answered else "down" for name, answered in health.up.items()},
    )


def printed(content: bytes) -> bytes:
    """A serialised resume as JSON, printed as the edge prints messages."""
    resume = resume_pb2.Resume.FromString(content)
    text = json_format.MessageToJson(
        resume, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
    return text.encode()
