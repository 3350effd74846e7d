"""Lengths of employment."""

from collections.abc import Iterable

from parser_service.domain.dates import Month


def _first(month: Month) -> int:
    return month.year * 12 + (month.month or 1) - 1


def _last(month: Month) -> int:
    return month.year * 12 + (month.month or 12) - 1


def parse_month(text: str) -> Month | None:
    """`YYYY-MM` or `YYYY` back as a month."""
    if not text[:4].isdigit():
        return None
    return Month(int(text[:4]), int(text[5:7]) if len(text) >= 7 else 0)


def _bounds(start: Month, end: Month) -> tuple[int, int]:
    # Two bare years measure from one to the other: `2016 - 2019` is three years, not four.
    if not start.month and not end.month and end.year > start.year:
        return start.year * 12, end.year * 12 - 1
    return _first(start), _last(end)


def years_of(start: str, end: str, today: Month) -> float | None:
    """Length in years to one decimal, both ends counted; None when the dates do not tell."""
    months = _months([(start, end)], today)
    return round(len(months) / 12, 1) if months else None


def total_years(periods: Iterable[tuple[str, str]], today: Month) -> float:
    """Years in all periods together; overlapping months count once."""
    return round(len(_months(periods, today)) / 12, 1)


def _months(periods: Iterable[tuple[str, str]], today: Month) -> set[int]:
    months: set[int] = set()
    for start_text, end_text in periods:
        start = parse_month(start_text)
        end = today if end_text == "present" else parse_month(end_text)
        if start and end:
            low, high = _bounds(start, end)
            if 0 <= high - low < 12 * 70:
                months.update(range(low, high + 1))
    return months
