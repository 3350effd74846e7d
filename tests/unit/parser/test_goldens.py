"""Ten resumes whose reading was reviewed by eye; `pytest --update-golden` writes them anew, to be reviewed again."""

import dataclasses
import json
from pathlib import Path

import pytest

from parser_service.adapters.reader import read_bytes
from tests.unit.parser.drawing import TODAY

GOLDEN = Path(__file__).parents[2] / "golden/resumes"


@pytest.mark.parametrize("case", sorted(GOLDEN.iterdir()), ids=lambda case: case.name)
def test_a_golden_resume_is_read_as_reviewed(case: Path, request: pytest.FixtureRequest) -> None:
    (file,) = case.glob("resume.*")
    resume = dataclasses.asdict(dataclasses.replace(read_bytes(file.read_bytes(), TODAY), provenance={}))
    del resume["provenance"], resume["reading"], resume["doubts"]
    printed = json.dumps(resume, ensure_ascii=False, indent=1, default=lambda value: value.name, sort_keys=True) + "\n"
    profile = case / "profile.json"
    if request.config.getoption("--update-golden", default=False):
        profile.write_text(printed, "utf-8")
    assert printed == profile.read_text("utf-8")
