"""Proof that a built graph computes what was published."""

import math
from collections.abc import Sequence

from inference_service.adapters.minilm_onnx import Encoder

# First components of the vector that sentence-transformers computes with these weights.
PUBLISHED_TEXT = "This is an example sentence"
PUBLISHED_COMPONENTS = (0.067657, 0.063496, 0.048713, 0.079305, 0.037448, 0.002653)
PUBLISHED_TOLERANCE = 2e-6

LEAST_COSINE = 0.99
SAMPLES = (
    "Nurse",
    "Senior software engineer",
    "PostgreSQL, Kafka, Terraform",
    "Buchhalterin mit zehn Jahren Erfahrung in der Lohnabrechnung",
    "Led a team of nine and cut the cost of the warehouse by 31 % within two years.",
    "We look for somebody who answers customers by telephone and keeps calm when they do not.",
    "Designed heat exchangers; CAD drawings, finite elements, tests on the rig, handover to production. " * 20,
)


class Disagreement(Exception):
    """The graph computes something else."""


def check_against_published(encoder: Encoder) -> float:
    """The greatest difference of a component. Raises Disagreement."""
    (embedding,) = encoder.encode([PUBLISHED_TEXT])
    pairs = zip(embedding.values, PUBLISHED_COMPONENTS, strict=False)
    difference = max(abs(ours - theirs) for ours, theirs in pairs)
    if difference > PUBLISHED_TOLERANCE:
        raise Disagreement(f"a component is {difference:.1e} off the published vector")
    return difference


def check_formats_agree(reference: Encoder, candidate: Encoder) -> float:
    """The least cosine between the vectors of both over samples of all lengths. Raises Disagreement."""
    both = zip(reference.encode(SAMPLES), candidate.encode(SAMPLES), strict=True)
    cosine = min(_dot(one.values, other.values) for one, other in both)
    if cosine < LEAST_COSINE:
        raise Disagreement(f"cosine {cosine:.4f} is below {LEAST_COSINE}")
    return cosine


def _dot(one: Sequence[float], other: Sequence[float]) -> float:
    return math.fsum(a * b for a, b in zip(one, other, strict=True))
