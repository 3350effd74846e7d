"""Towns of 15,000 people and more, and their countries (GeoNames)."""

from collections.abc import Mapping
from functools import cache
from importlib import resources


@cache
def towns() -> Mapping[str, str]:
    """ISO code of the country of each town, by name in lower case without accents; the largest town of a name counts."""
    text = resources.files("taxonomy").joinpath("data", "towns.txt").read_text("utf-8")
    rows = (line.split(":") for line in text.splitlines() if not line.startswith("#"))
    return {name: code for code, names in rows for name in names.split("|")}
