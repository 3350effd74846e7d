"""Accuracy of the parser over a labelled set, through the public REST edge of a mesh of its own.

    bench/parse.py DATA [SCORER]

DATA holds `docs/` (the files) and `labels/*.json` (the truth); SCORER is its `score.py`, by default the one in DATA or one folder above.
BENCH_ENGINE in the environment (`make bench-parse ENGINE=...`) is an entry of inference's ENGINES, as JSON: parser then asks that model
about entries that it is unsure of, and the table tells whether that gained. Nothing of it is kept. Prints the scorer's table and the median
wall time of a parse.
"""

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HIREMESH = ROOT / ".venv/bin/hiremesh"


def main(data: Path, scorer: Path | None = None) -> int:
    scorer = scorer or next(path for path in (data / "score.py", data.parent / "score.py") if path.is_file())
    with tempfile.TemporaryDirectory(prefix="hiremesh-bench-") as scratch:
        folder = Path(scratch)
        predictions = folder / "predictions"
        environment = os.environ | {
            "HIREMESH_DATA": str(folder / "mesh"),
            "EDGE_PORT": str(free_port()),
            "HIREMESH_RATE_LIMIT_PER_MINUTE": "100000",
        }
        if engine := os.environ.get("BENCH_ENGINE"):
            environment |= {"HIREMESH_INFERENCE_ENGINES": f"[{engine}]", "HIREMESH_PARSER_REFINE": "true"}
        subprocess.run([HIREMESH, "up"], env=environment, check=True)
        try:
            # Exit status 1 only says that some files were refused; the scorer counts them as missing.
            subprocess.run([HIREMESH, "parse", data / "docs", "--out", predictions], env=environment, check=False)
        finally:
            subprocess.run([HIREMESH, "down"], env=environment, check=True)
        score(scorer, data, predictions)
        print_times(predictions)
    return 0


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
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    sys.exit(main(*map(Path, sys.argv[1:])))
