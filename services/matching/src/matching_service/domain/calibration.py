"""From nearness of vectors to points out of 100. Works on single numbers and on arrays of them."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

# Logistic curves through measured pairs (README.md, "The curves"): texts under all-MiniLM-L6-v2, and titles in either fitted space.
MIDPOINT, STEEPNESS = 0.40, 12.0
TITLE_MIDPOINT, TITLE_STEEPNESS = 0.45, 10.0

Numbers = TypeVar("Numbers", float, NDArray[np.float32])


def similarity_points(cosine: Numbers) -> Numbers:
    """0 to 100, strictly rising with the cosine of two texts."""
    points: Numbers = 100 / (1 + np.exp(-STEEPNESS * (cosine - MIDPOINT)))
    return points


def title_points(nearness: Numbers) -> Numbers:
    """0 to 100, strictly rising with the nearness of two titles."""
    points: Numbers = 100 / (1 + np.exp(-TITLE_STEEPNESS * (nearness - TITLE_MIDPOINT)))
    return points


def cosine(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    """Of vectors of unit length."""
    return sum(x * y for x, y in zip(a, b, strict=True))
