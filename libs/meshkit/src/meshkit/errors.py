"""Errors that a caller can act on. Pure: how they look on the wire is decided in `interceptors.errors` and `channels`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

FieldValue = str | int | float


@dataclass(frozen=True, slots=True)
class FieldViolation:
    """One fault in a request: which field, and what to do about it."""

    field: str
    description: str


class DomainError(Exception):
    """Base of all errors that cross a service boundary.

    A subclass names its `reason`, a value of `hiremesh.errors.v1.ErrorReason`, and the `template` of its message; its fields travel as
    metadata and fill the template. Neither may hold personal data.
    """

    reason: ClassVar[str]
    template: ClassVar[str]

    def __init__(self, *, retry_after: timedelta | None = None, **fields: FieldValue) -> None:
        self.fields: dict[str, FieldValue] = fields
        self.retry_after = retry_after
        self.violations: Sequence[FieldViolation] = ()
        super().__init__(self.template.format(**fields))

    def __reduce__(self) -> tuple[object, ...]:
        """Errors cross process boundaries: worker processes send them back pickled."""
        return _rebuild, (type(self), self.retry_after, self.fields)

    @property
    def wire_reason(self) -> str:
        """The reason as sent; differs from the class's only for errors received from other services."""
        return self.reason


def _rebuild(kind: type[DomainError], retry_after: timedelta | None, fields: dict[str, FieldValue]) -> DomainError:
    return kind(retry_after=retry_after, **fields)


class InvalidRequest(DomainError):
    """Fields of the request are at fault; `violations` names each with its remedy."""

    reason = "INVALID_REQUEST"
    template = "{summary}"

    def __init__(self, *violations: FieldViolation) -> None:
        super().__init__(summary="; ".join(f"{v.field}: {v.description}" for v in violations))
        self.fields = {}
        self.violations = violations

    def __reduce__(self) -> tuple[object, ...]:
        return InvalidRequest, tuple(self.violations)


class InvalidToken(DomainError):
    """Credentials are missing, malformed, expired, revoked or meant for somebody else."""

    reason = "INVALID_TOKEN"
    template = "Invalid or expired token"


class PermissionDenied(DomainError):
    """The caller is known but may not do this."""

    reason = "PERMISSION_DENIED"
    template = "Permission denied"


class NotFound(DomainError):
    """No such resource, or one that belongs to somebody else: callers can't tell which."""

    reason = "NOT_FOUND"
    template = "{resource} not found"


class RequestIdReused(DomainError):
    """The same request id came with another request before."""

    reason = "REQUEST_ID_REUSED"
    template = "request_id was used for another request; send a new one"


class Overloaded(DomainError):
    """A bounded resource is fully used."""

    reason = "OVERLOADED"
    template = "All {resource} are busy; retry later"


class ServiceUnavailable(DomainError):
    """A service that this call needs is not reachable."""

    reason = "SERVICE_UNAVAILABLE"
    template = "{service} is not available; retry later"


class DeadlineExceeded(DomainError):
    """The deadline passed, or too little of it is left to begin."""

    reason = "DEADLINE_EXCEEDED"
    template = "The deadline passed before the answer was there"


class RemoteError(DomainError):
    """An error received from another service; keeps its reason, fields and message, so that it can be passed on."""

    reason = "INTERNAL"
    template = "{message}"

    def __init__(
        self,
        *,
        wire_reason: str,
        message: str,
        fields: dict[str, FieldValue],
        violations: Sequence[FieldViolation] = (),
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(message=message, retry_after=retry_after)
        self.fields = fields
        self.violations = violations
        self._wire_reason = wire_reason

    @property
    def wire_reason(self) -> str:
        """The reason that the other service gave."""
        return self._wire_reason
