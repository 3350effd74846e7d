"""Whether an engine of the settings can be here at all, asked before it is tried again and again."""

from importlib.util import find_spec
from pathlib import Path


class EngineMissing(Exception):
    """A package or a file that an engine needs is not on this machine."""

    def __init__(self, model: str, fault: str) -> None:
        super().__init__(f"engine {model}: {fault}")


def require_package(model: str, package: str, *, brought_by: str) -> None:
    """Raises EngineMissing. Imports nothing."""
    if find_spec(package) is None:
        raise EngineMissing(model, f"{package} is not installed; {brought_by} brings it")


def require_files(model: str, *paths: Path) -> None:
    """Raises EngineMissing for the first that is not there."""
    for path in paths:
        if not path.exists():
            raise EngineMissing(model, f"{path} is missing")
