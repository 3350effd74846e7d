"""What work costs, and how it adds up."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

PER_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens of a run."""

    input: int = 0
    # Of the input, those that a cache already held.
    cached: int = 0
    output: int = 0


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars a million tokens."""

    input: float = 0.0
    # None: as input.
    cached: float | None = None
    output: float = 0.0

    def of(self, tokens: Tokens) -> float:
        """Cost in US dollars."""
        cached = self.input if self.cached is None else self.cached
        fresh = tokens.input - tokens.cached
        return (fresh * self.input + tokens.cached * cached + tokens.output * self.output) / PER_MILLION


@dataclass(frozen=True, slots=True)
class Usage:
    """What one or more runs took. Times in seconds."""

    tokens: Tokens = field(default_factory=Tokens)
    cost_usd: float = 0.0
    seconds: float = 0.0
    queue_seconds: float = 0.0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            Tokens(
                self.tokens.input + other.tokens.input,
                self.tokens.cached + other.tokens.cached,
                self.tokens.output + other.tokens.output,
            ),
            self.cost_usd + other.cost_usd,
            self.seconds + other.seconds,
            self.queue_seconds + other.queue_seconds,
        )


@dataclass(frozen=True, slots=True)
class Account:
    """Under which usage is added up."""

    month: str  # YYYY-MM in UTC
    tenant: str
    model: str


@dataclass(frozen=True, slots=True)
class Total:
    """Sum of an account."""

    calls: int = 0
    usage: Usage = field(default_factory=Usage)

    def __add__(self, other: "Total") -> "Total":
        return Total(self.calls + other.calls, self.usage + other.usage)


@dataclass(frozen=True, slots=True)
class Budgets:
    """What tenants may spend in a month, in US dollars. None: no limit."""

    default: float | None = None
    tenants: Mapping[str, float] = field(default_factory=dict)

    def of(self, tenant: str) -> float | None:
        """The tenant's own budget, else the default."""
        return self.tenants.get(tenant, self.default)


def month_of(now: datetime) -> str:
    """The month of a time in UTC, as accounts name it."""
    return f"{now:%Y-%m}"
