"""Many jobs judged at once, as one is."""

import numpy as np
import pytest

from matching_service.domain.features import PersonFeatures
from matching_service.domain.model import Degree, Profile, Skill
from matching_service.domain.ranking import COMPONENTS, judge, meaning_nearness, title_nearness
from matching_service.domain.scoring import score
from tests.support.builders.fields_of_work import World, world


@pytest.fixture(scope="module")
def fields() -> World:
    return world(11, jobs=150, people=8)


def profile_of(person: PersonFeatures) -> Profile:
    return Profile(
        skills=tuple(Skill(skill_id, "test", skill_id) for skill_id in sorted(person.skill_ids)),
        degrees=(Degree(person.education),),
        total_years=person.total_years,
    )


def test_jobs_judged_together_get_the_scores_that_each_gets_alone(fields: World) -> None:
    rarities = {skill_id: float(fields.vocabulary.rarity[key]) for skill_id, key in fields.vocabulary.keys.items()}
    for person in fields.people:
        together = judge(person, fields.records, fields.vocabulary)
        titles, texts = title_nearness(person, fields.records), meaning_nearness(person, fields.records)
        for row, requirements in enumerate(fields.requirements):
            alone = score(
                profile_of(person), requirements, float(texts[row]),
                title=float(titles[row]), level=person.seniority, rarities=rarities,
            )  # fmt: skip
            assert alone is not None
            assert together.scores[row] == pytest.approx(alone.score, abs=0.11)
            judged = {one.name: (one.weight, one.points) for one in alone.components}
            for place, name in enumerate(COMPONENTS):
                weight, points = judged.get(name, (0.0, 0.0))
                assert together.weights[row, place] == pytest.approx(weight, abs=1e-4)
                assert together.points[row, place] == pytest.approx(points, abs=0.06)


def test_titles_of_another_model_are_not_compared(fields: World) -> None:
    records = fields.records.copy()
    records["title_space"] = 1
    judged = judge(fields.people[0], records, fields.vocabulary)
    assert not judged.weights[:, COMPONENTS.index("title")].any()
    assert judged.weights.sum(axis=1) == pytest.approx(np.ones(len(records)), abs=1e-5)
