"""What each stage of the reader is worth: macro-F1 over a labelled set with the stages taken away.

    bench/stages.py DATA [SCORER]

- text: the words in the order of the file, rules for lines of text (what parsers in the style of OpenResume have)
- layout: columns, blocks and type sizes; what names look like is not known
- all: with the classifier of fragments

Reads in this process, without the mesh; `make bench-parse` measures the whole. DATA and SCORER as there.
"""

import dataclasses
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from unittest.mock import patch

from meshkit.errors import DomainError
from parser_service.adapters.reader import lay_out
from parser_service.adapters.text import read_text
from parser_service.domain import experience, occupations, personal, pieces
from parser_service.domain.dates import Month
from parser_service.domain.layout import Document
from parser_service.domain.reading import read_resume
from parser_service.domain.sniff import require_readable, sniff

TODAY = Month(2026, 11)
Stage = Callable[[Path], Document]


@cache
def laid_out(path: Path) -> Document:
    data = path.read_bytes()
    kind = sniff(data)
    require_readable(kind)
    return lay_out(data, kind)


def only_text(path: Path) -> Document:
    """The cells of each page from top to bottom, line by line, as a plain text file has them."""
    lines: list[str] = []
    for page in laid_out(path).pages:
        rows: dict[float, list[tuple[float, str]]] = {}
        for cell in page.cells:
            row = next((y for y in rows if abs(y - cell.box.middle) < 3), cell.box.middle)
            rows.setdefault(row, []).append((cell.box.x0, cell.text))
        lines += ["    ".join(text for _, text in sorted(cells)) for _, cells in sorted(rows.items())]
    return read_text("\n".join(lines).encode(), max_characters=400_000)


def predict(documents: list[Path], stage: Stage, folder: Path) -> None:
    for path in documents:
        try:
            resume = read_resume(stage(path), TODAY)
        except DomainError:
            continue
        text = json.dumps(dataclasses.asdict(resume), default=lambda value: value.name)
        (folder / f"{path.stem}.json").write_text(text)


def table(scorer: Path, data: Path, predictions: Path) -> str:
    command = [sys.executable, scorer, "--truth", data, "--pred", predictions]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def main(data: Path, scorer: Path | None = None) -> int:
    scorer = scorer or next(path for path in (data / "score.py", data.parent / "score.py") if path.is_file())
    documents = sorted(path for path in (data / "docs").iterdir() if path.is_file())
    users = (occupations, experience, personal, pieces)
    for name, stage, classifier in (("text", only_text, False), ("layout", laid_out, False), ("all", laid_out, True)):
        with tempfile.TemporaryDirectory() as folder:
            patches = [] if classifier else [patch.object(module, "leaning", lambda *_, **__: 0.0) for module in users]
            for one in patches:
                one.start()
            occupations.title_score.cache_clear()
            predict(documents, stage, Path(folder))
            for one in patches:
                one.stop()
            print(f"\n== {name}\n{table(scorer, data, Path(folder))}", flush=True)
    return 0


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    sys.exit(main(*map(Path, sys.argv[1:])))
