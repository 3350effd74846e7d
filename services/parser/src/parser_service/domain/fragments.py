"""What a short text of a header names: a job, an employer, a school, a degree, a place, a person, a skill, or nothing of the kind.

A linear classifier over hashed pieces of words, fitted by `training/fragments.py` (docs/adr/0020-a-classifier-for-fragments.md). It
knows what names look like in general; what stands beside what on the page is for the rules to say.
"""

import math
from enum import IntEnum
from functools import cache, lru_cache
from importlib import resources
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from parser_service.domain.folding import words

BUCKETS = 1 << 16
_WORDS_READ = 14
_LENGTHS = (1, 2, 3, 4, 6, 9, 13)
_EDGE = "<"


class FragmentKind(IntEnum):
    """Classes, in the order of the weights' columns."""

    TITLE = 0
    COMPANY = 1
    SCHOOL = 2
    DEGREE = 3
    PLACE = 4
    PERSON = 5
    SKILL = 6
    PROSE = 7


def features(text: str) -> list[int]:
    """Buckets of the text's words, pairs of words, pieces of three to five letters, and its shape."""
    tokens = words(text)[:_WORDS_READ]
    marks = [f"s:{_bucket(len(tokens))}", f"c:{_case(text)}"]
    marks += [f"p:{mark}" for mark in ",&.-()/'0123456789" if mark in text]
    if text.rstrip().endswith((".", ";", ":")):
        marks.append("p:end")
    if tokens:
        marks += [f"f:{tokens[0]}", f"l:{tokens[-1]}"]
    for first, second in zip((_EDGE, *tokens), (*tokens, _EDGE), strict=True):
        marks.append(f"b:{first} {second}")
    for token in tokens:
        marks.append(f"w:{token}")
        padded = f"<{token}>"
        for size in (3, 4, 5):
            marks += [padded[at : at + size] for at in range(len(padded) - size + 1)]
    return [crc32(mark.encode()) & (BUCKETS - 1) for mark in marks]


def _bucket(count: int) -> int:
    return sum(count > limit for limit in _LENGTHS)


def _case(text: str) -> str:
    printed = [word for word in text.split() if word[:1].isalpha()]
    if not printed:
        return "none"
    if text.isupper():
        return "upper"
    lower = sum(word[0].islower() for word in printed)
    return (
        "title" if not lower else "lower" if printed[0][0].islower() else "mixed" if 2 * lower < len(printed) else "low"
    )


@cache
def _weights() -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    with resources.files("parser_service.domain").joinpath("fragments.npz").open("rb") as file:
        stored = np.load(file)
        return stored["weights"], stored["scales"]


@lru_cache(maxsize=4096)
def kind_scores(text: str) -> tuple[float, ...]:
    """Natural logarithms of the probabilities of the kinds, in the order of `FragmentKind`."""
    weights, scales = _weights()
    found = features(text)
    sums = weights[found].sum(axis=0, dtype=np.int32) * scales / math.sqrt(len(found))
    peak = float(sums.max())
    total = peak + math.log(float(np.exp(sums - peak).sum()))
    return tuple(float(value) - total for value in sums)


def leaning(text: str, kind: FragmentKind, other: FragmentKind, *, limit: float = 4.0) -> float:
    """How much likelier one kind is than the other: logarithm of the ratio, cut off at `limit` both ways."""
    scores = kind_scores(text.title() if text.isupper() else text)
    return max(-limit, min(limit, scores[kind] - scores[other]))
