"""`make chaos` in small: every part of the mesh is killed while jobs are on their way."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MINUTES = 10


@pytest.mark.timeout(MINUTES * 60 + 300)
def test_nothing_accepted_is_lost_or_done_twice_while_every_part_is_killed() -> None:
    command = [sys.executable, ROOT / "bench/chaos.py", "--jobs", "20", "--clients", "10", "--minutes", str(MINUTES)]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("HIREMESH_")}
    run = subprocess.run(command, env=inherited, capture_output=True, text=True, check=False)
    said = f"{run.stdout}\n{run.stderr}"
    assert "accepted / completed / failed / lost / doubled = 20 / 20 / 0 / 0 / 0" in run.stdout, said
    assert run.returncode == 0, said
