"""Sessions: what a login starts, refresh tokens carry on, and the reuse of one of them ends."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from uuid import UUID


@dataclass(frozen=True, slots=True)
class TokenPolicy:
    """For whom tokens are, and how long they live."""

    issuer: str
    audience: str
    access_life: timedelta
    refresh_life: timedelta


@dataclass(frozen=True, slots=True)
class Session:
    """One login and all refresh tokens that descend from it."""

    id: UUID
    user_id: UUID
    started_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A refresh token as it is kept: its digest, never the token."""

    digest: bytes
    session: Session
    expires_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What a login or a refresh hands out."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: timedelta


class Redemption(Enum):
    """What comes of an attempt to use a refresh token."""

    GRANTED = "granted"
    # Unknown, expired, or of a session that has ended since it was issued.
    REFUSED = "refused"
    # Used before: it was stolen, by this caller or from this caller. Nobody can tell, so the session ends for both.
    REUSED = "reused"


def redeem(token: RefreshToken | None, now: datetime) -> Redemption:
    """Whether a token may be used now."""
    if token is None or token.expires_at <= now:
        return Redemption.REFUSED
    if token.used_at is not None:
        return Redemption.REUSED
    return Redemption.GRANTED if token.session.ended_at is None else Redemption.REFUSED


def token_digest(token: str) -> bytes:
    """SHA-256. Tokens are 256 random bits: there is nothing to guess that a slow hash would protect."""
    return hashlib.sha256(token.encode()).digest()


def access_claims(user_id: UUID, *, token_id: UUID, policy: TokenPolicy, now: datetime) -> dict[str, object]:
    """Claims of an access token. A user is a tenant of their own."""
    return {
        "iss": policy.issuer,
        "aud": policy.audience,
        "sub": str(user_id),
        "tenant": str(user_id),
        "scope": "user",
        "iat": int(now.timestamp()),
        "exp": int((now + policy.access_life).timestamp()),
        "jti": str(token_id),
    }
