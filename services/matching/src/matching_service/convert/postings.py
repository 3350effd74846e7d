"""Jobs between messages, the domain and the store."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC
from typing import Any

from pydantic import TypeAdapter

from hiremesh.matching.v1 import job_pb2, job_service_pb2, match_service_pb2, requirements_pb2
from matching_service.convert.requirements import requirements_to_proto
from matching_service.domain.places import country_of
from matching_service.domain.posting import Draft, JobPosting, Pay
from matching_service.domain.requirements import Requirements
from matching_service.domain.search import JobFilter
from matching_service.domain.terms import Employment, Seniority, Workplace

_DRAFT = TypeAdapter(Draft)


def draft_to_json(draft: Draft) -> Mapping[str, Any]:
    """As stored."""
    stored: dict[str, Any] = _DRAFT.dump_python(draft, mode="json")
    return stored


def draft_from_json(stored: Mapping[str, Any]) -> Draft:
    """From the store; fields that later versions add take their defaults."""
    return _DRAFT.validate_python(stored)


def draft_from_proto(request: job_service_pb2.CreateJobRequest) -> Draft:
    """A job as its poster describes it."""
    return Draft(
        title=request.title.strip(),
        description=request.description,
        company=request.company.strip(),
        location=request.location.strip(),
        workplace=Workplace(request.workplace) if request.workplace else None,
        employment=Employment(request.employment_type) if request.employment_type else None,
        seniority=Seniority(request.seniority) if request.seniority else None,
        pay=_pay(request),
        industry=request.industry.strip(),
        apply_url=request.apply_url,
        expires_at=request.expire_time.ToDatetime(UTC) if request.HasField("expire_time") else None,
    )


def _pay(request: job_service_pb2.CreateJobRequest | job_service_pb2.UpdateJobRequest) -> Pay | None:
    if not (request.salary_min or request.salary_max):
        return None
    return Pay(request.salary_min, request.salary_max or request.salary_min, request.currency)


def changed(draft: Draft, request: job_service_pb2.UpdateJobRequest) -> Draft:
    """The draft with the fields that the request gives."""
    given: dict[str, Any] = {
        name: getattr(request, name)
        for name in ("title", "description", "company", "location", "apply_url", "industry")
        if request.HasField(name)
    }
    if request.HasField("expire_time"):
        given["expires_at"] = request.expire_time.ToDatetime(UTC)
    if request.HasField("workplace"):
        given["workplace"] = Workplace(request.workplace) if request.workplace else None
    if request.HasField("employment_type"):
        given["employment"] = Employment(request.employment_type) if request.employment_type else None
    if request.HasField("seniority"):
        given["seniority"] = Seniority(request.seniority) if request.seniority else None
    if any(request.HasField(name) for name in ("salary_min", "salary_max", "currency")):
        given["pay"] = _pay(request)
    return replace(draft, **given)


def filter_from_proto(request: job_service_pb2.SearchJobsRequest | match_service_pb2.ListMatchesRequest) -> JobFilter:
    """What a search, or a list of matches, lets through."""
    return JobFilter(
        location=request.location.strip(),
        workplace=Workplace(request.workplace) if request.workplace else None,
        employment=Employment(request.employment_type) if request.employment_type else None,
        seniority=Seniority(request.seniority) if request.seniority else None,
        pay=request.salary_min,
        currency=request.currency,
    )


def job_to_proto(job: JobPosting, requirements: Requirements | None = None) -> job_pb2.Job:
    """With what was read from its text, if that is given."""
    complete = job.complete
    message = job_pb2.Job(
        id=job.id,
        title=complete.title,
        company=complete.company,
        location=complete.location,
        description=complete.description,
        state=job_pb2.JOB_STATE_CLOSED if job.closed else job_pb2.JOB_STATE_OPEN,
        apply_url=complete.apply_url,
        industry=complete.industry,
        country=country_of(complete.location),
    )
    if complete.workplace:
        message.workplace = requirements_pb2.Workplace.ValueType(complete.workplace.value)
    if complete.employment:
        message.employment_type = requirements_pb2.EmploymentType.ValueType(complete.employment.value)
    if complete.seniority:
        message.seniority = requirements_pb2.Seniority.ValueType(complete.seniority.value)
    if complete.pay:
        message.salary_min, message.salary_max = complete.pay.minimum, complete.pay.maximum
        message.currency = complete.pay.currency
    if complete.expires_at is not None:
        message.expire_time.FromDatetime(complete.expires_at)
    message.create_time.FromDatetime(job.created_at)
    message.update_time.FromDatetime(job.updated_at)
    if requirements is not None:
        message.requirements.CopyFrom(requirements_to_proto(requirements))
    return message
