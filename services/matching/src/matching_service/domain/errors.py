"""Why a match or an analysis cannot be made."""

from meshkit.errors import DomainError


class ResumeNotReady(DomainError):
    """The resume was stored a moment ago; its event is on the way."""

    reason = "RESUME_NOT_READY"
    template = "The resume is not ready yet; retry in a moment"


class InvalidFileFormat(DomainError):
    """The resume to analyse is of a kind that is not read."""

    reason = "INVALID_FILE_FORMAT"
    template = "Unsupported file type: {file_type}. Allowed: {allowed}"


class MissingJobDescription(DomainError):
    """There is no job to hold the resume against."""

    reason = "MISSING_JOB_DESCRIPTION"
    template = "No job description; send its text in the field job_description"


class ProcessingFailed(DomainError):
    """The document is of a known kind, and could not be read; `cause` is parser's reason."""

    reason = "PDF_PROCESSING_ERROR"
    template = "{message}"


class AiServiceUnavailable(DomainError):
    """Only a model could judge this job text, and none is there."""

    reason = "AI_SERVICE_ERROR"
    template = "The job text names nothing that can be judged without a model, and no model can be reached; retry later"
