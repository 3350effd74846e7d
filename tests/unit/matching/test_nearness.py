"""Vectors lead to the jobs that the scorer likes best."""

from dataclasses import replace

import numpy as np
import pytest

from matching_service.domain.features import Matrix, as_bytes
from matching_service.domain.nearness import DIMENSIONS, job_vectors, person_vector
from matching_service.domain.ranking import judge
from tests.support.builders.fields_of_work import World, world


@pytest.fixture(scope="module")
def fields() -> World:
    return world(7, jobs=2000, people=40)


@pytest.fixture(scope="module")
def jobs(fields: World) -> Matrix:
    return job_vectors(fields.records, fields.vocabulary)


def test_products_order_jobs_much_as_scores_do(fields: World, jobs: Matrix) -> None:
    alike = []
    for person in fields.people:
        products = jobs @ person_vector(person, fields.vocabulary)
        scores = judge(person, fields.records, fields.vocabulary).scores
        alike.append(np.corrcoef(ranks(products), ranks(scores))[0, 1])
        # Most of all among those that fit: who is last does not matter.
        best = np.argsort(-scores)[: len(jobs) // 10]
        assert np.corrcoef(ranks(products[best]), ranks(scores[best]))[0, 1] > 0.8
    assert np.mean(alike) > 0.78


def test_the_best_hundredth_of_jobs_is_among_the_nearest_tenth(fields: World, jobs: Matrix) -> None:
    found = []
    for person in fields.people:
        nearest = np.argsort(-(jobs @ person_vector(person, fields.vocabulary)))[: len(jobs) // 10]
        best = np.argsort(-judge(person, fields.records, fields.vocabulary).scores)[: len(jobs) // 100]
        found.append(np.isin(best, nearest).mean())
    assert np.mean(found) > 0.98
    assert min(found) > 0.8


def test_all_vectors_of_jobs_have_one_length_so_that_the_largest_product_is_the_nearest_neighbour(jobs: Matrix) -> None:
    assert jobs.shape[1] == DIMENSIONS
    lengths = np.linalg.norm(jobs, axis=1)
    assert lengths == pytest.approx(np.full(len(jobs), lengths[0]), rel=1e-4)


def test_jobs_and_people_get_the_same_vectors_whoever_they_are_computed_with(fields: World, jobs: Matrix) -> None:
    assert job_vectors(fields.records[5:6], fields.vocabulary)[0] == pytest.approx(jobs[5], abs=1e-6)


def ranks(values: Matrix) -> Matrix:
    order: Matrix = np.argsort(np.argsort(values)).astype(np.float32)
    return order


def test_a_job_is_near_if_it_is_near_to_any_of_a_persons_titles(fields: World) -> None:
    person, other = fields.people[0], fields.people[1]
    changed = replace(person, titles=np.vstack([person.titles[:1], other.titles[:1]]))
    record = fields.records[:1].copy()
    for title in changed.titles:
        record["title"] = as_bytes(title)
        (vector,) = job_vectors(record, fields.vocabulary)
        away = record.copy()
        away["title"] = as_bytes(-title)
        (far,) = job_vectors(away, fields.vocabulary)
        toward = person_vector(changed, fields.vocabulary)
        # The weight of titles times the slope of their curve, there and back, in the units of people's vectors.
        assert (vector - far) @ toward > 0.05
