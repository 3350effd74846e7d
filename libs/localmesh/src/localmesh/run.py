"""A mesh from its lock to its end, in the process that calls."""

import asyncio
import os
import signal
from collections.abc import Callable, Sequence
from datetime import timedelta

import psutil

from localmesh.components import Part
from localmesh.data_folder import DataFolder
from localmesh.errors import AlreadyRunning, MeshFault, PortTaken
from localmesh.guardian import Guardian, end_processes
from localmesh.keeper import Patience
from localmesh.lock import MeshLock
from localmesh.ports import is_free
from localmesh.settings import MeshSettings
from localmesh.state import MeshState, Phase, read_state, supervisor_lives, write_state
from localmesh.supervisor import Supervisor

# For the guardian of a supervisor that was killed to clear away what it left.
_CLEARANCE = timedelta(seconds=15)


async def run_mesh(
    settings: MeshSettings,
    *,
    make_parts: Callable[[DataFolder], Sequence[Part]],
    show: Callable[[MeshState], None] = lambda _: None,
) -> None:
    """Runs until SIGTERM or SIGINT, telling `show` each change. Raises MeshFault when the mesh cannot run."""
    folder = DataFolder(settings.data.expanduser().resolve())
    folder.create()
    lock = MeshLock(folder.lock)
    earlier = read_state(folder)
    if not lock.acquire(patience=timedelta(0) if earlier and supervisor_lives(earlier) else _CLEARANCE):
        lock.release()
        raise AlreadyRunning(folder.root, earlier.address if earlier else "")
    state = MeshState(settings.address, os.getpid(), psutil.Process().create_time())

    def publish(state: MeshState) -> None:
        write_state(folder, state)
        show(state)

    try:
        publish(state)
        await asyncio.to_thread(end_processes, {}, folder.mark)
        if not is_free(settings.edge_port, settings.edge_host):
            raise PortTaken(settings.edge_port)
        await _supervise(settings, folder, lock, make_parts(folder), state, publish)
    except MeshFault as fault:
        state.phase, state.failure = Phase.FAILED, str(fault)
        publish(state)
        raise
    finally:
        lock.release()


async def _supervise(
    settings: MeshSettings,
    folder: DataFolder,
    lock: MeshLock,
    parts: Sequence[Part],
    state: MeshState,
    publish: Callable[[MeshState], None],
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    guardian = Guardian(folder.mark, lock.descriptor, folder.log("guardian"))
    await guardian.start()
    patience = Patience(settings.start_timeout, settings.stop_timeout)
    try:
        await Supervisor(parts, folder=folder, guardian=guardian, state=state, publish=publish, patience=patience).run(
            stop
        )
    finally:
        await guardian.close()
