"""Counterfactuals: the same work under another name, gender, age, school and address, from the file on."""

import json
from datetime import date
from itertools import product

import pytest
from google.protobuf import json_format

import taxonomy
from gateway_service.convert import resume_parsed_event
from hiremesh.profile.v1 import resume_pb2
from matching_service.convert.analysis import report_to_proto
from matching_service.convert.candidate import profile_from_event
from matching_service.convert.resume import anonymous_from_proto, resume_from_proto
from matching_service.domain.analysis import analyse
from matching_service.domain.job import read_job
from matching_service.domain.neutral import neutral_profile, neutral_title, neutral_words
from matching_service.domain.reading import ReadResume
from matching_service.domain.report import report
from matching_service.domain.summary import profile_summary
from parser_service.adapters.reader import read_bytes
from parser_service.adapters.skills import TaxonomyLinker
from parser_service.convert import to_json, to_proto
from parser_service.domain.model import ParsedDocument
from parser_service.domain.redaction import RedactionOptions, redact
from tests.support.builders.gateway import stored

INDEX = taxonomy.skills()
TODAY = date(2026, 3, 1)
JOB = """Sales Manager
Requirements:
- 5+ years of experience in sales
- CRM software such as Salesforce; Microsoft Excel
- Bachelor's degree
- You chair meetings and lead a team
Nice to have: French
"""
RESUME = """{name}
{title}
{address} | {phone} | {email}
Date of birth: {born} | Gender: {gender} | Nationality: {nationality}

Summary
{intro} with nine years in retail and wholesale. {They} built a team of six; {their} accounts grew by 40 %.

Experience
{title}, Noordzee Trading, March 2020 - Present
- Introduced Salesforce for 30 people, reported in Microsoft Excel
- {Given} trained {their} successors
Sales Assistant, Kade Wholesale, June 2016 - February 2020
- Negotiated with suppliers

Education
Bachelor of Arts in Business Administration, {school}, {graduated}

Skills
Salesforce, Microsoft Excel, Negotiation
"""
WHO = {
    "woman": {
        "title": "Saleswoman",
        "intro": "Businesswoman and mother of two",
        "They": "She",
        "their": "her",
        "gender": "female",
    },
    "man": {
        "title": "Salesman",
        "intro": "Businessman and father of two",
        "They": "He",
        "their": "his",
        "gender": "male",
    },
}
NAMES = ("Mirela Vantongeren", "Abdul-Karim Okonkwo-Whitfield", "Nguyen Thi Bich Ngoc", "Jörg Weiß")
PLACES = (
    ("14 Harbour Lane, Bristol BS1 5TY", "+44 20 7946 0018", "British", "University of Oxford"),
    ("221 Rue de la Paix, 69003 Lyon", "+33 4 72 00 00 00", "French", "Technical College of the North of Lagos"),
)
BORN = (("3 May 1961", "1979 - 1983"), ("17 December 1993", "2012 - 2016"))


def written(who: str, name: str, place: tuple[str, str, str, str], born: tuple[str, str]) -> str:
    address, phone, nationality, school = place
    email = f"{name.split()[0].lower()}@example.org"
    birth, graduated = born
    return RESUME.format(
        **WHO[who], name=name, address=address, phone=phone, email=email, nationality=nationality, school=school,
        born=birth, graduated=graduated, Given=name.split()[0],
    )  # fmt: skip


def parsed(text: str) -> resume_pb2.Resume:
    resume = read_bytes(text.encode(), TODAY)
    linker = TaxonomyLinker(INDEX)
    return to_proto(ParsedDocument(resume, tuple(map(linker.link, resume.skills)), "", len(text), 0.0))


def anonymised(resume: resume_pb2.Resume) -> ReadResume:
    """What parser's RedactResume answers, as matching reads it."""
    redacted = redact(to_json(resume), RedactionOptions(schools=True))
    return anonymous_from_proto(json_format.ParseDict(redacted, resume_pb2.Resume()), whole=resume)


