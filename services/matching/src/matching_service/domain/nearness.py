"""Vectors of people and jobs whose inner product comes close to the score, so that one walk of an index finds the jobs to judge.

Each part of the score has dimensions of its own, weighted as in the score: skills (sketched by random signs), titles and meaning (the
directions they differ along most), years, level, degree. Two last dimensions bring all vectors to one length: then the largest product is
the nearest neighbour, which is what the index looks for. The index proposes; `ranking.judge` decides.
"""

import hashlib
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np

from matching_service.domain.calibration import MIDPOINT, STEEPNESS, TITLE_MIDPOINT
from matching_service.domain.features import WIDTH, Matrix, PersonFeatures, Records, from_bytes
from matching_service.domain.ranking import COMPONENTS, demands_of, scaled_weights
from matching_service.domain.scoring import POINTS_PER_LEVEL
from matching_service.domain.seniority import seniority_points
from matching_service.domain.terms import Seniority
from matching_service.domain.vocabulary import Vocabulary
from taxonomy.linking import concepts

DIMENSIONS = 512
SKILLS, TITLE, MEANING, YEARS, LEVELS = 280, 96, 96, 16, 7


class Line(NamedTuple):
    """What stands for a calibration curve: shares of 1 by nearness, through the curve's middle."""

    middle: float
    slope: float

    @property
    def start(self) -> float:
        """At a nearness of 0."""
        return 0.5 - self.slope * self.middle


# As flat as the curve of titles is on average where the best jobs of most people lie; and for people whom no job fits well, as steep as
# it is where theirs lie.
TITLES, TITLES_FAR = Line(TITLE_MIDPOINT, 1.0), Line(TITLE_MIDPOINT, 3.0)
_MEANING = Line(MIDPOINT, STEEPNESS / 4)
# How far titles may miss the product 1 with the direction that stands for all of them.
_SLACK = 0.1
# Longer than vectors of jobs and of people are without their last dimensions; what people's are divided by before.
_JOB_LENGTH, _PERSON_LENGTH, _PERSON_SCALE = 1.2, 2.0, np.float32(4)


@dataclass(frozen=True, slots=True)
class _Parts:
    """In the order of their dimensions."""

    skills: Matrix
    title: Matrix
    meaning: Matrix
    years: Matrix
    seniority: Matrix
    education: Matrix
    constant: Matrix

    def joined(self) -> Matrix:
        """Without the dimensions for length."""
        parts = [getattr(self, name) for name in self.__slots__]
        return np.concatenate([np.asarray(part, np.float32) for part in parts], axis=-1)


def job_vectors(jobs: Records, vocabulary: Vocabulary) -> Matrix:
    """A row a job."""
    judged = [
        (jobs["skills"] > 0).any(axis=1), jobs["title_space"] > 0, jobs["chunk_count"] > 0, jobs["years"] > 0,
        jobs["seniority"] > 0, jobs["education"] > 0,
    ]  # fmt: skip
    rows = scaled_weights(np.stack(judged, axis=1))
    weights = {name: rows[:, [place]] for place, name in enumerate(COMPONENTS)}
    chunks = from_bytes(jobs["chunks"]).sum(axis=1) / np.maximum(jobs["chunk_count"], 1)[:, None]
    years = np.minimum(np.rint(jobs["years"]).astype(int), YEARS - 1)
    parts = _Parts(
        skills=weights["skills"] * _sketch(jobs, vocabulary),
        title=weights["title"] * (from_bytes(jobs["title"])[:, :TITLE]),
        meaning=weights["semantic"] * (chunks @ _meaning_basis()),
        years=weights["experience"] * np.eye(YEARS)[years],
        seniority=weights["seniority"] * np.eye(LEVELS)[jobs["seniority"]],
        education=weights["education"] * np.eye(LEVELS)[jobs["education"]],
        constant=np.hstack([weights["title"], weights["semantic"]]),
    )
    return _of_one_length(parts.joined(), _JOB_LENGTH, own=0)


def person_vector(person: PersonFeatures, vocabulary: Vocabulary, line: Line = TITLES) -> Matrix:
    """`line` stands for the curve of titles."""
    held = [skill_id for skill_id in person.skill_ids if skill_id in vocabulary.keys]
    chunks = person.chunks.mean(axis=0) if len(person.chunks) else np.zeros(WIDTH, np.float32)
    level = person.seniority
    years, degrees = np.arange(YEARS), np.arange(LEVELS)
    enough = (
        100 - POINTS_PER_LEVEL * np.maximum(degrees - int(person.education), 0) if person.education else degrees * 0.0
    )
    parts = _Parts(
        skills=sum((_signs(skill_id) for skill_id in held), np.zeros(SKILLS, np.float32)),
        title=line.slope * _towards_any(person.titles)[:TITLE],
        meaning=_MEANING.slope * (chunks @ _meaning_basis()),
        years=np.where(years > 0, np.minimum(1, person.total_years / np.maximum(years, 1)), 0),
        seniority=np.array([0, *(seniority_points(level, asked) / 100 if level else 0 for asked in Seniority)]),
        education=np.where(degrees > 0, np.maximum(enough, 0) / 100, 0),
        constant=np.array([line.start, _MEANING.start], np.float32),
    )
    # People are looked for too: both kinds have a dimension of their own for length.
    vector: Matrix = _of_one_length(parts.joined()[None] / _PERSON_SCALE, _PERSON_LENGTH, own=1)[0]
    return vector


def _towards_any(titles: Matrix) -> Matrix:
    """The shortest direction whose product with each of the titles is about 1: a job is near if it is near to any of them."""
    if not len(titles):
        return np.zeros(WIDTH, np.float32)
    products = titles @ titles.T + _SLACK * np.eye(len(titles), dtype=np.float32)
    shares = np.linalg.solve(products, np.full(len(titles), 1 + _SLACK, np.float32)).astype(np.float32)
    direction: Matrix = shares @ titles
    return direction


def _sketch(jobs: Records, vocabulary: Vocabulary) -> Matrix:
    asked = demands_of(jobs, vocabulary)
    share = np.where(jobs["skills"] > 0, asked.share.ravel()[asked.number], 0)
    sketch = np.zeros((len(jobs), SKILLS), np.float32)
    for row, place in zip(*np.nonzero(share), strict=True):
        sketch[row] += share[row, place] * _signs(vocabulary.ids[jobs["skills"][row, place]])
    return sketch


@cache
def _signs(skill_id: str) -> Matrix:
    """Random, and always the same for a skill: products of two skills' rows are near 0, of one with itself 1."""
    digest = hashlib.blake2b(skill_id.encode(), digest_size=SKILLS // 8).digest()
    bits = np.unpackbits(np.frombuffer(digest, np.uint8)).astype(np.float32)
    signs: Matrix = (bits * 2 - 1) / np.float32(np.sqrt(SKILLS))
    return signs


@cache
def _meaning_basis() -> Matrix:
    """The directions that skills differ in most."""
    return concepts().basis[:, :MEANING]


def _of_one_length(rows: Matrix, length: float, *, own: int) -> Matrix:
    missing = np.sqrt(np.maximum(length**2 - (rows**2).sum(axis=1, keepdims=True), 0))
    whole = np.zeros((len(rows), DIMENSIONS), np.float32)
    whole[:, : rows.shape[1]] = rows
    whole[:, [DIMENSIONS - 2 + own]] = missing
    return whole
