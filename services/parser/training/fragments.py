"""Fits the classifier of fragments: `parser_service/domain/fragments.npz`.

    make train-extractor

The examples are names that other people collected, from wheels (`requirements/train-extractor.lock`; licences in NOTICE): job titles
(find-job-titles, Faker in some twenty languages), employers (pytickersymbols, Faker, and names put together from words), schools
(AcademicEmailVerifier), skills and sentences (ESCO), towns (GeoNames, `towns.txt`), people (Faker). Degrees, and how names are put
together, are in `words.toml`. No resume is read. Seeded; about a minute on one core.
"""

import argparse
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from examples import SEED, examples
from parser_service.domain import fragments
from parser_service.domain.fragments import BUCKETS, FragmentKind, features

OUTPUT = Path(fragments.__file__).with_suffix(".npz")
EPOCHS, BATCH, RATE, SMOOTHING = 4, 2048, 0.2, 0.05
HELD_OUT = 0.05

Rows = Sequence[Sequence[int]]


def fit(rows: Rows, labels: Sequence[int]) -> NDArray[np.float32]:
    """Weights of a softmax regression by Adagrad; the sum over a row's buckets is divided by the root of their number."""
    weights = np.zeros((BUCKETS, len(FragmentKind)), np.float32)
    squares = np.full_like(weights, 1e-10)
    rng = np.random.default_rng(SEED)
    for epoch in range(EPOCHS):
        order = rng.permutation(len(rows))
        total = 0.0
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            sizes = np.array([len(rows[index]) for index in batch])
            flat = np.concatenate([rows[index] for index in batch])
            roots = np.sqrt(sizes, dtype=np.float32)[:, None]
            sums = np.add.reduceat(weights[flat], np.cumsum(sizes) - sizes) / roots
            likely = np.exp(sums - sums.max(axis=1, keepdims=True))
            likely /= likely.sum(axis=1, keepdims=True)
            truth = np.full_like(likely, SMOOTHING / likely.shape[1])
            truth[np.arange(len(batch)), [labels[index] for index in batch]] += 1 - SMOOTHING
            total -= float((truth * np.log(likely)).sum())
            slope = np.zeros_like(weights)
            np.add.at(slope, flat, np.repeat((likely - truth) / (roots * len(batch)), sizes, axis=0))
            squares += slope * slope
            weights -= RATE * slope / np.sqrt(squares)
        print(f"epoch {epoch + 1}: mean loss {total / len(order):.4f}", flush=True)
    return weights


def report(weights: NDArray[np.int8], scales: NDArray[np.float32], rows: Rows, labels: Sequence[int]) -> None:
    """Prints what examples that were held out are taken for."""
    table = np.zeros((len(FragmentKind), len(FragmentKind)), int)
    for row, label in zip(rows, labels, strict=True):
        table[label, int(np.argmax(weights[list(row)].sum(axis=0, dtype=np.int32) * scales))] += 1
    print(f"{'held out':10s}" + "".join(f"{kind.name.lower():>9s}" for kind in FragmentKind) + "   recall")
    for kind in FragmentKind:
        share = table[kind, kind] / table[kind].sum()
        print(f"{kind.name.lower():10s}" + "".join(f"{count:9d}" for count in table[kind]) + f"   {share:.3f}")
    print(f"accuracy {np.trace(table) / table.sum():.4f} of {table.sum()}")


def main() -> None:
    """Fits, reports and writes."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("sources", type=Path, help="folder with the wheels of requirements/train-extractor.lock")
    made = list(examples(parser.parse_args().sources))
    random.Random(SEED).shuffle(made)  # noqa: S311  # repeatable, not secret
    rows, labels = [features(text) for _, text in made], [int(kind) for kind, _ in made]
    cut = int(len(made) * HELD_OUT)
    print(f"{len(made)} examples, {cut} of them held out", flush=True)
    weights = fit(rows[cut:], labels[cut:])
    scales = np.abs(weights).max(axis=0) / 127
    small = np.round(weights / scales).astype(np.int8)
    report(small, scales, rows[:cut], labels[:cut])
    with OUTPUT.open("wb") as file:
        np.savez_compressed(file, weights=small, scales=scales.astype(np.float32))
    print(f"wrote {OUTPUT.name}, {OUTPUT.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