def scores(resume: ReadResume) -> tuple[float, float]:
    found = analyse(resume, read_job(JOB, INDEX), None, INDEX)
    assert found is not None
    return found.standing.role.score, found.standing.ats.score


VARIANTS = [written(who, name, place, born) for who, name, place, born in product(WHO, NAMES, PLACES, BORN)]


def test_an_anonymised_analysis_is_the_same_whoever_the_resume_is_about() -> None:
    job = read_job(JOB, INDEX)
    analyses, embedded = set(), set()
    for text in VARIANTS:
        resume = anonymised(parsed(text))
        embedded.add(profile_summary(neutral_profile(resume.profile, resume.facts.language)))
        found = analyse(resume, job, 0.5, INDEX)
        assert found is not None
        message = report_to_proto(report(found, embedding_model="", anonymised=True))
        analyses.add(json_format.MessageToJson(message))
    assert len(embedded) == 1
    assert len(analyses) == 1


def test_nothing_that_tells_who_it_is_reaches_an_anonymised_analysis() -> None:
    resume = anonymised(parsed(VARIANTS[0]))
    said = " ".join((resume.preview, resume.text, json.dumps([str(resume.profile), str(resume.facts)])))
    for told in (
        "Mirela",
        "Vantongeren",
        "Oxford",
        "Harbour",
        "1961",
        "1979",
        "British",
        "female",
        "She",
        "woman",
        "mother",
    ):
        assert told not in said
    assert "Salesforce" in said
    assert resume.facts.has_name
    assert resume.facts.has_email


def test_a_plain_score_moves_by_a_point_at_most() -> None:
    plain = [scores(resume_from_proto(parsed(text))) for text in VARIANTS]
    for figures in zip(*plain, strict=True):
        assert max(figures) - min(figures) <= 1
    resumes = [resume_from_proto(parsed(text)) for text in VARIANTS]
    assert len({profile_summary(neutral_profile(one.profile, one.facts.language)) for one in resumes}) == 1


def test_the_engine_knows_nothing_that_tells_the_variants_apart() -> None:
    """Its one source are events: what they carry of a resume is all that a match, and a list of candidates, can rest on."""
    profiles = [
        profile_from_event(resume_parsed_event(stored(content=parsed(text).SerializeToString()))) for text in VARIANTS
    ]
    assert all(profile == profiles[0] for profile in profiles)
    assert profiles[0].headline == "Salesperson"


@pytest.mark.parametrize(
    ("language", "woman", "man"),
    [
        ("en", "Chairwoman", "Chairman"),
        ("en", "Head Waitress", "Head Waiter"),
        ("de", "Softwareentwicklerin", "Softwareentwickler"),
        ("de", "Ingenieurin und Projektleiterin", "Ingenieur und Projektleiter"),
        ("de", "Bankkauffrau", "Bankkaufmann"),
        ("de", "Krankenschwester", "Krankenpfleger"),
        ("de", "Fachärztin", "Facharzt"),
        ("de", "Studentin", "Student"),
        ("fr", "Infirmière", "Infirmier"),
        ("fr", "Directrice commerciale", "Directeur commercial"),
        ("fr", "Développeuse", "Développeur"),
        ("fr", "Technicienne", "Technicien"),
        ("fr", "Assistante", "Assistant"),
        ("es", "Enfermera", "Enfermero"),
        ("es", "Desarrolladora", "Desarrollador"),
        ("es", "Abogada", "Abogado"),
        ("es", "Técnica", "Técnico"),
    ],
)
def test_titles_of_women_and_men_become_one(language: str, woman: str, man: str) -> None:
    assert neutral_title(woman, language) == neutral_title(man, language)


@pytest.mark.parametrize(
    "text",
    [
        "Python and Go in Berlin",
        "Managed the theme of a manual for women-owned suppliers"[:32],
        "Her-2 assays",
        "Termin mit Medizin in Wien",
        "History of chemistry",
    ],
)
def test_other_words_stay_as_they_are(text: str) -> None:
    assert neutral_words(text) == text
