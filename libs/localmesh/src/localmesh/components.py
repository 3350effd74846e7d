"""The vocabulary of the table of components: what a part of the mesh is, and what it needs to run."""

import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

# Raises, or takes too long, when the component is not healthy.
Probe = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Command:
    """A program to run."""

    arguments: tuple[str, ...]
    # Added to the environment of the supervisor.
    environment: Mapping[str, str] = field(default_factory=dict)
    # None: as whoever runs the supervisor.
    user: int | None = None
    group: int | None = None


# Runs a command to its end, its output in the step's log. Raises ComponentFailed when it ends badly.
Run = Callable[[Command], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do once at each start, before others can begin."""

    name: str
    work: Callable[[Run], Awaitable[None]]
    depends_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Component:
    """A process that is kept running."""

    name: str
    command: Command
    probe: Probe
    depends_on: tuple[str, ...] = ()
    port: int | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    # Before that signal: refuses new work and returns when what is in hand is done.
    drain: Callable[[], Awaitable[None]] | None = None


Part = Step | Component
