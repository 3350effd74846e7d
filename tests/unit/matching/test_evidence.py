import taxonomy
from matching_service.domain.evidence import with_implied_skills
from matching_service.domain.model import Degree, EducationLevel, Position, Profile
from tests.support.builders.matching import skill

INDEX = taxonomy.skills()


def names(profile: Profile) -> list[str]:
    return [skill.name for skill in with_implied_skills(profile, INDEX).skills]


def test_titles_headline_and_fields_of_study_show_skills() -> None:
    profile = Profile(
        headline="Data Science Lead",
        positions=(Position("Senior Backend Engineer"), Position("Python Developer")),
        degrees=(Degree(EducationLevel.BACHELOR, "Nursing"),),
    )
    assert names(profile) == ["Data science", "Back-end development", "Python", "Nursing"]


def test_a_listed_skill_is_not_added_again() -> None:
    assert names(Profile(skills=(skill("python"),), positions=(Position("Python Developer"),))) == ["Python"]


def test_titles_without_skills_add_nothing() -> None:
    assert names(Profile(headline="Jack of all trades", positions=(Position("Assistant"),))) == []
