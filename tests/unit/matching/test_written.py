"""What a model writes about an analysis is a claim: it is taken where both texts bear it out."""

import pytest

from matching_service.domain.insights import Statement
from matching_service.domain.report import BUILTIN, Report, report
from matching_service.domain.written import Card, Sentence, Writing, task_of, written
from tests.support.builders.matching import resume_message
from tests.unit.matching.test_analysis import INDEX, JOB, analysed

BUILT = report(analysed(resume_message()), embedding_model="words")


def worded(*sentences: Sentence, cards: tuple[Card, ...] = ()) -> Report:
    return written(BUILT, Writing("large", sentences, cards), JOB, INDEX)


def number_of(part: str, among: tuple[Statement, ...]) -> int:
    return next(number for number, statement in enumerate(among, start=1) if part in statement.text)


PYTHON = number_of("Python", BUILT.insights.strengths)
GAP = number_of("Terraform", BUILT.insights.improvements) + len(BUILT.insights.strengths[:4])


def test_findings_are_numbered_and_tell_nobody_who_the_person_is() -> None:
    task = task_of(BUILT)
    assert "Python" in task.findings[PYTHON - 1]
    assert "Terraform" in task.findings[GAP - 1]
    said = f"{task.findings}{task.requirements}{task.resume}"
    assert "Apache Spark" in said
    assert not any(word in said for word in ("Mirela", "Noordzee", "Windesheim", "m@example.org"))


@pytest.mark.parametrize(
    "text",
    [
        "Your Python work stands out.",
        "You moved 40 pipelines, and Python is what this job runs on.",
        "With more than three years of Python you are where this job begins.",
    ],
)
def test_a_sentence_that_names_what_the_texts_hold_is_taken_with_the_evidence_of_its_finding(text: str) -> None:
    found = worded(Sentence(PYTHON, text, "strengths"))
    statement = found.insights.strengths[PYTHON - 1]
    assert statement.text == text
    assert (statement.job, statement.resume) == (
        BUILT.insights.strengths[PYTHON - 1].job,
        BUILT.insights.strengths[PYTHON - 1].resume,
    )
    assert found.engine == "large"


@pytest.mark.parametrize(
    "text",
    [
        "You know Python and Rust.",  # a skill
        "You led Python teams at Google.",  # an employer
        "Google taught you Python.",  # also at the beginning
        "You have 17 years of Python.",  # a number
        "You have nineteen years of Python.",
        "You have used Python since 2011.",  # a date
        "You have used Python since October.",
        "Your Python is worth a score of 99.",
        "You do not know Python.",  # the opposite
    ],
)
def test_a_sentence_that_names_anything_else_is_dropped(text: str) -> None:
    assert worded(Sentence(PYTHON, text, "strengths")) == BUILT


@pytest.mark.parametrize(
    ("sentence", "taken"),
    [
        (Sentence(GAP, "Terraform is missing: the job wants it.", "improvements"), True),
        (Sentence(GAP, "Add Terraform if you have used it.", ""), True),
        (Sentence(GAP, "You are good at Terraform.", "improvements"), False),
        (Sentence(GAP, "The job wants Terraform.", "strengths"), False),
        (Sentence(99, "Terraform is missing.", "improvements"), False),
    ],
)
def test_what_is_missing_is_never_made_a_strength(sentence: Sentence, taken: bool) -> None:
    assert (worded(sentence) != BUILT) is taken


def test_cards_about_what_the_job_asks_for_replace_ours_and_others_stay() -> None:
    good = Card("How have you used Python?", "Speak of the ingestion service that you wrote.")
    cards = (
        good,
        Card("How have you used Python again?", "One card is enough."),
        Card("What do you know about Terraform?", "You ran it for a fleet of services."),  # the resume shows none
        Card("What do you like?", "Nothing that the job asks for."),
        Card("How do Python and COBOL differ?", "Say what you know."),
    )
    found = worded(cards=cards)
    assert found.flashcards[0].front == good.question
    assert found.flashcards[0].job
    assert found.flashcards[0].resume
    fronts = [card.front for card in found.flashcards]
    assert sum("Python" in front for front in fronts) == 1
    assert any("Terraform" in card.back or "Terraform" in card.front for card in found.flashcards[1:])
    assert "You ran it for a fleet of services." not in [card.back for card in found.flashcards]


def test_where_nothing_can_be_taken_the_report_says_builtin() -> None:
    found = worded(Sentence(PYTHON, "You are great at Rust.", "strengths"), cards=(Card("Why us?", "Because."),))
    assert found.engine == BUILTIN
