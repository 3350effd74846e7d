"""Accuracy of the parser over a labelled set, through the public REST edge of a mesh of its own.

    bench/parse.py DATA

DATA holds `docs/` (the files), `labels/*.json` (the truth) and, beside it or one folder above, `score.py`. Nothing of it is kept.
Prints the scorer's table for the formats that are read today, then for all files, and the median CPU and wall time of a parse.
"""

import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HIREMESH = ROOT / ".venv/bin/hiremesh"
# Groups of the labels whose files have a text layer in a format that is read.
READ_GROUPS = frozenset({"pdf-1col", "pdf-2col", "docx", "txt"})


def main(data: Path) -> int:
    scorer = next(path for path in (data / "score.py", data.parent / "score.py") if path.is_file())
    with tempfile.TemporaryDirectory(prefix="hiremesh-bench-") as scratch:
        folder = Path(scratch)
        predictions = folder / "predictions"
        environment = os.environ | {
            "HIREMESH_DATA": str(folder / "mesh"),
            "EDGE_PORT": str(free_port()),
            "HIREMESH_RATE_LIMIT_PER_MINUTE": "100000",
        }
        subprocess.run([HIREMESH, "up"], env=environment, check=True)
        try:
            # Exit status 1 only says that some files were refused; the scorer counts them as missing.
            subprocess.run([HIREMESH, "parse", data / "docs", "--out", predictions], env=environment, check=False)
        finally:
            subprocess.run([HIREMESH, "down"], env=environment, check=True)
        print("\n== Formats that are read today:", ", ".join(sorted(READ_GROUPS)))
        score(scorer, read_today(data, folder / "truth"), predictions)
        print("\n== All files")
        score(scorer, data, predictions)
        print_times(predictions)
    return 0


def read_today(data: Path, target: Path) -> Path:
    """A truth folder with the labels of the formats that are read."""
    (target / "labels").mkdir(parents=True)
    for label in (data / "labels").glob("*.json"):
        if json.loads(label.read_text())["group"] in READ_GROUPS:
            shutil.copy(label, target / "labels")
    return target


def score(scorer: Path, truth: Path, predictions: Path) -> None:
    subprocess.run([sys.executable, scorer, "--truth", truth, "--pred", predictions], check=True)


def print_times(predictions: Path) -> None:
    seconds = [json.loads(path.read_text())["metadata"]["parseTime"] for path in predictions.glob("*.json")]
    if seconds:
        print(
            f"\nparseTime of {len(seconds)} documents: median {statistics.median(seconds):.3f} s, worst {max(seconds):.3f} s"
        )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1])))
