"""What a person said of jobs, and how it moves others like them."""

import numpy as np

from matching_service.domain.features import Matrix, Records, from_bytes

# Of verdicts, the newest count; and at most these many points up or down.
MOST_VERDICTS, MOST_POINTS = 50, 12.0
# From which nearness on a job is like another: below, a verdict says nothing of it.
_LEAST = 0.55


def shifts(jobs: Records, judged: Records, verdicts: Matrix) -> Matrix:
    """Points, -12 to 12, for each job: half of them for one that is the same as a liked one; more verdicts add up, each with less effect.

    `verdicts` are 1 or -1, a row of `judged` each.
    """
    if not len(judged):
        return np.zeros(len(jobs), np.float32)
    likeness = np.maximum(_looks(jobs) @ _looks(judged).T - _LEAST, 0) / (1 - _LEAST)
    pull = (likeness * verdicts).sum(axis=1)
    moved: Matrix = (MOST_POINTS * np.tanh(0.55 * pull)).astype(np.float32)
    return moved


def _looks(jobs: Records) -> Matrix:
    """Title and text, of length 1 together."""
    chunks = from_bytes(jobs["chunks"]).sum(axis=1)
    rows = np.hstack([_unit(from_bytes(jobs["title"])), _unit(chunks)])
    return _unit(rows)


def _unit(rows: Matrix) -> Matrix:
    scaled: Matrix = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return scaled
