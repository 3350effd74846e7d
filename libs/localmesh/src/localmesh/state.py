"""What a supervisor tells other processes: a small file, replaced at every change."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

import psutil

from localmesh.data_folder import DataFolder, write_private
from localmesh.errors import DataFolderDenied


class Phase(StrEnum):
    """Of the whole mesh."""

    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"


class Condition(StrEnum):
    """Of one part."""

    WAITING = "waiting"
    STARTING = "starting"
    UP = "up"
    # Runs, but its health probe fails.
    NOT_READY = "not ready"
    RESTARTING = "restarting"
    # A step that ran to its end.
    DONE = "done"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(slots=True)
class PartState:
    """One component or step."""

    # A step runs once; a component is kept running.
    step: bool = False
    condition: Condition = Condition.WAITING
    pid: int | None = None
    port: int | None = None
    restarts: int = 0
    # Seconds from its start to its health.
    took: float | None = None


@dataclass(slots=True)
class MeshState:
    """The mesh at one moment."""

    address: str
    supervisor_pid: int
    # Tells the supervisor from a later process with the same pid; seconds since the epoch.
    supervisor_started: float
    phase: Phase = Phase.STARTING
    # What went wrong, for the user. Empty: nothing.
    failure: str = ""
    parts: dict[str, PartState] = field(default_factory=dict)

    @property
    def all_up(self) -> bool:
        """Whether every part is healthy."""
        return all(part.condition in (Condition.UP, Condition.DONE) for part in self.parts.values())


def write_state(folder: DataFolder, state: MeshState) -> None:
    """Replaces the file at once: readers see the old state or the new one."""
    write_private(folder.state, json.dumps(asdict(state), indent=2))


def read_state(folder: DataFolder) -> MeshState | None:
    """The last state that a supervisor wrote. None: there never was one. Raises DataFolderDenied."""
    try:
        return _from_json(json.loads(folder.state.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except PermissionError as fault:
        raise DataFolderDenied(folder.root) from fault


def _from_json(data: Mapping[str, Any]) -> MeshState:
    parts = {
        name: PartState(**{**part, "condition": Condition(part["condition"])}) for name, part in data["parts"].items()
    }
    return MeshState(**{**data, "phase": Phase(data["phase"]), "parts": parts})


def supervisor_lives(state: MeshState) -> bool:
    """Whether the process that wrote the state is still there."""
    try:
        return abs(psutil.Process(state.supervisor_pid).create_time() - state.supervisor_started) < 1
    except psutil.Error:
        return False
