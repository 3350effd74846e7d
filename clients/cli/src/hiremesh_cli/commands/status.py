"""`hiremesh status`."""

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from hiremesh_cli.console import results
from hiremesh_cli.mesh_display import STYLES
from localmesh.control import current_state
from localmesh.settings import read_settings
from localmesh.state import Condition


def status() -> None:
    """Show what runs; exit status 1 unless everything is up."""
    state = current_state(read_settings())
    table = Table(box=box.SIMPLE)
    for title in ("component", "state"):
        table.add_column(title)
    for title in ("pid", "port", "restarts"):
        table.add_column(title, justify="right")
    for name, part in state.parts.items():
        if part.step and part.condition is Condition.DONE:
            continue
        numbers = ("" if number is None else str(number) for number in (part.pid, part.port))
        table.add_row(name, Text(part.condition.value, STYLES[part.condition]), *numbers, str(part.restarts))
    results.print(f"{state.address}: {state.phase.value} (supervisor {state.supervisor_pid})")
    results.print(table)
    if not state.all_up:
        raise typer.Exit(1)
