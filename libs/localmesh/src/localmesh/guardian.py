"""A process that outlives the supervisor by a moment: when the supervisor is gone, however it ended, it ends what is left.

It sits in a session of its own and reads a pipe that only the supervisor writes to. The end of that pipe is the end of the supervisor.
"""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

import psutil

# Every process of a mesh carries this in its environment; the value is the mesh's data folder. It finds those processes
# that the supervisor was killed too soon to tell us about.
MARK = "HIREMESH_MESH"

_GRACE_SECONDS = 8.0
_KILL_SECONDS = 3.0
_POLL_SECONDS = 0.05


class Guardian:
    """The supervisor's end of the pipe."""

    def __init__(self, mark: str, lock_descriptor: int, log: Path) -> None:
        self._mark = mark
        self._lock_descriptor = lock_descriptor
        self._log = log
        self._watched: dict[int, signal.Signals] = {}
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Starts the process. It inherits the lock: the data folder is free again only when both are gone."""
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "localmesh.guardian", self._mark),
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
                pass_fds=(self._lock_descriptor,),
            )
        for group, stop_signal in self._watched.items():
            self._tell(f"watch {group} {stop_signal.value}")

    async def keep_running(self) -> None:
        """Replaces the process when it is killed. Runs until cancelled."""
        while self._process is not None:
            await self._process.wait()
            await self.start()

    def watch(self, group: int, stop_signal: signal.Signals) -> None:
        """Adds a process group, and the signal that its leader ends well with."""
        self._watched[group] = stop_signal
        self._tell(f"watch {group} {stop_signal.value}")

    def forget(self, group: int) -> None:
        """Drops a process group that has ended."""
        if self._watched.pop(group, None) is not None:
            self._tell(f"forget {group}")

    async def close(self) -> None:
        """Lets the process end, and waits for that."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            await self._process.wait()

    def _tell(self, line: str) -> None:
        if self._process is not None and self._process.stdin is not None and not self._process.stdin.is_closing():
            self._process.stdin.write(f"{line}\n".encode())


def end_processes(groups: Mapping[int, int], mark: str) -> None:
    """Ends the process groups (leader → its stop signal), whatever carries the mark, and all their children."""
    ours = _find(groups, mark)
    for process in ours:
        with suppress(psutil.Error):
            process.send_signal(groups.get(process.pid, signal.SIGTERM))
    _wait(ours, _GRACE_SECONDS)
    left = {*_living(ours), *_find(groups, mark)}
    for process in left:
        with suppress(psutil.Error):
            process.kill()
    _wait(left, _KILL_SECONDS)


def _find(groups: Mapping[int, int], mark: str) -> set[psutil.Process]:
    found: set[psutil.Process] = set()
    for process in psutil.process_iter():
        with suppress(psutil.Error, ProcessLookupError):
            if process.pid != os.getpid() and (_group(process) in groups or _marked(process, mark)):
                # Postgres gives each of its children a session, hence a group, of its own.
                found |= {process, *process.children(recursive=True)}
    return set(_living(found))


def _group(process: psutil.Process) -> int:
    return os.getpgid(process.pid)


def _marked(process: psutil.Process, mark: str) -> bool:
    try:
        return process.environ().get(MARK) == mark
    except (psutil.Error, OSError):
        return False


def _living(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    living = []
    for process in processes:
        with suppress(psutil.Error):
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                living.append(process)
    return living


def _wait(processes: Iterable[psutil.Process], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while _living(processes) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)


def main() -> None:
    """Reads `watch GROUP SIGNAL` and `forget GROUP` until the end of the pipe."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: dict[int, int] = {}
    for line in sys.stdin:
        verb, group, *stop_signal = line.split()
        if verb == "watch":
            groups[int(group)] = int(stop_signal[0])
        else:
            groups.pop(int(group), None)
    end_processes(groups, sys.argv[1])


if __name__ == "__main__":
    main()
