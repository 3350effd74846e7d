"""Figures about all parses."""

from dataclasses import dataclass
from datetime import timedelta

import structlog

from gateway_service.domain.model import MonthOfModels, NoFigures, Statistics
from gateway_service.ports import Clock, Counters, Flights, ModelFigures, ResumeStore, Transactions
from meshkit.errors import DomainError

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class CountParses:
    """Adds up the figures of all replicas."""

    transactions: Transactions
    counters: Counters
    flights: Flights
    resumes: ResumeStore
    clock: Clock
    cache_lifetime: timedelta
    documents_in_s3: bool

    async def __call__(self) -> Statistics:
        """Since the beginning; those in hand are those of now."""
        now = self.clock()
        async with self.transactions() as tx:
            figures = await self.counters.read(tx)
            in_hand = await self.flights.count(tx, now)
            cached = await self.resumes.count_since(tx, now - self.cache_lifetime)
        return Statistics(
            succeeded=round(figures.get("succeeded", 0)),
            failed=round(figures.get("failed", 0)),
            in_hand=in_hand,
            parses=round(figures.get("parses", 0)),
            parse_seconds=figures.get("parse_seconds", 0),
            hits=round(figures.get("hits", 0)),
            misses=round(figures.get("misses", 0)),
            cached_results=cached,
            tokens_used=figures.get("tokens_used", 0),
            tokens_saved=figures.get("tokens_saved", 0),
            cost_saved_usd=figures.get("cost_saved_usd", 0),
            documents_in_s3=self.documents_in_s3,
        )


@dataclass(frozen=True, slots=True)
class CountModels:
    """Tells what models took. Other figures never wait for it long, nor fail with it."""

    figures: ModelFigures | None

    async def __call__(self) -> MonthOfModels | NoFigures:
        """This month, or why it is not known."""
        if self.figures is None:
            return NoFigures.NOT_CONFIGURED
        try:
            return await self.figures.this_month()
        except DomainError as fault:
            _log.warning("model_figures_unavailable", reason=fault.wire_reason)
            return NoFigures.UNAVAILABLE
