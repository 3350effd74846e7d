"""`python -m inference_service.weights build`."""

import argparse
import time
from pathlib import Path

from inference_service.weights.build import build_embedder


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="inference_service.weights", description="Builds the embedding model.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    build = commands.add_parser("build", help="build the model folder, unless it is up to date")
    build.add_argument("--out", type=Path, default=Path("build/embedder"), help="default: %(default)s")
    arguments = parser.parse_args()
    started = time.perf_counter()
    build_embedder(
        arguments.out, lambda line: print(f"embedder: {line} ({time.perf_counter() - started:.1f} s)", flush=True)
    )


if __name__ == "__main__":
    main()
