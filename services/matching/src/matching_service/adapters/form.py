"""Reading uploads for an analysis: a form, or a document as the body."""

from matching_service.domain.errors import MissingJobDescription
from matching_service.domain.upload import AnalysisUpload
from meshkit.errors import FieldViolation, InvalidRequest
from meshkit.forms import is_form, read_form

# What the contracts of parser and of this service take.
MAX_FILENAME_CHARACTERS = 255
MAX_JOB_CHARACTERS = 100_000


def read_analysis_upload(content_type: str, body: bytes, *, job_text: str, filename: str) -> AnalysisUpload:
    """A form's own fields win over the request's. Raises MalformedForm, InvalidRequest, MissingJobDescription."""
    if not is_form(content_type):
        return _complete(AnalysisUpload(body, filename, job_text))
    fields = read_form(content_type, body)
    resume = fields.get("resume")
    if resume is None or resume.filename is None:
        raise InvalidRequest(FieldViolation("resume", "is missing: send the resume as a file"))
    job = fields["job_description"].text if "job_description" in fields else job_text
    return _complete(AnalysisUpload(resume.data, resume.filename[:MAX_FILENAME_CHARACTERS], job))


def _complete(upload: AnalysisUpload) -> AnalysisUpload:
    if not upload.job_text.strip():
        raise MissingJobDescription
    if len(upload.job_text) > MAX_JOB_CHARACTERS:
        limit = f"has more than {MAX_JOB_CHARACTERS:,} characters; send the part that describes the job"
        raise InvalidRequest(FieldViolation("job_description", limit))
    return upload
