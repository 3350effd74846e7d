"""`hiremesh logs`."""

import time
from pathlib import Path
from typing import Annotated

import typer

from localmesh.control import folder_of
from localmesh.logs import size, tail
from localmesh.settings import read_settings

_POLL_SECONDS = 0.25


def logs(
    component: Annotated[str | None, typer.Argument(help="One component; all of them without it.")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as lines come.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="Lines of each log to begin with.")] = 20,
) -> None:
    """Show what the components wrote."""
    folder = folder_of(read_settings())
    paths = [folder.log(component)] if component else sorted(folder.logs.glob("*.log"))
    if component and not paths[0].exists():
        known = ", ".join(sorted(path.stem for path in folder.logs.glob("*.log"))) or "none yet"
        raise typer.BadParameter(f"{component} has no log. Logs: {known}")
    read = {path: size(path) for path in paths}
    for path in paths:
        _print(path, tail(path, lines=lines) if lines else "", named=component is None)
    while follow:
        time.sleep(_POLL_SECONDS)
        for path in paths:
            read[path] = _print_new(path, read[path], named=component is None)


def _print_new(path: Path, start: int, *, named: bool) -> int:
    """The position after the last whole line. A log that was put aside is read from its beginning."""
    end = size(path)
    if end <= start:
        return end
    with path.open("rb") as file:
        file.seek(start)
        whole, newline, _ = file.read(end - start).rpartition(b"\n")
    _print(path, whole.decode(errors="replace"), named=named)
    return start + len(whole) + len(newline)


def _print(path: Path, text: str, *, named: bool) -> None:
    for line in text.splitlines():
        typer.echo(f"{path.stem} | {line}" if named else line)
