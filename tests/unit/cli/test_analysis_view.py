"""What a terminal shows of an analysis."""

import io
from typing import Any

import pytest
from rich.console import Console

from hiremesh_cli import console as _  # noqa: F401  # registers what stands for unknown characters
from hiremesh_cli.analysis_view import analysis_view

LONG = (
    "Introduced NATS JetStream and an outbox; lost events went from dozens a week to none, on every one of 40 services."
)


def edit(text: str, role: float, ats: float) -> dict[str, Any]:
    return {"text": text, "role_gain": role, "ats_gain": ats}


DATA: dict[str, Any] = {
    "analysis": {
        "matching_skills": ["NATS", "Docker"],
        "missing_skills": ["Go or Rust", "Terraform"],
        "role_compatibility": {
            "score": 71,
            "components": [{"name": "skills", "weight": 1.0, "score": 71, "reason": "The resume shows 2 of 4."}],
        },
        "skill_evidence": [
            {
                "skill": "NATS",
                "required": True,
                "job": {"quote": "- NATS"},
                "resume": [{"pointer": "/experience/0/highlights/1", "page": 1, "quote": LONG}],
            },
            {
                "skill": "Docker",
                "required": False,
                "job": {"quote": "Docker"},
                "resume": [{"pointer": "/skills/3", "quote": "Docker"}],
            },
            {"skill": "Go", "required": True, "job": {"quote": "- Go or Rust"}},
            {"skill": "Rust", "required": True, "job": {"quote": "- Go or Rust"}},
            {"skill": "Terraform", "required": False, "job": {"quote": "Terraform"}},
        ],
    },
    "ats_score": {"overall_score": 39, "components": []},
    "insights": {"edits": [edit(f"Edit {number}", 5.0 - number, 1.0) for number in range(5)]},
    "metadata": {"engine": "builtin", "scorer_version": "analysis-1", "embedding_model": ""},
}


def shown(data: dict[str, Any], width: int = 80, encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, errors="hiremesh-plain")
    Console(file=stream, width=width, highlight=False).print(analysis_view(data))
    stream.flush()
    return raw.getvalue().decode(encoding)


def test_scores_come_first_then_what_matches_what_is_missing_and_the_three_edits_that_help_most() -> None:
    text = shown(DATA, 120)
    order = ["71 of 100", "39 of 100", "What matches (2 of 4)", "✓ NATS", "What is missing (2)", "✗ Go or Rust"]
    order += ["Terraform (a wish)", "What helps most", "1. Edit 0", "+5.0 for the role", "3. Edit 2", "2 more"]
    order += ["How the fit", "meaning was not compared"]
    places = [text.find(part) for part in order]
    assert -1 not in places, dict(zip(order, places, strict=True))
    assert places == sorted(places)
    assert "Edit 3" not in text


@pytest.mark.parametrize("width", [60, 80, 120])
def test_every_skill_takes_one_line_that_fits(width: int) -> None:
    lines = shown(DATA, width).splitlines()
    assert max(map(len, lines)) <= width
    (nats,) = [line for line in lines if "NATS" in line and "✓" in line]
    assert nats.rstrip().endswith("…")


def test_a_terminal_of_few_characters_gets_others_for_those_that_it_lacks() -> None:
    text = shown(DATA, encoding="ascii")
    assert "+ NATS" in text
    assert "x Terraform" in text
    assert '"Introduced NATS' in text
    assert "?" not in text


def test_an_analysis_that_found_nothing_is_told_in_words() -> None:
    text = shown({"analysis": {}, "ats_score": {}, "metadata": {}})
    assert "None of the skills that the job names." in text
    assert "No edit that could be tried raises either score." in text
