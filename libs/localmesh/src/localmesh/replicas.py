"""How many processes of each service, and of the edge, a mesh runs."""

from collections.abc import Mapping

# More would only take memory from each other on one machine.
MOST = 16


def parse_replicas(text: str) -> dict[str, int]:
    """Numbers by name of `parser=3,gateway=2`. Raises ValueError."""
    replicas = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, equals, number = part.partition("=")
        if not equals or not number.isdecimal() or not 1 <= int(number) <= MOST:
            raise ValueError(f"{part!r} is not NAME=NUMBER with a number from 1 to {MOST}")
        replicas[name] = int(number)
    return replicas


class Replicas:
    """Names of processes: `parser` when there is one, else `parser-1`, `parser-2` and so on."""

    def __init__(self, numbers: Mapping[str, int]) -> None:
        self._numbers = numbers

    def of(self, name: str) -> tuple[str, ...]:
        """The processes of one service; the name itself for what is not replicated."""
        number = self._numbers.get(name, 1)
        return (name,) if number == 1 else tuple(f"{name}-{index}" for index in range(1, number + 1))

    def all_of(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The processes of several."""
        return tuple(replica for name in names for replica in self.of(name))
