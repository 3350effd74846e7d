"""`python -m inference_service.weights build`."""

import argparse
import time
from pathlib import Path

from inference_service.weights.build import build_embedder
from inference_service.weights.multilingual import build_multilingual


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="inference_service.weights", description="Builds the embedding models.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    build = commands.add_parser("build", help="build all-MiniLM-L6-v2's folder, unless it is up to date")
    build.add_argument("--out", type=Path, default=Path("build/embedder"), help="default: %(default)s")
    multilingual = commands.add_parser("multilingual", help="the same for the multilingual model (make setup does it)")
    multilingual.add_argument("--out", type=Path, default=Path("build/multilingual"), help="default: %(default)s")
    multilingual.add_argument(
        "--package", type=Path, required=True, help="where requirements/multilingual.lock was installed with --target"
    )
    arguments = parser.parse_args()
    started = time.perf_counter()

    def report(line: str) -> None:
        print(f"embedder: {line} ({time.perf_counter() - started:.1f} s)", flush=True)

    if "package" in arguments:
        build_multilingual(arguments.package, arguments.out, report)
    else:
        build_embedder(arguments.out, report)


if __name__ == "__main__":
    main()
