import numpy as np
import pytest

from matching_service.domain.features import JOB, Matrix, Records, as_bytes
from matching_service.domain.feedback import MOST_POINTS, shifts

AXES = np.eye(384, dtype=np.float32)


def jobs(*looks: Matrix) -> Records:
    """One each, whose title and text look alike."""
    records = np.zeros(len(looks), JOB)
    for record, look in zip(records, looks, strict=True):
        record["title_space"], record["chunk_count"] = 1, 1
        record["title"] = as_bytes(look)
        record["chunks"][0] = as_bytes(look)
    return records


def between(share: float) -> Matrix:
    """Of nearness `share` to the first axis."""
    mixed: Matrix = (share * AXES[0] + np.sqrt(1 - share**2) * AXES[1]).astype(np.float32)
    return mixed


def moved(look: Matrix, said: list[Matrix], verdicts: list[float]) -> float:
    return float(shifts(jobs(look), jobs(*said), np.array(verdicts, np.float32))[0])


def test_without_a_verdict_nothing_moves() -> None:
    assert shifts(jobs(AXES[0]), jobs(), np.zeros(0, np.float32)).tolist() == [0]


def test_a_liked_job_rises_and_a_disliked_one_falls_by_as_much() -> None:
    up, down = moved(AXES[0], [AXES[0]], [1]), moved(AXES[0], [AXES[0]], [-1])
    assert up == pytest.approx(-down)
    assert up == pytest.approx(MOST_POINTS / 2, abs=0.1)


def test_jobs_move_the_more_the_more_they_are_like_it_and_unlike_ones_do_not() -> None:
    by_likeness = [moved(between(share), [AXES[0]], [1]) for share in (1.0, 0.9, 0.75, 0.5, 0.0)]
    assert by_likeness == sorted(by_likeness, reverse=True)
    assert by_likeness[2] > 0
    assert by_likeness[3:] == [0, 0]


def test_more_verdicts_move_more_but_never_beyond_the_most() -> None:
    one, two, fifty = (moved(AXES[0], [AXES[0]] * count, [1.0] * count) for count in (1, 2, 50))
    assert one < two < fifty <= MOST_POINTS


def test_verdicts_against_each_other_cancel() -> None:
    assert moved(AXES[0], [AXES[0], AXES[0]], [1, -1]) == pytest.approx(0)


def test_jobs_without_vectors_stay_where_they_are() -> None:
    assert shifts(np.zeros(1, JOB), jobs(AXES[0]), np.ones(1, np.float32)).tolist() == [0]
