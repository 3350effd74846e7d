"""Where output goes: results to standard output, everything else to standard error."""

import codecs
import sys
from collections.abc import Mapping

from rich.console import Console

# What stands for a character that the encoding of the terminal, or of the pipe, does not know.
_PLAIN: Mapping[str, str] = dict(zip("“”’–·•━─✓+✗", '""\'--*#-++x', strict=True)) | {"…": "..."}


def _plain(fault: UnicodeError) -> tuple[str, int]:
    if not isinstance(fault, UnicodeEncodeError):
        raise fault
    unknown = fault.object[fault.start : fault.end]
    return "".join(_PLAIN.get(letter, "?") for letter in unknown), fault.end


codecs.register_error("hiremesh-plain", _plain)
for stream in (sys.stdout, sys.stderr):
    if hasattr(stream, "reconfigure"):  # tests and embedders bring streams of their own
        stream.reconfigure(errors="hiremesh-plain")

results = Console(highlight=False)
notes = Console(stderr=True, highlight=False)


def fail(text: str) -> None:
    """Says what went wrong."""
    notes.print("error:", style="bold red", end=" ")
    notes.print(text, markup=False, soft_wrap=True)
