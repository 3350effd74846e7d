"""An analysis with its words."""

from dataclasses import dataclass

from matching_service.domain.analysis import Analysis
from matching_service.domain.flashcards import Flashcard, flashcards
from matching_service.domain.insights import Insights, insights


@dataclass(frozen=True, slots=True)
class Report:
    """`embedding_model` is empty when the semantic part was left out."""

    analysis: Analysis
    insights: Insights
    flashcards: tuple[Flashcard, ...]
    embedding_model: str


def report(found: Analysis, *, embedding_model: str) -> Report:
    """Words it."""
    return Report(found, insights(found), flashcards(found), embedding_model)
