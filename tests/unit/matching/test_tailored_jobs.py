"""A person scores higher on a job that was written for them than on others; and what must not matter does not."""

import random
from datetime import date
from itertools import permutations

import pytest

import taxonomy
from matching_service.convert.resume import resume_from_proto
from matching_service.domain.analysis import Analysis, analyse
from matching_service.domain.evidence import with_implied_skills, with_skills_of_titles
from matching_service.domain.job import read_job
from matching_service.domain.model import Degree, EducationLevel, Position, Profile
from matching_service.domain.requirements import Requirements, read_requirements
from matching_service.domain.scoring import score
from parser_service.adapters.reader import read_bytes
from parser_service.adapters.skills import TaxonomyLinker
from parser_service.convert import to_proto
from parser_service.domain.model import ParsedDocument
from tests.support.builders.matching import skill

INDEX = taxonomy.skills()
TRADES = {
    "Data Engineer": "Python|SQL|Apache Spark|Apache Airflow|Snowflake|dbt|Apache Kafka|Docker",
    "Frontend Developer": "JavaScript|TypeScript|React|CSS|HTML|Figma|Webpack|Vue.js",
    "Site Reliability Engineer": "Kubernetes|Terraform|Prometheus|Linux|Ansible|Grafana|Docker|Python",
    "Mobile Developer": "Kotlin|Swift|Android development|iOS development|Firebase|Java|Flutter",
    "Backend Developer": "Java|Spring Boot|PostgreSQL|Redis|RabbitMQ|Docker|Apache Kafka|SQL",
    "Data Scientist": "PyTorch|scikit-learn|pandas|TensorFlow|Python|SQL|Machine learning|Statistics",
    "Accountant": "SAP|Microsoft Excel|Bookkeeping|Financial reporting|IFRS|Payroll|Accounts payable|Taxation",
    "Designer": "Figma|Adobe Photoshop|Adobe Illustrator|Sketch|User research|Wireframing|Prototyping",
    "Registered Nurse": "Patient care|Wound care|Triage|Medication administration|Vital signs|Infection control|Phlebotomy",
    "Electrician": "Electrical wiring|Blueprint reading|Preventive maintenance|Health and safety|Hydraulics|First aid",
    "Sales Manager": "B2B sales|Salesforce|Negotiation|Account management|Lead generation|Sales forecasting|Microsoft Excel",
    "Teacher": "Lesson planning|Classroom management|Curriculum development|Special educational needs|Safeguarding|E-learning",
    "Chef": "Menu planning|Food safety|HACCP|Food preparation|Inventory management|Budgeting",
    "Warehouse Manager": "Warehouse management|Forklift operation|Inventory management|Logistics|Health and safety|SAP",
    "Recruiter": "Recruitment|Onboarding|Employee relations|LinkedIn|Human resources management|Negotiation",
    "Laboratory Technician": "PCR|HPLC|Cell culture|ELISA|Good laboratory practice|Flow cytometry|Mass spectrometry",
}
ASKED_LEVELS = {
    EducationLevel.VOCATIONAL: "Vocational training",
    EducationLevel.BACHELOR: "Bachelor's degree",
    EducationLevel.MASTER: "Master's degree",
}
CASES, OTHERS = 100, 50


def advertisement(dice: random.Random, title: str, skills: list[str], years: int, level: EducationLevel) -> str:
    cut = dice.randint(3, len(skills))
    lines = [f"- {years}+ years of experience", *(f"- {name}" for name in skills[:cut]), f"- {ASKED_LEVELS[level]}"]
    dice.shuffle(lines)
    wished = ["Nice to have:", *(f"- {name}" for name in skills[cut:])] if skills[cut:] else []
    return "\n".join([title, "Requirements:", *lines, *wished])


