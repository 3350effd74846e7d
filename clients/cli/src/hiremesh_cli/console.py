"""Where output goes: results to standard output, everything else to standard error."""

from rich.console import Console

results = Console(highlight=False)
notes = Console(stderr=True, highlight=False)


def fail(text: str) -> None:
    """Says what went wrong."""
    notes.print("error:", style="bold red", end=" ")
    notes.print(text, markup=False, soft_wrap=True)
