import pytest

import taxonomy
from taxonomy.catalogue import technology_names
from taxonomy.spelling import key_of

INDEX = taxonomy.skills()


def found(text: str) -> list[str]:
    return [mention.skill.name for mention in INDEX.find(text)]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("golang", "Go"),
        ("K8s", "Kubernetes"),
        ("node js", "Node.js"),
        ("NodeJS", "Node.js"),
        ("CI / CD", "CI/CD"),
        ("rest api", "REST APIs"),
        ("Large Language Model", "Large language models"),
        (".net core", ".NET"),
        ("dotnet", ".NET"),
        ("C sharp", "C#"),
        ("c++", "C++"),
        ("Python 3.11", "Python"),
        ("Programming in Java", "Java"),
        ("Microsoft Excel (advanced)", "Microsoft Excel"),
        ("scikit learn", "scikit-learn"),
        ("gcp", "Google Cloud Platform"),
        ("veterinary clinical sciences", "veterinary clinical sciences"),
    ],
)
def test_spellings_of_one_skill_link_to_it(written: str, name: str) -> None:
    link = INDEX.link(written)
    assert link is not None
    assert link.skill.name == name


@pytest.mark.parametrize("written", ["", "underwater basket weaving", "MA", "Javas", "sale", "the"])
def test_what_is_not_known_is_not_guessed(written: str) -> None:
    assert INDEX.link(written) is None


def test_a_stripped_name_is_less_sure_than_the_name_itself() -> None:
    plain, stripped = INDEX.link("Python"), INDEX.link("Python 3.11")
    assert plain is not None
    assert stripped is not None
    assert stripped.confidence < plain.confidence == 1.0


def test_esco_skills_carry_their_uri() -> None:
    link = INDEX.link("veterinary clinical sciences")
    assert link is not None
    assert link.skill.taxonomy == "esco"
    assert link.skill.id.startswith("http://data.europa.eu/esco/skill/")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("We write JavaScript.", ["JavaScript"]),
        ("Java, not JavaScript", ["Java", "JavaScript"]),
        ("Knows Amazon Web Services well", ["Amazon Web Services"]),
        ("React Native and Spring Boot", ["React Native", "Spring Boot"]),
        ("C++ or C#", ["C++", "C#"]),
        ("Python/Django", ["Python", "Django"]),
        ("machine\nlearning", ["Machine learning"]),
    ],
)
def test_text_is_matched_by_whole_words_and_longest_name(text: str, names: list[str]) -> None:
    assert found(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "You react to incidents.",
        "They excel at work.",
        "Go to market fast.",
        "An R&D team with C-level contact",
        "vitamin C",
        "The rest is up to you.",
        "Knowledge of safe driving",
        "Spring 2024 was busy.",
        "the best in design",
    ],
)
def test_ordinary_words_are_not_skills(text: str) -> None:
    ambiguous = {"React", "Microsoft Excel", "Go", "R", "C", "REST APIs", "SAFe", "Spring", "Adobe InDesign"}
    assert not ambiguous & set(found(text))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Languages: Python, Go, SQL", "Go"),
        ("Go, R and Python", "R"),
        ("experience with C programming", "C"),
        ("Proficient in Excel", "Microsoft Excel"),
        ("python, react, docker", "React"),
        ("Scrum, SAFe", "SAFe"),
        ("5 years of Go development", "Go"),
    ],
)
def test_ambiguous_names_are_skills_in_the_company_of_skills(text: str, name: str) -> None:
    assert name in found(text)


def test_offsets_point_at_the_mention() -> None:
    text = "Größe: C#, .NET 6 & Kubernetes"
    assert [text[m.start : m.end] for m in INDEX.find(text)] == ["C#", ".NET 6", "Kubernetes"]


def test_every_name_of_the_technology_table_has_one_owner() -> None:
    owners: dict[str, str] = {}
    clashes = [
        (name.written, name.skill.name, owner)
        for name in technology_names()
        if (owner := owners.setdefault(key_of(name.written), name.skill.name)) != name.skill.name
    ]
    assert clashes == []


def test_every_preferred_name_links_to_its_own_skill() -> None:
    lost = [
        n.skill.id
        for n in technology_names()
        if n.preferred and (link := INDEX.link(n.written)) and link.skill != n.skill
    ]
    assert lost == []