def test_a_person_scores_higher_on_a_job_written_for_them_than_on_50_random_ones() -> None:
    dice = random.Random(11)  # noqa: S311

    def somebody() -> tuple[Profile, Requirements]:
        title = dice.choice(list(TRADES))
        skills = dice.sample(TRADES[title].split("|"), k=5)
        years, level = dice.randint(1, 15), dice.choice(list(ASKED_LEVELS))
        held = tuple(map(skill, skills))
        person = Profile(title, held, (Position(title),), (Degree(level),), total_years=float(years))
        job = read_requirements(advertisement(dice, title, skills, years, level), INDEX)
        return with_implied_skills(person, INDEX), job

    people = [somebody() for _ in range(CASES)]
    higher = cases = 0
    for person, own in people:
        # Jobs of all trades, the person's own included: they may meet one of those in full, too.
        others = [job for _, job in dice.sample(people, k=OTHERS + 1) if job is not own][:OTHERS]
        mine, theirs = points(person, own), [points(person, other) for other in others]
        assert mine >= max(theirs)
        higher += sum(mine > other for other in theirs)
        cases += all(mine > other or other == 100 for other in theirs)
    assert higher / (CASES * OTHERS) >= 0.99
    assert cases / CASES >= 0.95


def points(person: Profile, job: Requirements) -> float:
    match = score(with_skills_of_titles(person, job.skills), job, None)
    assert match is not None
    return match.score


SECTIONS = (
    "Summary\nElectrician for homes and factories, five years with the tools.",
    "Experience\nElectrician, Volt & Sons, March 2019 - February 2024\n- Electrical wiring of 40 houses\n- Preventive maintenance",
    "Education\nVocational training in Electrical Installation, Kade College, 2016 - 2019",
    "Skills\nElectrical wiring, Blueprint reading, First aid",
)
JOB = "Electrician\nRequirements:\n- Electrical wiring\n- Hydraulics\n- 3 years of experience\n- Vocational training"


def analysed(text: str, job: str = JOB) -> Analysis:
    resume = read_bytes(text.encode(), date(2026, 3, 1))
    linker = TaxonomyLinker(INDEX)
    parsed = ParsedDocument(resume, tuple(map(linker.link, resume.skills)), "", len(text), 0.0)
    found = analyse(resume_from_proto(to_proto(parsed)), read_job(job, INDEX), None, INDEX)
    assert found is not None
    return found


def test_the_order_of_sections_in_the_file_does_not_matter() -> None:
    head = "Jo Ferreira-Lindt\njo@example.org | +44 20 7946 0018\n\n"
    standings = set()
    for order in permutations(SECTIONS):
        found = analysed(head + "\n\n".join(order))
        standings.add((found.standing.role, found.standing.ats.score))
    assert len(standings) == 1


@pytest.mark.parametrize(
    ("job", "named"),
    [
        ("Python", "Python"),
        ("Elektriker (m/w/d)\nIhr Profil:\n- Erfahrung mit SAP und Microsoft Excel\n- 3 Jahre Berufserfahrung", "SAP"),
        ("Développeur\nProfil :\n- Maîtrise de Python et PostgreSQL\n- 5 ans d'expérience", "PostgreSQL"),
        ("Analista\nRequisitos:\n- Conocimientos de SQL y Power BI", "SQL"),
        ("数据工程师\n要求:\n- 熟悉 Python 和 Kubernetes", "Kubernetes"),
        ("مهندس بيانات\n- خبرة في Python و Docker", "Docker"),
    ],
)
def test_one_word_and_other_languages_are_read_for_the_names_they_hold(job: str, named: str) -> None:
    found = analysed("\n\n".join(SECTIONS), job)
    assert named in found.standing.role.missing_skills
    assert 0 <= found.standing.role.score <= 100


def test_a_job_text_of_as_many_characters_as_are_taken_is_read() -> None:
    page = JOB + "\n\nWe are a company that wires houses, and we have done so for a long time.\n" * 30
    found = analysed("\n\n".join(SECTIONS), (page * 200)[:100_000])
    assert found.standing.role.missing_skills == ("Hydraulics",)
