import pytest

from parser_service.domain.contacts import e164, find_emails, find_phones, find_profiles, find_urls
from parser_service.domain.degrees import find_score, split_degree
from parser_service.domain.headings import Kind, heading_kind
from parser_service.domain.language import main_language
from parser_service.domain.model import EducationLevel, Location
from parser_service.domain.occupations import title_score
from parser_service.domain.places import place_score, split_place
from parser_service.domain.tongues import find_languages, find_level


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("WORK EXPERIENCE", Kind.EXPERIENCE),
        ("Employment (continued)", Kind.EXPERIENCE),
        ("Beruflicher Werdegang", Kind.EXPERIENCE),
        ("Expérience professionnelle", Kind.EXPERIENCE),
        ("Experiencia laboral", Kind.EXPERIENCE),
        ("Ausbildung & Studium", Kind.EDUCATION),
        ("Formation", Kind.EDUCATION),
        ("Educación y formación", Kind.EDUCATION),
        ("Professional Skills Summary", Kind.SKILLS),
        ("EDV-Kenntnisse", Kind.SKILLS),
        ("Langues", Kind.LANGUAGES),
        ("03 Projects", Kind.PROJECTS),
        ("Volunteer Experience", Kind.VOLUNTEERING),
        ("W O R K  E X P E R I E N C E", Kind.EXPERIENCE),
        ("Built the education portal for schools", None),
        ("English, Spanish", None),
    ],
)
def test_headings_are_known_in_several_languages(text: str, kind: Kind | None) -> None:
    assert heading_kind(text) is kind


@pytest.mark.parametrize(
    ("text", "degree", "subject", "level"),
    [
        ("BSc in Physical Geography", "BSc", "Physical Geography", EducationLevel.BACHELOR),
        ("Bachelor of Science in Nursing", "Bachelor of Science", "Nursing", EducationLevel.BACHELOR),
        ("Master of Business Administration", "Master of Business Administration", "", EducationLevel.MASTER),
        ("BA (Hons) English and Music", "BA (Hons)", "English and Music", EducationLevel.BACHELOR),
        ("Ph.D. Astrophysics", "Ph.D.", "Astrophysics", EducationLevel.DOCTORATE),
        ("Licence Arts plastiques", "Licence", "Arts plastiques", EducationLevel.BACHELOR),
        ("Grado en Enfermería", "Grado", "Enfermería", EducationLevel.BACHELOR),
        ("Abitur", "Abitur", "", EducationLevel.SECONDARY),
        ("Somerville Hall", "", "", EducationLevel.UNSPECIFIED),
    ],
)
def test_degrees_are_split_from_their_subjects(text: str, degree: str, subject: str, level: EducationLevel) -> None:
    assert split_degree(text) == (degree, subject, level)


@pytest.mark.parametrize(("text", "score"), [("GPA: 3.8/4.0", "3.8/4.0"), ("Note: 1,3", "1,3"), ("2:1", "2:1")])
def test_grades_are_found(text: str, score: str) -> None:
    found = find_score(text)
    assert found is not None
    assert found[2] == score


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Portland, OR 97201", Location("Portland", "OR", "", "US")),
        ("Lindenstraße 14, 04109 Leipzig", Location("Leipzig")),
        ("Lyon, France", Location("Lyon", "", "France", "FR")),
        ("Cape Town, Western Cape, ZA", Location("Cape Town", "Western Cape", "ZA", "ZA")),
    ],
)
def test_places_are_split_into_parts(text: str, parts: Location) -> None:
    assert split_place(text) == parts


@pytest.mark.parametrize("text", ["Bergen, Vestland", "1620 København V", "Remote", "Vitoria-Gasteiz"])
def test_places_are_told_from_other_words(text: str) -> None:
    assert place_score(text) >= 0.6


@pytest.mark.parametrize("text", ["Calder Water Services Ltd", "Walsh & Partners, Chicago", "Senior Hydrologist"])
def test_employers_and_titles_are_no_places(text: str) -> None:
    assert place_score(text) < 0.6


def test_titles_score_above_employers_in_four_languages() -> None:
    titles = ["Senior Hydrologist", "Leiterin Qualitätssicherung", "Cheffe de projet web", "Enfermera de urgencias"]
    employers = ["Calder Water Services Ltd", "Sächsische Pumpenwerke GmbH", "Agence Goéland", "Clínica Santa Amalia"]
    assert min(map(title_score, titles)) > max(map(title_score, employers))


def test_contact_data_is_found_in_running_text() -> None:
    text = "Call (503) 555-0188, write Ana.Bo@Example.org, see ana-bo.dev or https://github.com/anabo."
    assert find_emails(text) == ["ana.bo@example.org"]
    assert [phone for phone, _ in find_phones(text)] == ["(503) 555-0188"]
    assert find_urls(text) == ["ana-bo.dev", "https://github.com/anabo"]
    assert find_profiles("GitHub: anabo") == [("github", "https://github.com/anabo")]


def test_technologies_with_dots_are_no_web_addresses() -> None:
    assert find_urls("Node.js, ASP.NET, Socket.io, B.Sc") == []


@pytest.mark.parametrize(
    ("phone", "region", "number"),
    [
        ("+44 (0)20 7946 0958", "", "+442079460958"),
        ("(503) 555-0188", "US", "+15035550188"),
        ("0341 5501982", "DE", "+493415501982"),
        ("0341 5501982", "", ""),
    ],
)
def test_phones_become_e164_only_when_the_country_is_known(phone: str, region: str, number: str) -> None:
    assert e164(phone, region) == number


def test_spoken_languages_have_codes_and_levels() -> None:
    assert [(name, code) for name, code, _, _ in find_languages("Deutsch, anglais y Euskera")] == [
        ("Deutsch", "de"),
        ("anglais", "en"),
        ("Euskera", "eu"),
    ]
    assert find_level("(verhandlungssicher)") == "verhandlungssicher"
    assert find_level("langue maternelle") == "langue maternelle"


def test_the_main_language_is_told_by_small_words() -> None:
    assert main_language(["Leitung der Abteilung und Aufbau des Labors für die Prüfung"]) == "de"
    assert main_language(["42"]) == ""
