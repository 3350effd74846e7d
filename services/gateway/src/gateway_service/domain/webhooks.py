"""Webhooks: who is told, what, and how a call is signed."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from meshkit.errors import DomainError

_SECRET_PREFIX = "whsec_"  # noqa: S105  # as Standard Webhooks writes secrets
_SECRET_BYTES = 32
OLD_SECRET_LIFETIME = timedelta(hours=24)


class WebhookEvent(StrEnum):
    """What is told."""

    JOB_COMPLETED = "parse_job.completed"
    JOB_FAILED = "parse_job.failed"
    BATCH_COMPLETED = "batch.completed"
    PING = "ping"


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that is called. Its secrets sign, and are shown once."""

    id: str
    owner: str
    url: str
    secret: str = field(repr=False)
    # Empty: all.
    events: frozenset[str]
    enabled: bool
    created_at: datetime
    # Still signs after a rotation, for a while.
    old_secret: str = field(default="", repr=False)
    old_secret_until: datetime | None = None

    def wants(self, event: WebhookEvent) -> bool:
        """Whether it is told of such an event."""
        return self.enabled and (not self.events or event in self.events)

    def rotated(self, now: datetime) -> "Webhook":
        """With a new secret."""
        return replace(self, secret=new_secret(), old_secret=self.secret, old_secret_until=now + OLD_SECRET_LIFETIME)

    def signing_secrets(self, now: datetime) -> tuple[str, ...]:
        """The newest first."""
        old = self.old_secret_until is not None and now < self.old_secret_until
        return (self.secret, self.old_secret) if old else (self.secret,)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one webhook."""

    id: str
    webhook_id: str
    event: WebhookEvent
    body: bytes
    created_at: datetime
    state: DeliveryState = DeliveryState.PENDING
    attempts: int = 0
    response_status: int | None = None
    # In one word, why the last call failed; empty when it did not.
    fault: str = ""
    last_attempt_at: datetime | None = None
    # None: nothing more will be sent.
    next_attempt_at: datetime | None = None

    def after(self, outcome: "CallOutcome", now: datetime, delays: Sequence[timedelta]) -> "Delivery":
        """What a call made of it; its attempt was counted when it was taken. `delays`: before each next call, from the second on."""
        delays = delays[self.attempts - 1 :]
        state, due = DeliveryState.PENDING, None
        if outcome.delivered:
            state = DeliveryState.DELIVERED
        elif outcome.final or not delays:
            state = DeliveryState.FAILED
        else:
            due = now + delays[0]
        return replace(
            self,
            state=state,
            response_status=outcome.status,
            fault=outcome.fault,
            last_attempt_at=now,
            next_attempt_at=due,
        )

    def retried(self, now: datetime) -> "Delivery":
        """To be sent at once, with all its tries before it."""
        return replace(self, state=DeliveryState.PENDING, attempts=0, next_attempt_at=now)


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """How a call to a webhook went."""

    status: int | None
    fault: str

    @property
    def delivered(self) -> bool:
        """Whether the receiver has it."""
        return not self.fault

    @property
    def final(self) -> bool:
        """Whether the receiver says that it is gone for good (410)."""
        return self.status == 410


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    """One page of a list of deliveries."""

    deliveries: tuple[Delivery, ...]
    # Id after which the next page begins; None on the last page.
    next_cursor: str | None


def new_secret() -> str:
    """As Standard Webhooks writes it."""
    return _SECRET_PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def signature(secret: str, *, delivery_id: str, timestamp: int, body: bytes) -> str:
    """Of one call (Standard Webhooks 1.0): who replays it cannot change the time, and who gets it can refuse old ones."""
    key = base64.b64decode(secret.removeprefix(_SECRET_PREFIX))
    signed = b".".join((delivery_id.encode(), str(timestamp).encode(), body))
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


class TooManyWebhooks(DomainError):
    """The owner has as many as allowed."""

    reason = "TOO_MANY_WEBHOOKS"
    template = "Too many webhooks (limit {limit}); delete one first"
