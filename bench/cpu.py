"""CPU seconds that reading a document takes, in one process, after warming up.

    bench/cpu.py DATA [--repeat 3]

DATA is a folder of files. Digital PDFs: text and layout alone, then everything; scans and pictures: everything, a page.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from meshkit.errors import DomainError
from parser_service.adapters import warm  # noqa: F401  # loads what a worker has loaded
from parser_service.adapters.reader import lay_out, read_bytes
from parser_service.domain.columns import reading_order
from parser_service.domain.furniture import without_furniture
from parser_service.domain.sniff import sniff

TODAY = date(2026, 11, 1)


def cpu_seconds(work: Callable[[], object], repeat: int) -> float:
    """Least of several runs: what is more is other processes' doing."""
    runs = []
    for _ in range(repeat):
        started = time.process_time()
        work()
        runs.append(time.process_time() - started)
    return min(runs)


def show(label: str, seconds: list[float]) -> None:
    if seconds:
        tenth = sorted(seconds)[min(len(seconds) - 1, round(0.9 * len(seconds)))]
        print(f"{label:44s} {len(seconds):5d} {statistics.median(seconds):9.4f} {tenth:9.4f} {max(seconds):9.4f}")


def main() -> int:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("data", type=Path)
    arguments.add_argument("--repeat", type=int, default=3)
    given = arguments.parse_args()
    layout: list[float] = []
    whole: dict[str, list[float]] = {}
    refused = 0
    for path in sorted(path for path in given.data.rglob("*") if path.is_file()):
        data = path.read_bytes()
        try:
            kind = sniff(data)
            info = read_bytes(data, TODAY).reading
        except DomainError:
            refused += 1
            continue
        scanned = info.ocr_pages
        seconds = cpu_seconds(lambda data=data: read_bytes(data, TODAY), 1 if scanned else given.repeat)  # type: ignore[misc]
        if scanned:
            whole.setdefault("scan, a page", []).append(seconds / scanned)
            continue
        whole.setdefault(kind, []).append(seconds)
        if kind == "pdf":
            layout.append(
                cpu_seconds(lambda data=data: reading_order(without_furniture(lay_out(data, "pdf"))), given.repeat)  # type: ignore[misc]
            )
    print(f"{'CPU seconds':44s} {'files':>5s} {'median':>9s} {'p90':>9s} {'worst':>9s}")
    show("digital PDF, text and layout alone", layout)
    for name, seconds_of in sorted(whole.items()):
        show(f"{'digital PDF' if name == 'pdf' else name}, everything", seconds_of)
    if refused:
        print(f"{refused} files were refused")
    return 0


if __name__ == "__main__":
    sys.exit(main())
