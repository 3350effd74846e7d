"""Log files of components."""

from contextlib import suppress
from pathlib import Path

_LARGE_BYTES = 10 * 1024 * 1024
_TAIL_BYTES = 16 * 1024


def keep_small(path: Path) -> None:
    """Puts a large log aside, over the one put aside before."""
    with suppress(FileNotFoundError):
        if path.stat().st_size > _LARGE_BYTES:
            path.replace(path.with_suffix(".log.1"))


def size(path: Path) -> int:
    """In bytes; 0 for a log that is not there."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def tail(path: Path, *, start: int = 0, lines: int = 15) -> str:
    """The last lines that were written after byte `start`."""
    try:
        with path.open("rb") as file:
            file.seek(max(start, size(path) - _TAIL_BYTES))
            text = file.read().decode(errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.splitlines()[-lines:])
