"""Which ESCO skills a sentence is about, whatever words it uses for them."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from taxonomy.catalogue import ESCO_URI, Skill
from taxonomy.vectors import Embed, Matrix, stored, unit

# The model whose embeddings the stored vectors are compared with.
MODEL = "all-minilm-l6-v2-int8"

LONGEST_PHRASE = 6
# Cosine of a phrase to a skill from which a link is worth showing (README has precision and recall).
CONFIDENT = 0.8
_BREAK = re.compile(r"[,;:()\[\]•*|<>!?\n]|\.(?=\s|$)|\s[-–/&]\s")
_WORD = re.compile(r"[^\W_][\w.+#'’/-]*[\w+#]|\w[+#]*")
# Words that neither begin nor end the name of a skill in a sentence about one.
_IDLE = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "in",
        "on",
        "for",
        "to",
        "with",
        "and",
        "or",
        "at",
        "by",
        "from",
        "into",
        "as",
        "using",
        "via",
        "is",
        "are",
        "be",
        "will",
        "our",
        "your",
        "you",
        "we",
        "their",
        "this",
        "that",
        "have",
        "has",
        "who",
        "which",
        "it",
        "its",
        "i",
        "e",
        "etc",
        "not",
        "other",
        "such",
        "us",
        "all",
        "any",
        "must",
        "should",
        "can",
        "if",
        "so",
        "new",
        "strong",
        "good",
        "excellent",
        "great",
        "years",
        "year",
        "plus",
        "including",
        "within",
        "across",
        "based",
        "required",
        "preferred",
        "ability",
        "able",
        "experience",
        "knowledge",
    ]
)


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words of a sentence, at `sentence[start:end]`."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class LinkedSkill:
    """A skill, the phrase that it was found in, and how near (cosines: of the phrase, and of phrase and sentence together, 0 to 2)."""

    skill: Skill
    phrase: Phrase
    closeness: float
    score: float


@dataclass(frozen=True)
class Concepts:
    """ESCO's skills, and a vector of each, in the space that `basis` leads to."""

    skills: Sequence[Skill]
    vectors: Matrix
    basis: Matrix


@cache
def concepts() -> Concepts:
    """All skills of ESCO v1.2; read once, when first asked for."""
    with (files("taxonomy") / "data/concepts.tsv").open(encoding="utf-8") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        skills = [Skill(f"{ESCO_URI}{row['id']}", "esco", row["name"], "") for row in rows]
    return Concepts(skills, unit(stored(f"concepts.{MODEL}.npy")), stored(f"concepts-basis.{MODEL}.npy"))


def rank_skills(sentence: str, embed: Embed, limit: int = 5, known: Concepts | None = None) -> list[LinkedSkill]:
    """The skills most likely meant, best first. There are always some: for links to show as facts, use link_sentence."""
    known = known or concepts()
    phrases = list(phrases_of(sentence))
    if not phrases:
        return []
    vectors = unit(unit(embed([sentence, *(phrase.text.lower() for phrase in phrases)])) @ known.basis)
    closeness = vectors[1:] @ known.vectors.T
    best = closeness.argmax(axis=0)
    nearest = closeness[best, np.arange(len(best))]
    scores = nearest + vectors[0] @ known.vectors.T
    found: dict[str, LinkedSkill] = {}
    for index in np.argsort(-scores, kind="stable"):
        skill = known.skills[index]
        # Two concepts may carry one name.
        found.setdefault(
            skill.name.lower(),
            LinkedSkill(skill, phrases[best[index]], float(nearest[index]), float(scores[index])),
        )
        if len(found) == limit:
            break
    return list(found.values())


def link_sentence(
    sentence: str, embed: Embed, confident: float = CONFIDENT, known: Concepts | None = None
) -> list[LinkedSkill]:
    """Skills whose phrase is near enough, one a phrase, in the order of the sentence."""
    taken: list[LinkedSkill] = []
    for link in rank_skills(sentence, embed, limit=40, known=known):
        if link.closeness >= confident and not any(_overlap(link.phrase, other.phrase) for other in taken):
            taken.append(link)
    return sorted(taken, key=lambda link: link.phrase.start)


def phrases_of(sentence: str) -> Iterator[Phrase]:
    """Runs of words that may name a skill: within punctuation, up to LONGEST_PHRASE words, no idle word at either end."""
    begin = 0
    breaks = [(found.start(), found.end()) for found in _BREAK.finditer(sentence)]
    for end, after in (*breaks, (len(sentence), len(sentence))):
        words = list(_WORD.finditer(sentence, begin, end))
        begin = after
        for first, word in enumerate(words):
            if word[0].lower() in _IDLE:
                continue
            for last in words[first : first + LONGEST_PHRASE]:
                if last[0].lower() not in _IDLE:
                    yield Phrase(sentence[word.start() : last.end()], word.start(), last.end())


def _overlap(one: Phrase, other: Phrase) -> bool:
    return one.start < other.end and other.start < one.end
