import pickle
from datetime import timedelta

import pytest
from google.rpc import error_details_pb2

from meshkit.errors import DomainError, FieldViolation, InvalidRequest, NotFound, Overloaded, RemoteError
from meshkit.interceptors.errors import to_status
from meshkit.reasons import REASON_CODES


def test_a_status_names_its_reason_and_carries_the_fields_as_metadata() -> None:
    status = to_status(NotFound(resource="Resume"))
    info = error_details_pb2.ErrorInfo()
    assert status.details[0].Unpack(info)
    assert (info.reason, info.domain, dict(info.metadata)) == ("NOT_FOUND", "hiremesh", {"resource": "Resume"})
    assert status.code == 5
    assert status.message == "Resume not found"


def test_a_status_names_each_field_at_fault() -> None:
    status = to_status(
        InvalidRequest(FieldViolation("email", "must be an address"), FieldViolation("name", "is missing"))
    )
    bad = error_details_pb2.BadRequest()
    assert status.details[1].Unpack(bad)
    assert [(v.field, v.description) for v in bad.field_violations] == [
        ("email", "must be an address"),
        ("name", "is missing"),
    ]


def test_a_status_says_when_to_retry() -> None:
    status = to_status(Overloaded(resource="workers", retry_after=timedelta(seconds=3)))
    retry = error_details_pb2.RetryInfo()
    assert status.details[1].Unpack(retry)
    assert retry.retry_delay.ToTimedelta() == timedelta(seconds=3)


@pytest.mark.parametrize(
    "error",
    [
        NotFound(resource="Resume"),
        InvalidRequest(FieldViolation("email", "is missing")),
        Overloaded(resource="workers", retry_after=timedelta(seconds=1)),
    ],
    ids=lambda error: error.reason,
)
def test_errors_survive_the_way_out_of_a_worker_process(error: DomainError) -> None:
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301  # our own bytes
    assert type(copy) is type(error)
    assert (str(copy), copy.fields, copy.retry_after, list(copy.violations)) == (
        str(error),
        error.fields,
        error.retry_after,
        list(error.violations),
    )


def test_an_error_of_another_service_is_passed_on_as_it_came() -> None:
    received = RemoteError(wire_reason="DOCUMENT_ENCRYPTED", message="The pdf is encrypted", fields={"kind": "pdf"})
    status = to_status(received)
    info = error_details_pb2.ErrorInfo()
    assert status.details[0].Unpack(info)
    assert (status.code, status.message, info.reason) == (3, "The pdf is encrypted", "DOCUMENT_ENCRYPTED")


def test_every_reason_of_the_contract_has_a_status_other_than_ok() -> None:
    assert all(code.value[0] != 0 for code in REASON_CODES.values())
