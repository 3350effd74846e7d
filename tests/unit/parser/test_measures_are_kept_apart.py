"""What accuracy is measured with never reaches what is measured."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
GOLDEN = ROOT / "tests/golden/resumes"
MEASURES = ("resumebench", "matchbench", "shared/")
# Reads the golden resumes and prints every file that was opened on the way, imports included.
WATCHED = """
import sys
opened = []
sys.addaudithook(lambda event, arguments: opened.append(str(arguments[0])) if event == "open" else None)
from datetime import date
from pathlib import Path
from parser_service.adapters.reader import read_bytes
for file in sorted(Path(sys.argv[1]).glob("*/resume.*")):
    read_bytes(file.read_bytes(), date(2026, 11, 1))
print("\\n".join(opened))
"""


def test_reading_opens_nothing_of_the_measures() -> None:
    done = subprocess.run([sys.executable, "-c", WATCHED, str(GOLDEN)], capture_output=True, text=True, check=True)
    opened = done.stdout.splitlines()
    assert any(path.endswith("fragments.npz") for path in opened), "the hook saw nothing"
    beside = str(ROOT.parent / "shared")
    assert [path for path in opened if "bench" in Path(path).name or os.path.realpath(path).startswith(beside)] == []


def test_no_source_of_product_or_training_names_the_measures() -> None:
    sources = (
        path
        for folder in ("services", "libs", "clients")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".toml", ".txt", ".tsv"} and "_pb2" not in path.name
    )
    naming = [str(path) for path in sources if any(word in path.read_text("utf-8") for word in MEASURES)]
    assert naming == []
