"""What other processes do with a mesh: start one in the background, stop it, look at it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from localmesh import logs
from localmesh.data_folder import DataFolder
from localmesh.errors import AlreadyRunning, MeshFault, NotRunning
from localmesh.lock import MeshLock, is_locked
from localmesh.settings import MeshSettings
from localmesh.state import MeshState, Phase, read_state, supervisor_lives

_POLL_SECONDS = 0.1
_SUPERVISOR_LOG = "supervisor"
# Beyond the sum of what its components may take.
_STOP_LIMIT = timedelta(seconds=120)


def folder_of(settings: MeshSettings) -> DataFolder:
    """The data folder that the settings name."""
    return DataFolder(settings.data.expanduser().resolve())


def current_state(settings: MeshSettings) -> MeshState:
    """What runs now. Raises NotRunning."""
    folder = folder_of(settings)
    state = read_state(folder)
    if state is None or not is_locked(folder.lock) or not supervisor_lives(state):
        raise NotRunning(folder.root)
    return state


def start_in_background(settings: MeshSettings, show: Callable[[MeshState], None]) -> MeshState:
    """Starts a mesh that outlives us; returns when it is healthy. Raises MeshFault when it cannot run; stops it when interrupted."""
    folder = folder_of(settings)
    folder.create()
    with suppress(NotRunning):
        raise AlreadyRunning(folder.root, current_state(settings).address)
    log = folder.log(_SUPERVISOR_LOG)
    logs.keep_small(log)
    begun = logs.size(log)
    with log.open("ab") as output:
        process = subprocess.Popen(  # our own module
            [sys.executable, "-m", "localmesh"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        while process.poll() is None:
            state = read_state(folder)
            if state is not None and state.supervisor_pid == process.pid:
                show(state)
                if state.phase is Phase.RUNNING:
                    return state
            time.sleep(_POLL_SECONDS)
    except BaseException:
        process.terminate()
        process.wait()
        raise
    state = read_state(folder)
    if state is not None and state.supervisor_pid == process.pid and state.failure:
        show(state)
        raise MeshFault(state.failure)
    raise MeshFault(f"The supervisor ended with status {process.returncode}.\n{logs.tail(log, start=begun)}")


def stop(settings: MeshSettings) -> None:
    """Stops the mesh and waits until nothing of it is left. Raises NotRunning."""
    folder = folder_of(settings)
    if not is_locked(folder.lock):
        raise NotRunning(folder.root)
    state = read_state(folder)
    if state is not None and supervisor_lives(state):
        with suppress(ProcessLookupError):
            os.kill(state.supervisor_pid, signal.SIGTERM)
    lock = MeshLock(folder.lock)
    try:
        if not lock.acquire(patience=_STOP_LIMIT):
            raise MeshFault(f"The mesh of {folder.root} did not end within {_STOP_LIMIT.seconds} seconds.")
    finally:
        lock.release()
