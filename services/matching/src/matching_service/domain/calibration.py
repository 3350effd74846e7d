"""From the similarity of two embeddings to points out of 100."""

import math

# Logistic curve through measured pairs of resume and job texts under all-MiniLM-L6-v2 (README.md, "The semantic part").
MIDPOINT = 0.40
STEEPNESS = 12.0


def similarity_points(cosine: float) -> float:
    """0 to 100, strictly rising with the cosine."""
    return 100 / (1 + math.exp(-STEEPNESS * (cosine - MIDPOINT)))


def cosine(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    """Of vectors of unit length."""
    return sum(x * y for x, y in zip(a, b, strict=True))
