"""Tells the main language of a document by its commonest small words."""

from collections import Counter
from collections.abc import Iterable

from parser_service.domain.folding import table, words

_SMALL_WORDS: dict[str, frozenset[str]] = {
    "en": table("the and of for with in to a an on by from as at"),
    "de": table("und der die das mit von fur im den des bei zur zum als auf"),
    "fr": table("et le la les des du de en pour avec dans au aux sur une"),
    "es": table("y el la los las de del en con para por una un al"),
    "it": table("e il la le gli di del della con per in un una nel"),
    "pt": table("e o a os as de do da em com para por um uma no na"),
    "nl": table("en de het van een met voor in op bij aan als"),
}
_FEWEST = 3  # fewer small words tell nothing


def main_language(texts: Iterable[str]) -> str:
    """ISO 639-1 code of the main language; empty when the texts do not tell."""
    counts = Counter(word for text in texts for word in words(text))
    scores = {code: sum(counts[word] for word in known) for code, known in _SMALL_WORDS.items()}
    best = max(scores, key=lambda code: scores[code])
    return best if scores[best] >= _FEWEST else ""
