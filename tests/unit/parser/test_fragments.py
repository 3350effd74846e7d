"""What fragments name, and where a link leads."""

import pytest

from parser_service.domain.contacts import link_kind
from parser_service.domain.fragments import FragmentKind, kind_scores, leaning
from parser_service.domain.tongues import find_languages


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Verkaufsberaterin", FragmentKind.TITLE),
        ("Lead Glazier", FragmentKind.TITLE),
        ("Ostervold Logistics AB", FragmentKind.COMPANY),
        ("Universidad de Valdemora", FragmentKind.SCHOOL),
        ("Licenciatura en Historia", FragmentKind.DEGREE),
        ("Ljubljana, Slovenia", FragmentKind.PLACE),
        ("Radosława Wiśniewska", FragmentKind.PERSON),
        ("repaired pumps and wrote the reports that followed", FragmentKind.PROSE),
    ],
)
def test_names_that_no_list_holds_are_told_by_how_they_look(text: str, kind: FragmentKind) -> None:
    scores = kind_scores(text)
    assert max(FragmentKind, key=lambda other: scores[other]) is kind


def test_capitals_do_not_change_what_a_text_names() -> None:
    small = leaning("Harbour Pilot", FragmentKind.TITLE, FragmentKind.COMPANY)
    assert leaning("HARBOUR PILOT", FragmentKind.TITLE, FragmentKind.COMPANY) == pytest.approx(small)


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://de.linkedin.com/in/someone", "linkedin"),
        ("github.com/someone", "github"),
        ("someone.github.io", "site"),
        ("https://max.com/a", "site"),
    ],
)
def test_a_link_is_of_the_network_that_its_host_belongs_to(url: str, kind: str) -> None:
    assert link_kind(url) == kind


def test_languages_are_known_by_their_names_in_other_languages() -> None:
    found = find_languages("polski, angielski C1, niemiecki, Mandarin Chinese")
    assert [code for _, code, _, _ in found] == ["pl", "en", "de", "zh"]
