"""The start of a mesh as it happens: a table on a terminal, lines elsewhere."""

from types import TracebackType

from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from hiremesh_cli.console import notes
from localmesh.state import Condition, MeshState, PartState, Phase

STYLES = {
    Condition.WAITING: "dim",
    Condition.STARTING: "yellow",
    Condition.UP: "green",
    Condition.DONE: "green",
    Condition.NOT_READY: "yellow",
    Condition.RESTARTING: "yellow",
    Condition.STOPPING: "yellow",
    Condition.STOPPED: "dim",
    Condition.FAILED: "bold red",
}
# The conditions that are worth a line of their own in a log.
_TOLD = frozenset(
    (Condition.UP, Condition.DONE, Condition.NOT_READY, Condition.RESTARTING, Condition.STOPPED, Condition.FAILED)
)


class MeshDisplay:
    """Shows states as they come."""

    def __init__(self) -> None:
        self._live: Live | None = None
        self._told: dict[str, Condition] = {}
        self._announced = False

    def __enter__(self) -> "MeshDisplay":
        if notes.is_terminal:
            self._live = Live(console=notes, transient=False)
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def show(self, state: MeshState) -> None:
        """A new state. The table ends when the mesh is up; from then on lines tell what happens."""
        if self._live is not None:
            self._live.update(_table(state), refresh=True)
            self._told = {name: part.condition for name, part in state.parts.items()}
            if state.phase is not Phase.STARTING:
                self._close()
        else:
            self._tell(state)
        if state.phase is Phase.RUNNING and not self._announced:
            self._announced = True
            notes.print(f"The mesh is up at [bold]{state.address}[/bold]")

    def _tell(self, state: MeshState) -> None:
        for name, part in state.parts.items():
            if part.condition is not self._told.get(name) and part.condition in _TOLD:
                notes.print(_line(name, part), markup=False, soft_wrap=True)
            self._told[name] = part.condition

    def _close(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None


def _line(name: str, part: PartState) -> str:
    took = f" ({part.took:.1f} s)" if part.took is not None and part.condition in (Condition.UP, Condition.DONE) else ""
    return f"{name} {part.condition.value}{took}"


def _table(state: MeshState) -> Table:
    table = Table.grid(padding=(0, 2))
    for name, part in state.parts.items():
        style = STYLES[part.condition]
        mark: Spinner | Text = (
            Spinner("dots", style=style)
            if part.condition in (Condition.STARTING, Condition.RESTARTING)
            else Text({Condition.WAITING: "·", Condition.FAILED: "✗"}.get(part.condition, "✓"), style)
        )
        took = f"{part.took:.1f} s" if part.took is not None else ""
        table.add_row(mark, name, Text(part.condition.value, style), Text(took, "dim"))
    return table
