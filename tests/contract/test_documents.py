"""Documents that name tests name tests that are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROWS = [line for line in (ROOT / "docs/failures.md").read_text().splitlines() if line.startswith("| ")]
NAMED = re.compile(r"`(test_\w+\.py)::(test_\w+)`")


@pytest.mark.parametrize("row", [row for row in ROWS if not row.startswith("| what fails")], ids=lambda row: row[2:50])
def test_every_failure_that_is_described_is_a_test(row: str) -> None:
    shown = row.split("|")[-2]
    if "the same test" in shown:
        return  # another step of the test above
    (file, name), *_ = NAMED.findall(shown)
    sources = [path.read_text() for path in (ROOT / "tests").rglob(file)]
    assert any(re.search(rf"def {name}\(", source) for source in sources), f"{file} has no {name}"
