"""Runs the parts of a mesh: in dependency order, independent ones side by side, and ends them in reverse."""

import asyncio
import signal
import time
from collections.abc import Callable, Sequence
from functools import partial

from localmesh import logs
from localmesh.components import Command, Component, Part, Step
from localmesh.data_folder import DataFolder
from localmesh.errors import ComponentFailed, MeshFault
from localmesh.guardian import Guardian
from localmesh.keeper import Keeper, NeverHealthy, Patience
from localmesh.order import dependencies
from localmesh.processes import ProcessGroup, start_process
from localmesh.state import Condition, MeshState, PartState, Phase

_FINISHED = (Condition.UP, Condition.DONE)


class Supervisor:
    """One run of one mesh. Keeps `state` true and publishes each change."""

    def __init__(
        self,
        parts: Sequence[Part],
        *,
        folder: DataFolder,
        guardian: Guardian,
        state: MeshState,
        publish: Callable[[MeshState], None],
        patience: Patience,
    ) -> None:
        self._needs = dependencies(parts)
        table = {part.name: part for part in parts}
        self._parts = [table[name] for name in self._needs]
        self._folder = folder
        self._guardian = guardian
        self._state = state
        self._publish = publish
        self._patience = patience
        self._ready = {name: asyncio.Event() for name in self._needs}
        self._keepers: dict[str, Keeper] = {}
        self._began: dict[str, float] = {}
        self._log_starts: dict[str, int] = {}
        state.parts = {part.name: _first_state(part) for part in self._parts}

    async def run(self, stop: asyncio.Event) -> None:
        """Runs until `stop` is set, then ends everything. Raises ComponentFailed when a part does not come up."""
        self._publish(self._state)
        told = asyncio.create_task(stop.wait())
        guarding = asyncio.create_task(self._guardian.keep_running())
        tasks = {part.name: asyncio.create_task(self._run_part(part)) for part in self._parts}
        pending: set[asyncio.Task[bool] | asyncio.Task[None]] = {told, guarding, *tasks.values()}
        try:
            while not told.done():
                done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
        except MeshFault as fault:
            self._state.failure = str(fault)
            if isinstance(fault, ComponentFailed):
                self._state.parts[fault.component].condition = Condition.FAILED
            raise
        finally:
            await self._end(tasks)
            for task in (told, guarding):
                task.cancel()
            await asyncio.wait([told, guarding])

    async def _run_part(self, part: Part) -> None:
        for name in part.depends_on:
            await self._ready[name].wait()
        log = self._folder.log(part.name)
        logs.keep_small(log)
        self._log_starts[part.name] = logs.size(log)
        self._began[part.name] = time.monotonic()
        self._note(part.name, Condition.STARTING)
        if isinstance(part, Step):
            await self._perform(part)
        else:
            await self._keep(part)

    async def _perform(self, step: Step) -> None:
        async def run(command: Command) -> None:
            process = await self._start(step, command)
            try:
                status = await asyncio.shield(process.ended)
            except asyncio.CancelledError:
                await process.stop(signal.SIGTERM, self._patience.stop)
                raise
            if status != 0:
                raise self._failed(step, f"ended with status {status}")

        try:
            async with asyncio.timeout(self._patience.start.total_seconds()):
                await step.work(run)
        except TimeoutError as fault:
            raise self._failed(step, "took too long") from fault
        except MeshFault:
            raise
        except Exception as fault:
            raise self._failed(step, f"failed: {fault}") from fault
        self._note(step.name, Condition.DONE)

    async def _keep(self, component: Component) -> None:
        keeper = self._keepers[component.name] = Keeper(
            component,
            start=partial(self._start, component, component.command),
            note=partial(self._note, component.name),
            patience=self._patience,
        )
        try:
            await keeper.run()
        except NeverHealthy as fault:
            raise self._failed(component, str(fault)) from fault

    async def _start(self, part: Part, command: Command) -> ProcessGroup:
        stop_signal = part.stop_signal if isinstance(part, Component) else signal.SIGTERM
        return await start_process(
            command,
            log=self._folder.log(part.name),
            mark=self._folder.mark,
            guardian=self._guardian,
            stop_signal=stop_signal,
        )

    async def _end(self, tasks: dict[str, asyncio.Task[None]]) -> None:
        self._state.phase = Phase.STOPPING
        self._publish(self._state)
        for name, task in tasks.items():
            if name not in self._keepers:
                task.cancel()
        gone = {name: asyncio.Event() for name in self._keepers}
        async with asyncio.TaskGroup() as group:
            for name in self._keepers:
                group.create_task(self._end_component(name, gone))
        # One failure is reported, by `run`; the others are its echoes.
        await asyncio.gather(*tasks.values(), return_exceptions=True)
        self._state.phase = Phase.FAILED if self._state.failure else Phase.STOPPED
        self._publish(self._state)

    async def _end_component(self, name: str, gone: dict[str, asyncio.Event]) -> None:
        for other, event in gone.items():
            if name in self._needs[other]:
                await event.wait()
        failed = self._state.parts[name].condition is Condition.FAILED
        if not failed:
            self._note(name, Condition.STOPPING)
        await self._keepers[name].stop()
        self._note(name, Condition.FAILED if failed else Condition.STOPPED)
        gone[name].set()

    def _note(self, name: str, condition: Condition, pid: int | None = None) -> None:
        part = self._state.parts[name]
        part.condition, part.pid = condition, pid
        if condition is Condition.RESTARTING:
            part.restarts += 1
        if condition in _FINISHED and not self._ready[name].is_set():
            part.took = round(time.monotonic() - self._began[name], 2)
            self._ready[name].set()
        if self._state.phase is Phase.STARTING and self._state.all_up:
            self._state.phase = Phase.RUNNING
        self._publish(self._state)

    def _failed(self, part: Part, fault: str) -> ComponentFailed:
        log = self._folder.log(part.name)
        return ComponentFailed(part.name, fault, log, logs.tail(log, start=self._log_starts[part.name]))


def _first_state(part: Part) -> PartState:
    return PartState(port=part.port) if isinstance(part, Component) else PartState(step=True)
