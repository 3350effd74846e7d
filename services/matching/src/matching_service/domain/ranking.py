"""Many jobs judged for one person at once. The rules are those of `scoring`; a test holds the two together."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching_service.domain.calibration import similarity_points, title_points
from matching_service.domain.features import Matrix, PersonFeatures, Records, from_bytes
from matching_service.domain.scoring import POINTS_PER_LEVEL, PREFERRED_WEIGHT, REQUIRED_WEIGHT, WEIGHTS
from matching_service.domain.seniority import seniority_points
from matching_service.domain.terms import Seniority
from matching_service.domain.vocabulary import Vocabulary

COMPONENTS = tuple(WEIGHTS)


@dataclass(frozen=True, slots=True)
class Judged:
    """A row a job: points 0 to 100 of each component, in the order of COMPONENTS, and weights, 0 for those that can't be judged."""

    points: Matrix
    weights: Matrix
    # Of each skill asked for: whether the person shows it.
    held: NDArray[np.bool_]

    def __getitem__(self, rows: slice | NDArray[np.intp] | NDArray[np.bool_]) -> "Judged":
        return Judged(self.points[rows], self.weights[rows], self.held[rows])

    @property
    def scores(self) -> Matrix:
        """0 to 100."""
        scores: Matrix = (self.points * self.weights).sum(axis=1)
        return scores


def judge(person: PersonFeatures, jobs: Records, vocabulary: Vocabulary) -> Judged:
    """Of every job. One that nothing can be judged of has the score 0."""
    held = vocabulary.held(person.skill_ids)[vocabulary.known(jobs["skills"])] & (jobs["skills"] > 0)
    judged = {
        "skills": _skills(demands_of(jobs, vocabulary), held),
        "title": _titles(person, jobs),
        "semantic": _meaning(person, jobs),
        "experience": _years(person, jobs),
        "seniority": _level(person, jobs),
        "education": _education(person, jobs),
    }
    points = np.stack([judged[name] for name in COMPONENTS], axis=1)
    return Judged(np.nan_to_num(points), scaled_weights(~np.isnan(points)), held)


def scaled_weights(judged: NDArray[np.bool_]) -> Matrix:
    """Weights of those components that can be judged, brought to a sum of 1."""
    weights = np.where(judged, np.array([WEIGHTS[name] for name in COMPONENTS]), 0)
    scaled: Matrix = (weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-9)).astype(np.float32)
    return scaled


@dataclass(frozen=True, slots=True)
class AskedDemands:
    """Of each skill asked for: the number of its demand, over all jobs; and of each such number: its share of the job's demands."""

    number: NDArray[np.intp]
    share: Matrix


def demands_of(jobs: Records, vocabulary: Vocabulary) -> AskedDemands:
    """A demand weighs by its force and the mean rarity of its skills, of which any is enough."""
    there = jobs["skills"] > 0
    weights = vocabulary.rarity[vocabulary.known(jobs["skills"])] * np.where(
        jobs["required"], REQUIRED_WEIGHT, PREFERRED_WEIGHT
    )
    # Skills of one demand stand side by side.
    first = np.ones(there.shape, bool)
    first[:, 1:] = jobs["demand"][:, 1:] != jobs["demand"][:, :-1]
    number = np.arange(len(jobs))[:, None] * there.shape[1] + np.cumsum(first, axis=1) - 1
    sums = np.bincount(number.ravel(), np.where(there, weights, 0).ravel(), there.size)
    counts = np.bincount(number.ravel(), there.ravel(), there.size)
    worth = (sums / np.maximum(counts, 1)).reshape(there.shape)
    share = worth / np.maximum(worth.sum(axis=1, keepdims=True), 1e-9)
    return AskedDemands(number, share.astype(np.float32))


def _skills(asked: AskedDemands, held: NDArray[np.bool_]) -> Matrix:
    met = (np.bincount(asked.number.ravel(), held.ravel(), held.size) > 0).reshape(held.shape)
    points = 100 * (asked.share * met).sum(axis=1)
    return np.where(asked.share.any(axis=1), points, np.nan).astype(np.float32)


def _titles(person: PersonFeatures, jobs: Records) -> Matrix:
    if not len(person.titles):
        return np.full(len(jobs), np.nan, np.float32)
    points = title_points(title_nearness(person, jobs))
    return np.where(jobs["title_space"] == person.title_space, points, np.nan).astype(np.float32)


def title_nearness(person: PersonFeatures, jobs: Records) -> Matrix:
    """Of the nearest of the person's titles."""
    nearness: Matrix = (from_bytes(jobs["title"]) @ person.titles.T).max(axis=1)
    return nearness


def _meaning(person: PersonFeatures, jobs: Records) -> Matrix:
    if not len(person.chunks):
        return np.full(len(jobs), np.nan, np.float32)
    return np.where(jobs["chunk_count"] > 0, similarity_points(meaning_nearness(person, jobs)), np.nan).astype(
        np.float32
    )


def meaning_nearness(person: PersonFeatures, jobs: Records) -> Matrix:
    """Mean over the pieces of a job."""
    chunks = from_bytes(jobs["chunks"])
    # Each piece of the job beside the piece of the resume that is nearest to it.
    nearest = (chunks @ person.chunks.T).max(axis=2)
    there = np.arange(chunks.shape[1]) < jobs["chunk_count"][:, None]
    mean: Matrix = (nearest * there).sum(axis=1) / np.maximum(jobs["chunk_count"], 1)
    return mean


def _years(person: PersonFeatures, jobs: Records) -> Matrix:
    asked = jobs["years"]
    points = 100 * np.minimum(1, person.total_years / np.maximum(asked, 1e-9))
    return np.where(asked > 0, points, np.nan).astype(np.float32)


def _level(person: PersonFeatures, jobs: Records) -> Matrix:
    if person.seniority is None:
        return np.full(len(jobs), np.nan, np.float32)
    held = person.seniority
    by_level = np.array([np.nan, *(seniority_points(held, asked) for asked in Seniority)], np.float32)
    points: Matrix = by_level[jobs["seniority"]]
    return points


def _education(person: PersonFeatures, jobs: Records) -> Matrix:
    asked = jobs["education"].astype(np.int16)
    short = asked - int(person.education)
    points = np.maximum(0, 100 - POINTS_PER_LEVEL * np.maximum(short, 0)) if person.education else np.zeros(len(jobs))
    # Experience may stand in for the degree; whether it does can't be judged here.
    judged = (asked > 0) & ~((short > 0) & jobs["or_equivalent"])
    return np.where(judged, points, np.nan).astype(np.float32)
