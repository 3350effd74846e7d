"""Reading uploads for an analysis: a form, a JSON object, or a document as the body."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from matching_service.domain.errors import MissingJobDescription
from matching_service.domain.upload import AnalysisUpload, JobUpload
from meshkit.errors import FieldViolation, InvalidRequest
from meshkit.forms import FormPart, MalformedForm, is_form, read_form

# What the contracts of parser and of this service take.
MAX_FILENAME_CHARACTERS = 255
MAX_JOB_CHARACTERS = 100_000
_MOST_FIELDS = 20

_TRUTHS = {"true": True, "1": True, "on": True, "yes": True, "false": False, "0": False, "off": False, "no": False, "": False}  # fmt: skip


def read_analysis_upload(
    content_type: str, body: bytes, *, job_text: str, filename: str, anonymised: bool
) -> AnalysisUpload:
    """A form's own fields win over the request's. Raises MalformedForm, InvalidRequest, MissingJobDescription."""
    if not is_form(content_type):
        return _complete(AnalysisUpload(body, filename, job_text, anonymised))
    fields = read_form(content_type, body)
    resume = _file(fields, "resume")
    if resume is None:
        raise InvalidRequest(FieldViolation("resume", "is missing: send the resume as a file"))
    job = fields["job_description"].text if "job_description" in fields else job_text
    return _complete(AnalysisUpload(*resume, job, _flag(fields, anonymised)))


def _complete(upload: AnalysisUpload) -> AnalysisUpload:
    if not upload.job_text.strip():
        raise MissingJobDescription
    if len(upload.job_text) > MAX_JOB_CHARACTERS:
        limit = f"has more than {MAX_JOB_CHARACTERS:,} characters; send the part that describes the job"
        raise InvalidRequest(FieldViolation("job_description", limit))
    return upload


def read_job_upload(content_type: str, body: bytes, given: JobUpload) -> JobUpload:
    """What a form or an object says wins over `given`; any other body is the document. Raises MalformedForm, InvalidRequest."""
    kind = content_type.partition(";")[0].strip().lower()
    if is_form(content_type):
        upload = _from_form(read_form(content_type, body), given)
    elif kind == "application/x-www-form-urlencoded":
        fields = _pairs(body)
        upload = _from_form({name: FormPart(value.encode()) for name, value in fields}, given)
    elif kind == "application/json":
        upload = _from_object(_object(body), given)
    else:
        upload = replace(given, document=body or None)
    _require_id("job_id", upload.job_id)
    if upload.resume_id is not None:
        _require_id("resume_id", upload.resume_id)
        if upload.document is not None:
            raise InvalidRequest(FieldViolation("resume_id", "and a file were sent; send one of them"))
    elif upload.document is None:
        raise InvalidRequest(
            FieldViolation("resume", "is missing: send the resume as a file, or the resume_id of a stored one")
        )
    return upload


def _pairs(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode("utf-8", "replace"), max_num_fields=_MOST_FIELDS)
    except ValueError as fault:
        raise MalformedForm(expected="application/x-www-form-urlencoded") from fault


def _from_form(fields: Mapping[str, FormPart], given: JobUpload) -> JobUpload:
    document, filename = _file(fields, "resume") or _file(fields, "file") or (None, "")
    job_id = fields["job_id"].text.strip() if "job_id" in fields else given.job_id
    resume_id = fields["resume_id"].text.strip() if "resume_id" in fields else given.resume_id
    return JobUpload(job_id, document, filename, resume_id or None, _flag(fields, given.anonymised))


def _from_object(sent: Mapping[str, Any], given: JobUpload) -> JobUpload:
    known: Mapping[str, Any] = {
        "job_id": given.job_id, "resume_id": given.resume_id or "", "anonymised": given.anonymised,
    }  # fmt: skip
    for name, value in sent.items():
        if name not in known:
            raise InvalidRequest(FieldViolation(name[:60], "is not a field of this request"))
        if type(value) is not type(known[name]):
            kind = "true or false" if name == "anonymised" else "text"
            raise InvalidRequest(FieldViolation(name, f"must be {kind}"))
    values = {**known, **sent}
    return JobUpload(values["job_id"], resume_id=values["resume_id"] or None, anonymised=values["anonymised"])


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        sent = json.loads(body)
    except ValueError:
        sent = None
    if not isinstance(sent, dict):
        raise InvalidRequest(FieldViolation("body", "is no JSON object with job_id and resume_id"))
    return sent


def _file(fields: Mapping[str, FormPart], name: str) -> tuple[bytes, str] | None:
    part = fields.get(name)
    return None if part is None or part.filename is None else (part.data, part.filename[:MAX_FILENAME_CHARACTERS])


def _flag(fields: Mapping[str, FormPart], given: bool) -> bool:
    if "anonymised" not in fields:
        return given
    value = _TRUTHS.get(fields["anonymised"].text.strip().lower())
    if value is None:
        raise InvalidRequest(FieldViolation("anonymised", "must be true or false"))
    return value


def _require_id(name: str, value: str) -> None:
    try:
        UUID(value)
    except ValueError:
        raise InvalidRequest(FieldViolation(name, "must be a UUID" if value else "is missing")) from None
