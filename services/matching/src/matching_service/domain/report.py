"""An analysis with its words."""

from dataclasses import dataclass

from matching_service.domain.analysis import Analysis
from matching_service.domain.flashcards import Flashcard, flashcards
from matching_service.domain.insights import Insights, insights

BUILTIN = "builtin"


@dataclass(frozen=True, slots=True)
class Report:
    """`embedding_model` is empty when the semantic part was left out; `engine` is what worded insights and flashcards."""

    analysis: Analysis
    insights: Insights
    flashcards: tuple[Flashcard, ...]
    embedding_model: str
    anonymised: bool = False
    engine: str = BUILTIN


def report(found: Analysis, *, embedding_model: str, anonymised: bool = False) -> Report:
    """Words it by templates."""
    return Report(found, insights(found), flashcards(found), embedding_model, anonymised)
