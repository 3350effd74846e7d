"""Gaps between positions."""

from collections.abc import Iterable
from dataclasses import dataclass

from matching_service.domain.model import Position

# Months without a position that a reader asks about.
NOTABLE_MONTHS = 6


@dataclass(frozen=True, slots=True)
class Gap:
    """A time without a position, `YYYY-MM` to `YYYY-MM`, both ends counted."""

    start: str
    end: str
    months: int


def gaps(positions: Iterable[Position], studies: Iterable[Position] = ()) -> tuple[Gap, ...]:
    """Notable gaps between positions, the earliest first, but for those that studies explain.

    Dates of bare years count from January to December.
    """
    studied = [period for study in studies if (period := _period(study)) is not None]
    periods = sorted(period for position in positions if (period := _period(position)) is not None)
    found: list[Gap] = []
    reached: int | None = None
    for first, last in periods:
        if reached is not None and first - reached - 1 >= NOTABLE_MONTHS:
            months = range(reached + 1, first)
            idle = sum(not any(start <= month <= end for start, end in studied) for month in months)
            if idle >= NOTABLE_MONTHS:
                found.append(Gap(_written(reached + 1), _written(first - 1), len(months)))
        reached = last if reached is None else max(reached, last)
    return tuple(found)


def _period(position: Position) -> tuple[int, int] | None:
    first = _month(position.start_date, 1)
    last = 12 * 9999 if position.end_date == "present" else _month(position.end_date, 12)
    return (first, last) if first is not None and last is not None else None


def _month(date: str, missing: int) -> int | None:
    year, _, month = date.partition("-")
    if not year.isdigit():
        return None
    return 12 * int(year) + (int(month) if month.isdigit() else missing) - 1


def _written(month: int) -> str:
    return f"{month // 12}-{month % 12 + 1:02}"
