"""Background parses: what a job is, and the only ways in which it changes."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from meshkit.errors import DomainError


class JobState(StrEnum):
    """Where a job stands. It ends exactly once, in one of the last two."""

    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


class Priority(StrEnum):
    """Whose turn it is: somebody waits for interactive jobs."""

    INTERACTIVE = "interactive"
    BATCH = "batch"


@dataclass(frozen=True, slots=True)
class JobFailure:
    """Why a job failed: an `ErrorReason` and its words, which hold nothing of the document."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Job:
    """A background parse."""

    id: str
    owner: str
    tenant: str
    # None: an earlier result answered, and the upload was not kept.
    document_id: str | None
    # SHA-256 of the document, hexadecimal.
    digest: str
    fresh: bool
    # Empty: the client sent none.
    request_id: str
    origin: str
    created_at: datetime
    updated_at: datetime
    # When a worker, or the queue, last heard of it; an update is not always worth telling.
    heard_at: datetime
    priority: Priority = Priority.INTERACTIVE
    state: JobState = JobState.QUEUED
    # Number of its last change, from 1.
    sequence: int = 1
    attempts: int = 0
    page: int = 0
    pages: int = 0
    failure: JobFailure | None = None
    resume_id: str | None = None
    # None: the document was sent alone. The rest is of documents that were sent in a batch.
    batch_id: str | None = None
    # Its place in the batch, from 1.
    number: int = 0
    filename: str = ""
    # The batch's sequence when it ended; 0 before.
    batch_sequence: int = 0

    @property
    def ended(self) -> bool:
        """Whether nothing will change any more."""
        return self.state in (JobState.COMPLETED, JobState.FAILED)

    def with_fresh(self, fresh: bool) -> "Job":
        """The same, before it is accepted."""
        return replace(self, fresh=fresh)

    def begun(self, now: datetime) -> "Job":
        """A worker took it. Reports of earlier attempts no longer count."""
        return self._changed(now, JobState.PROCESSING, attempts=self.attempts + 1, page=0, pages=0)

    def progressed(self, now: datetime, *, page: int, pages: int) -> "Job":
        """Its worker is further; itself when it is not."""
        if pages == 0 or page <= self.page:
            return replace(self, heard_at=now)
        return self._changed(now, JobState.PROCESSING, page=page, pages=pages)

    def requeued(self, now: datetime) -> "Job":
        """It waits for another attempt. A job that waits already stays as it is."""
        if self.state is JobState.QUEUED:
            return replace(self, heard_at=now)
        return self._changed(now, JobState.QUEUED, page=0, pages=0)

    def completed(self, now: datetime, *, resume_id: str) -> "Job":
        """It ended with a resume."""
        return self._changed(now, JobState.COMPLETED, resume_id=resume_id)

    def failed(self, now: datetime, failure: JobFailure) -> "Job":
        """It ended without."""
        return self._changed(now, JobState.FAILED, failure=failure)

    def revived(self, now: datetime) -> "Job":
        """An operator wants a failed job tried again."""
        return self._changed(now, JobState.QUEUED, failure=None, attempts=0, page=0, pages=0, batch_sequence=0)

    def _changed(self, now: datetime, state: JobState, **changes: object) -> "Job":
        changed: Job = replace(
            self,
            state=state,
            sequence=self.sequence + 1,
            updated_at=max(now, self.updated_at),  # clocks of replicas differ; time does not run backwards
            heard_at=now,
            **changes,  # type: ignore[arg-type]  # field names of Job, all of them above
        )
        return changed


@dataclass(frozen=True, slots=True)
class JobUpdate:
    """One change of a job, as it was told to those who watch."""

    job_id: str
    sequence: int
    state: JobState
    at: datetime
    attempts: int
    page: int
    pages: int
    failure: JobFailure | None
    # The stored resume, for the change that completed the job.
    resume_id: str | None


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A job that was given up."""

    id: str
    job_id: str
    document_id: str
    code: str
    attempts: int
    buried_at: datetime


CANCELLED = JobFailure("JOB_CANCELLED", "Job cancelled")
EXHAUSTED = JobFailure("ATTEMPTS_EXHAUSTED", "The document could not be read in several attempts")


class JobNotFound(DomainError):
    """No such job, or one that belongs to somebody else."""

    reason = "NOT_FOUND"
    template = "Job not found"


class WorkerUnavailable(DomainError):
    """No worker is there, and the caller does not want the document read at once."""

    reason = "WORKER_UNAVAILABLE"
    template = "Background worker is not available. Please use /parse-resume endpoint instead."


class TooManyJobs(DomainError):
    """Too many jobs wait."""

    reason = "TOO_MANY_JOBS"
    template = "Too many jobs wait (limit {limit}); retry later"


def estimate(recent: timedelta | None, *, waiting: int, workers: int, default: timedelta) -> timedelta:
    """How long a new job will take: what jobs took recently, for it and for its share of those that wait."""
    one = recent if recent is not None else default
    return one * (1 + waiting / max(workers, 1))
