"""Twenty job advertisements of many trades and four languages, as people write them, and what is to be read from each."""

import json
from pathlib import Path
from typing import Any

import pytest

import taxonomy
from matching_service.domain.requirements import Requirements, read_requirements

FOLDER = Path(__file__).parent / "advertisements"
EXPECTED: dict[str, Any] = json.loads((FOLDER / "expected.json").read_text())


def summary_of(read: Requirements) -> dict[str, Any]:
    terms = read.terms
    pay = terms.salary
    return {
        "language": read.language,
        "required": [asked.skill.name for asked in read.skills if asked.required],
        "preferred": [asked.skill.name for asked in read.skills if not asked.required],
        "years": [read.years.least, read.years.most] if read.years else None,
        "education": [read.education.level.name, read.education.or_equivalent] if read.education else None,
        "pay": [pay.minimum, pay.maximum, pay.currency, pay.period.name] if pay else None,
        "places": [place.value for place in terms.locations],
        "workplace": terms.workplace.value.name if terms.workplace else None,
        "languages": {asked.code: "required" if asked.required else "preferred" for asked in terms.languages},
        "seniority": terms.seniority.value.name if terms.seniority else None,
        "employment": terms.employment.value.name if terms.employment else None,
    }


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_an_advertisement_is_read_as_its_reader_would(name: str) -> None:
    text = (FOLDER / f"{name}.txt").read_text()
    read = read_requirements(text, taxonomy.skills())
    assert summary_of(read) == EXPECTED[name]
    # Every place holds what was read there, and quotes its sentence.
    for asked in read.skills:
        assert asked.place is not None
        assert text[asked.place.start : asked.place.end].strip()
        assert " ".join(text[asked.place.start : asked.place.end].split()) in asked.place.quote


def test_every_advertisement_has_its_expectation() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(EXPECTED)
