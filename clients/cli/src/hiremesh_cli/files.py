"""Which files to parse, and what their results are called."""

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

# In folders only these are taken for resumes. A file named by the user is sent whatever it is called: content decides.
_SUFFIXES = frozenset((".pdf", ".docx", ".doc", ".txt", ".png", ".jpg", ".jpeg"))


def resumes_in(paths: Iterable[Path]) -> list[Path]:
    """The files that are named, and those below the folders that are named; each once."""
    found: dict[Path, None] = {}
    for path in paths:
        found.update(dict.fromkeys(_below(path) if path.is_dir() else (path,)))
    return list(found)


def _below(folder: Path) -> list[Path]:
    visible = (path for path in folder.rglob("*") if not any(p.startswith(".") for p in path.relative_to(folder).parts))
    return sorted(path for path in visible if path.suffix.lower() in _SUFFIXES and path.is_file())


def result_names(files: Sequence[Path]) -> list[str]:
    """A name for each result: `<stem>.json`; for files that share a stem `<name>.json`, numbered where that is shared too."""
    # Compared without case: there are file systems that do not tell it apart.
    stems = Counter(file.stem.casefold() for file in files)
    taken: set[str] = {file.stem.casefold() for file in files if stems[file.stem.casefold()] == 1}
    names = []
    for file in files:
        base = file.stem if stems[file.stem.casefold()] == 1 else _untaken(file.name, taken)
        names.append(f"{base}.json")
    return names


def _untaken(name: str, taken: set[str]) -> str:
    candidate, number = name, 1
    while candidate.casefold() in taken:
        number += 1
        candidate = f"{name}-{number}"
    taken.add(candidate.casefold())
    return candidate


def write_result(path: Path, text: str) -> None:
    """Replaces the file at once: a run that is cut off leaves no half of a result."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.new")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
