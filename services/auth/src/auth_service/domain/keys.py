"""Signing keys over time: published, then signing, then still published until the last token that they signed has expired."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

# Clocks of replicas and verifiers differ; a key stays published this much longer than its last token lives.
CLOCK_SKEW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An ES256 key. It signs from `signs_from` until the next generation does."""

    generation: int  # 1, 2, 3, ...: replicas that rotate at the same time make the same one, and only one is kept
    kid: str
    x: str  # base64url, as in the JWK
    y: str
    private_key: bytes = field(repr=False)  # PKCS #8, DER
    signs_from: datetime


@dataclass(frozen=True, slots=True)
class KeyPolicy:
    """How keys rotate."""

    life: timedelta
    # From publication to the first signature: longer than any verifier caches the key set.
    lead: timedelta
    token_life: timedelta


@dataclass(frozen=True, slots=True)
class KeyRing:
    """All keys there are, by generation."""

    keys: Sequence[SigningKey]

    def signer(self, now: datetime) -> SigningKey | None:
        """The key that signs now. None only for an empty ring."""
        started = [key for key in self.keys if key.signs_from <= now]
        # A ring without a started key was made by a replica whose clock is ahead.
        return started[-1] if started else next(iter(self.keys), None)

    def published(self, now: datetime) -> Sequence[SigningKey]:
        """The key that signs now first, then the others, newest first."""
        signer = self.signer(now)
        return sorted(self.keys, key=lambda key: (key is not signer, -key.generation))

    def next_generation(self, policy: KeyPolicy, now: datetime) -> tuple[int, datetime] | None:
        """Number and first day of the key that has to be made now. None while there is time."""
        if not self.keys:
            return 1, now
        newest = self.keys[-1]
        due = newest.signs_from + policy.life
        if now < due - policy.lead:
            return None
        return newest.generation + 1, max(due, now + policy.lead)

    def expired(self, policy: KeyPolicy, now: datetime) -> Sequence[SigningKey]:
        """Keys whose last token has expired everywhere."""
        kept_for = policy.token_life + CLOCK_SKEW
        return [
            key
            for key, successor in zip(self.keys, self.keys[1:], strict=False)
            if successor.signs_from + kept_for <= now
        ]
