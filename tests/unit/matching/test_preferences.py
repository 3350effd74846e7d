from dataclasses import replace
from typing import Any

import pytest

from matching_service.domain.posting import Draft, Pay
from matching_service.domain.preferences import (
    JobTerms,
    Preferences,
    SalaryWish,
    fingerprint,
    lets_through,
    terms_of,
)
from matching_service.domain.salary import PayPeriod
from matching_service.domain.terms import Employment, Seniority, Workplace

JOB = JobTerms(
    "NL",
    "utrecht, netherlands",
    Workplace.HYBRID,
    Employment.FULL_TIME,
    Seniority.SENIOR,
    Pay(50_000, 60_000, "EUR"),
    "software",
    "noordzee b.v.",
    frozenset({"en", "nl"}),
)
SILENT = JobTerms()


@pytest.mark.parametrize(
    ("wanted", "passes"),
    [
        ({}, True),
        ({"salary": SalaryWish(60_000, 0, "EUR")}, True),
        ({"salary": SalaryWish(60_001, 0, "EUR")}, False),
        # What is hoped for hides nothing.
        ({"salary": SalaryWish(60_000, 90_000, "EUR")}, True),
        ({"salary": SalaryWish(5_000, 0, "EUR", PayPeriod.MONTH)}, True),
        ({"salary": SalaryWish(5_001, 0, "EUR", PayPeriod.MONTH)}, False),
        # Currencies are not converted: pay in another one is not known, and hides nothing.
        ({"salary": SalaryWish(90_000, 0, "GBP")}, True),
        ({"salary": SalaryWish(90_000, 0, "GBP"), "hide_unknown": True}, False),
        ({"countries": frozenset({"NL"})}, True),
        ({"countries": frozenset({"DE"})}, False),
        ({"locations": ("UTRECHT",)}, True),
        ({"locations": ("Gent",)}, False),
        ({"countries": frozenset({"DE"}), "locations": ("utrecht",)}, True),
        # Only remote jobs may be anywhere.
        ({"countries": frozenset({"DE"}), "remote_anywhere": True}, False),
        ({"workplaces": frozenset({Workplace.HYBRID, Workplace.REMOTE})}, True),
        ({"workplaces": frozenset({Workplace.REMOTE})}, False),
        ({"employments": frozenset({Employment.PART_TIME})}, False),
        ({"seniorities": frozenset({Seniority.SENIOR})}, True),
        ({"seniorities": frozenset({Seniority.JUNIOR})}, False),
        ({"ignored_industries": frozenset({"software"})}, False),
        ({"ignored_industries": frozenset({"gambling"})}, True),
        ({"ignored_companies": ("Noordzee",)}, False),
        ({"languages": frozenset({"en"})}, False),
        ({"languages": frozenset({"en", "nl", "fr"})}, True),
    ],
)
def test_a_job_that_tells_everything_passes_what_it_fulfils(wanted: dict[str, Any], passes: bool) -> None:
    assert lets_through(Preferences(**wanted), JOB) is passes


@pytest.mark.parametrize(
    "wanted",
    [
        {"salary": SalaryWish(60_000, 0, "EUR")},
        {"countries": frozenset({"NL"})},
        {"locations": ("utrecht",)},
        {"workplaces": frozenset({Workplace.REMOTE})},
        {"employments": frozenset({Employment.FULL_TIME})},
        {"seniorities": frozenset({Seniority.SENIOR})},
    ],
)
def test_a_job_that_does_not_tell_is_hidden_only_from_those_who_ask_for_it(wanted: dict[str, Any]) -> None:
    assert lets_through(Preferences(**wanted), SILENT)
    assert not lets_through(Preferences(**wanted, hide_unknown=True), SILENT)


def test_what_is_ignored_hides_no_job_that_does_not_tell() -> None:
    ignoring = Preferences(ignored_industries=frozenset({"gambling"}), ignored_companies=("Bet",), hide_unknown=True)
    assert lets_through(ignoring, SILENT)


def test_a_remote_job_may_be_anywhere_for_those_who_say_so() -> None:
    remote = replace(JOB, country="US", location="boston, usa", workplace=Workplace.REMOTE)
    here = Preferences(countries=frozenset({"NL"}))
    assert not lets_through(here, remote)
    assert lets_through(replace(here, remote_anywhere=True), remote)


def test_a_place_of_no_known_country_is_hidden_from_those_who_name_places() -> None:
    somewhere = replace(SILENT, location="little whinging")
    assert lets_through(Preferences(countries=frozenset({"NL"})), somewhere)
    assert not lets_through(Preferences(locations=("Utrecht",)), somewhere)
    assert lets_through(Preferences(locations=("Whinging",)), somewhere)


def test_terms_are_those_of_the_completed_job_in_lower_case() -> None:
    draft = Draft("Engineer", "text", "Noordzee B.V.", "Amsterdam", Workplace.REMOTE, industry="Software")
    assert terms_of(draft, frozenset({"nl"})) == JobTerms(
        country="NL",
        location="amsterdam",
        workplace=Workplace.REMOTE,
        industry="software",
        company="noordzee b.v.",
        languages=frozenset({"nl"}),
    )


def test_equal_preferences_have_equal_fingerprints_and_others_others() -> None:
    first = Preferences(countries=frozenset({"NL", "BE", "DE"}), locations=("a", "b"))
    again = Preferences(countries=frozenset({"DE", "NL", "BE"}), locations=("a", "b"))
    assert fingerprint(first) == fingerprint(again)
    changes = [
        {"hide_unknown": True},
        {"salary": SalaryWish(1, 0, "EUR")},
        {"countries": frozenset({"NL"})},
        {"locations": ("b",)},
    ]
    assert all(fingerprint(replace(first, **change)) != fingerprint(first) for change in changes)  # type: ignore[arg-type]
