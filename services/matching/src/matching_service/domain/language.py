"""Which language a job text is written in, by its commonest small words."""

import re
from collections import Counter
from collections.abc import Mapping

_SMALL_WORDS: Mapping[str, frozenset[str]] = {
    code: frozenset(words.split())
    for code, words in {
        "en": "the and of for with in to a an on by from as at you we our your are is will or",
        "de": "und der die das mit von für im den des bei zur zum als auf sie wir ihr du dein deine ihre unsere oder ein eine einer in",
        "fr": "et le la les des du de en pour avec dans au aux sur une un vous nous votre notre ou est à",
        "es": "y el la los las de del en con para por una un al se o tu su nuestro nuestra",
        "it": "e il la le gli di del della con per in un una nel",
        "pt": "e o a os as de do da em com para por um uma no na",
        "nl": "en de het van een met voor in op bij aan als je wij",
    }.items()
}
_WORD = re.compile(r"[^\W\d_]+")
_FEWEST = 3  # fewer small words tell nothing


def language_of(text: str) -> str:
    """ISO 639-1 code; empty when the text does not tell."""
    counts = Counter(_WORD.findall(text.lower()))
    scores = {code: sum(counts[word] for word in words) for code, words in _SMALL_WORDS.items()}
    best = max(scores, key=lambda code: scores[code])
    return best if scores[best] >= _FEWEST else ""
