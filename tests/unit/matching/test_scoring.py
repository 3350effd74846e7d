from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import taxonomy
from matching_service.domain.calibration import similarity_points
from matching_service.domain.degrees import AskedEducation
from matching_service.domain.experience import AskedYears
from matching_service.domain.model import Degree, EducationLevel, Profile
from matching_service.domain.requirements import AskedSkill, Requirements
from matching_service.domain.scoring import Match, score
from tests.support.builders.matching import profile, skill

NAMES = ["Python", "SQL", "Docker", "Kubernetes", "React", "Excel", "Scrum", "Terraform"]


def asked(name: str, *, required: bool = True) -> AskedSkill:
    link = taxonomy.skills().link(name)
    assert link is not None
    return AskedSkill(link.skill, required)


def scored(profile: Profile, requirements: Requirements, similarity: float | None = None) -> Match:
    match = score(profile, requirements, similarity)
    assert match is not None
    return match


similarities = st.none() | st.floats(-1, 1)
levels = st.sampled_from(EducationLevel)
profiles = st.builds(
    lambda names, years, level: profile(*names, years=years, level=level),
    st.lists(st.sampled_from(NAMES), unique=True),
    st.floats(0, 40),
    levels,
)
requirements = st.builds(
    Requirements,
    st.lists(st.builds(lambda n, r: asked(n, required=r), st.sampled_from(NAMES), st.booleans())).map(tuple),
    st.none() | st.builds(AskedYears, st.floats(0.5, 30)),
    st.none() | st.builds(AskedEducation, st.sampled_from(list(EducationLevel)[1:]), st.booleans()),
)


@given(profiles, requirements, similarities)
def test_scores_lie_between_0_and_100_and_weights_sum_to_1(
    who: Profile, job: Requirements, similarity: float | None
) -> None:
    match = score(who, job, similarity)
    if match is not None:
        assert 0 <= match.score <= 100
        assert all(0 <= component.points <= 100 for component in match.components)
        assert sum(component.weight for component in match.components) == pytest.approx(1)
        total = sum(component.weight * component.points for component in match.components)
        assert match.score == pytest.approx(total, abs=0.2)


@given(profiles, requirements, similarities, st.sampled_from(NAMES))
def test_another_skill_never_lowers_a_score(
    who: Profile, job: Requirements, similarity: float | None, name: str
) -> None:
    richer = replace(who, skills=(*who.skills, skill(name)))
    before, after = score(who, job, similarity), score(richer, job, similarity)
    assert (before is None) == (after is None)
    if before is not None and after is not None:
        assert after.score >= before.score


@given(profiles, requirements, similarities, st.floats(0, 20))
def test_more_years_never_lower_a_score(who: Profile, job: Requirements, similarity: float | None, more: float) -> None:
    before, after = (
        score(who, job, similarity),
        score(replace(who, total_years=who.total_years + more), job, similarity),
    )
    if before is not None and after is not None:
        assert after.score >= before.score


@given(profiles, levels)
def test_a_higher_degree_never_lowers_a_score(who: Profile, level: EducationLevel) -> None:
    job = Requirements(education=AskedEducation(EducationLevel.MASTER))
    better = replace(who, degrees=(*who.degrees, Degree(level)))
    assert scored(better, job).score >= scored(who, job).score


@given(profiles, requirements, similarities)
def test_the_order_of_skills_does_not_matter(who: Profile, job: Requirements, similarity: float | None) -> None:
    assert score(who, job, similarity) == score(replace(who, skills=who.skills[::-1]), job, similarity)


@given(st.floats(-1, 1), st.floats(-1, 1))
def test_more_similar_texts_never_get_fewer_points(a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert 0 <= similarity_points(low) <= similarity_points(high) <= 100


def test_matching_and_missing_skills_are_those_that_the_job_names() -> None:
    match = scored(profile("golang", "SQL", "Excel"), Requirements((asked("Go"), asked("SQL"), asked("React"))))
    assert (match.matching_skills, match.missing_skills) == (("Go", "SQL"), ("React",))


def test_required_skills_weigh_more_than_preferred_ones() -> None:
    job = Requirements((asked("Python"), asked("React", required=False)))
    assert scored(profile("Python"), job).score > 50 > scored(profile("React"), job).score


def test_reasons_carry_the_figures() -> None:
    job = Requirements(
        (asked("Python"), asked("SQL"), asked("React", required=False)),
        AskedYears(8),
        AskedEducation(EducationLevel.MASTER),
    )
    reasons = {component.name: component.reason for component in scored(profile("Python"), job, 0.5).components}
    assert "1 of 2 required and 0 of 1 preferred skills" in reasons["skills"]
    assert "0.50" in reasons["semantic"]
    assert "6.5 years" in reasons["experience"]
    assert "8 years" in reasons["experience"]
    assert "a bachelor's degree" in reasons["education"]
    assert "a master's degree" in reasons["education"]


def test_parts_that_the_job_says_nothing_about_are_left_out() -> None:
    match = scored(profile("Python"), Requirements(years=AskedYears(5)), None)
    assert [(component.name, component.weight) for component in match.components] == [("experience", 1.0)]


def test_a_missing_degree_is_not_held_against_experience_that_may_replace_it() -> None:
    job = Requirements((asked("Python"),), education=AskedEducation(EducationLevel.BACHELOR, or_equivalent=True))
    match = scored(profile("Python", level=EducationLevel.SECONDARY), job)
    assert [component.name for component in match.components] == ["skills"]


def test_with_nothing_to_judge_by_there_is_no_score() -> None:
    assert score(profile("Python"), Requirements(), None) is None
