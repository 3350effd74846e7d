"""Programs in process groups of their own, so that what they start ends with them."""

import asyncio
import os
import signal
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from localmesh.components import Command
from localmesh.guardian import MARK, Guardian


class ProcessGroup:
    """A running program and its children."""

    def __init__(self, process: asyncio.subprocess.Process, guardian: Guardian) -> None:
        self._process = process
        self._guardian = guardian
        # Gives the exit status once the program has ended and children it left are killed.
        self.ended = asyncio.create_task(self._wait())

    @property
    def pid(self) -> int:
        """Of the program itself; the id of the group too."""
        return self._process.pid

    async def stop(self, number: signal.Signals, patience: timedelta) -> None:
        """Asks the program to end, kills it when that takes longer than `patience`, and waits."""
        with suppress(ProcessLookupError):
            self._process.send_signal(number)
        done, _ = await asyncio.wait([self.ended], timeout=patience.total_seconds())
        if not done:
            self._kill()
            await asyncio.wait([self.ended])

    async def _wait(self) -> int:
        status = await self._process.wait()
        self._kill()
        self._guardian.forget(self.pid)
        return status

    def _kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)


async def start_process(
    command: Command, *, log: Path, mark: str, guardian: Guardian, stop_signal: signal.Signals = signal.SIGTERM
) -> ProcessGroup:
    """Starts a program whose output is appended to `log`. The guardian knows of it from then on."""
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *command.arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, **command.environment, MARK: mark},
            process_group=0,
            user=command.user,
            group=command.group,
            extra_groups=None if command.user is None else [],
            # Another user may not be able to enter the folder we are in.
            cwd=None if command.user is None else "/",
        )
    guardian.watch(process.pid, stop_signal)
    return ProcessGroup(process, guardian)
