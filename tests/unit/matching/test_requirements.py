import pytest

import taxonomy
from matching_service.domain.degrees import AskedEducation
from matching_service.domain.model import EducationLevel
from matching_service.domain.requirements import Requirements, read_requirements
from meshkit.errors import InvalidRequest


def read(text: str) -> Requirements:
    return read_requirements(text, taxonomy.skills())


def named(text: str, *, required: bool) -> list[str]:
    return [asked.skill.name for asked in read(text).skills if asked.required is required]


JOB = """Data Engineer

For over 20 years we have been moving parcels.

Requirements:
- 4+ years of experience with data pipelines
- Python and SQL; Airflow is a plus
- No Java experience required

Nice to have
- Terraform
- Experience with Snowflake

Benefits
- Spanish lessons, PHP meetups
"""


def test_required_and_preferred_skills_are_told_apart_by_headings_and_words() -> None:
    assert named(JOB, required=True) == ["Data engineering", "Data pipelines", "Python", "SQL"]
    assert named(JOB, required=False) == ["Apache Airflow", "Terraform", "Snowflake"]


def test_benefits_and_what_is_not_needed_ask_for_nothing() -> None:
    assert not {"Java", "PHP"} & {asked.skill.name for asked in read(JOB).skills}


def test_a_skill_that_is_also_required_elsewhere_is_required() -> None:
    assert named("Python is a plus.\nYou write Python every day.", required=True) == ["Python"]


def test_a_heading_with_skills_in_its_line_is_read_too() -> None:
    assert named("Skills: SQL, Docker", required=True) == ["SQL", "Docker"]


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("5+ years of experience", 5),
        ("at least three years of professional experience", 3),
        ("3-5 years' experience in sales", 3),
        ("2 to 4 years experience", 2),
        ("Mindestens 3 Jahre Berufserfahrung", 3),
        ("5 ans d'expérience", 5),
        ("Se requieren 2 años de experiencia", 2),
        ("3 years of experience with Go and 7 years of experience overall", 7),
        ("1.5 years of experience", 1.5),
        ("Python and Kubernetes required. 5 years.", 5),
        ("For over 20 years we have built cars", None),
        ("Founded 10 years ago. Experience matters.", None),
        ("10 years of experience would be nice to have", None),
        ("We have no figures", None),
    ],
)
def test_years_are_read_where_experience_is_asked_for(text: str, years: float | None) -> None:
    asked = read(text).years
    assert (asked.least if asked else None) == years


@pytest.mark.parametrize(
    ("text", "education"),
    [
        ("Bachelor's degree in Biology", AskedEducation(EducationLevel.BACHELOR)),
        ("BS/MS in Computer Science", AskedEducation(EducationLevel.BACHELOR)),
        ("Master's or PhD", AskedEducation(EducationLevel.MASTER)),
        ("A master's degree. PhD preferred.", AskedEducation(EducationLevel.MASTER)),
        ("University degree or equivalent experience", AskedEducation(EducationLevel.BACHELOR, or_equivalent=True)),
        ("Abgeschlossene Berufsausbildung", AskedEducation(EducationLevel.VOCATIONAL)),
        ("High school diploma", AskedEducation(EducationLevel.SECONDARY)),
        ("Doctorate in physics", AskedEducation(EducationLevel.DOCTORATE)),
        ("Scrum Master with MS Office and master data knowledge", None),
        ("A degree of patience", None),
    ],
)
def test_the_lowest_degree_that_is_enough_is_read(text: str, education: AskedEducation | None) -> None:
    assert read(text).education == education


@pytest.mark.parametrize("text", ["", "   \n", "123 --- 456", "!?"])
def test_a_text_without_words_is_refused_with_the_remedy(text: str) -> None:
    with pytest.raises(InvalidRequest, match="send the text of the job"):
        read(text)


def test_a_text_that_names_nothing_known_asks_for_nothing() -> None:
    assert read("Come and help us with things.") == Requirements()
