"""Leaving an engine alone that keeps failing."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class BreakerLimits:
    """When an engine is left alone, and for how long."""

    failures: int = 3
    rest: timedelta = timedelta(seconds=15)


class Breaker:
    """Closed while the engine works; open after failures in a row; after a rest one call at a time tries it."""

    def __init__(self, limits: BreakerLimits) -> None:
        self._limits = limits
        self._failures = 0
        self._rests_until: datetime | None = None

    def is_resting(self, now: datetime) -> bool:
        """Whether calls pass the engine by."""
        return self._rests_until is not None and now < self._rests_until

    def admits(self, now: datetime) -> bool:
        """Whether a call may try. The one that tries after a rest keeps the others away until it is known how it went."""
        if self.is_resting(now):
            return False
        if self._rests_until is not None:
            self._rests_until = now + self._limits.rest
        return True

    def succeeded(self) -> None:
        """The engine answered."""
        self._failures = 0
        self._rests_until = None

    def failed(self, now: datetime) -> None:
        """The engine broke."""
        self._failures += 1
        if self._failures >= self._limits.failures:
            self._rests_until = now + self._limits.rest
