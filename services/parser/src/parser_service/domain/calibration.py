"""Raw confidences made true: of the values that say 0.9, nine in ten are right (`bench/reliability.py`)."""

import re
from bisect import bisect_right
from functools import cache
from importlib import resources

_NUMBER = re.compile(r"/\d+(?=/|$)")


@cache
def steps() -> dict[str, tuple[tuple[float, ...], tuple[float, ...]]]:
    """Raw confidences from which each share of right values holds, by field."""
    text = resources.files("parser_service.domain").joinpath("calibration.txt").read_text("utf-8")
    table: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        field, *pairs = line.split()
        raws, shares = zip(*(map(float, pair.split(":")) for pair in pairs), strict=True)
        table[field] = tuple(raws), tuple(shares)
    return table


def calibrated(pointer: str, raw: float) -> float:
    """The confidence in the value at a JSON pointer; fields that were never measured keep the raw one."""
    field = _NUMBER.sub("", pointer).strip("/")
    found = steps().get(field)
    if not found:
        return raw
    raws, shares = found
    return round(shares[max(bisect_right(raws, raw) - 1, 0)], 3)
