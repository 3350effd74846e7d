"""Writes invented resumes with their truth, in the folders that the scorer of `make bench-parse` reads.

python -m bench.synthetic FOLDER [--each N] [--seed N] [--families tuned|held|all|NAME,NAME] [--strangers]
"""

import argparse
from pathlib import Path

from bench.synthetic.corpus import write_corpus

if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--each", type=int, default=6, help="documents of each family")
    arguments.add_argument("--seed", type=int, default=7)
    arguments.add_argument("--families", default="tuned")
    arguments.add_argument("--strangers", action="store_true", help="tuned layouts, but the people that are held out")
    options = arguments.parse_args()
    count = write_corpus(
        options.folder, families=options.families, each=options.each, seed=options.seed, strangers=options.strangers
    )
    print(f"{count} documents in {options.folder}")
