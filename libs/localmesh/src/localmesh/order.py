"""Who needs whom."""

from collections.abc import Sequence
from graphlib import TopologicalSorter

from localmesh.components import Part


def dependencies(parts: Sequence[Part]) -> dict[str, frozenset[str]]:
    """Everything that each part needs, directly or through others; in an order in which they can start.

    Raises KeyError for a name that is not in the table, graphlib.CycleError for a circle.
    """
    table = {part.name: part for part in parts}
    closed: dict[str, frozenset[str]] = {}
    for name in TopologicalSorter({part.name: part.depends_on for part in parts}).static_order():
        direct = table[name].depends_on
        closed[name] = frozenset(direct).union(*(closed[needed] for needed in direct))
    return closed
