import pytest

from parser_service.domain.dates import Month, find_periods, is_date_only, without_periods
from parser_service.domain.tenure import total_years, years_of

TODAY = Month(2026, 11)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("Jan 2020 - Present", "2020-01", "present"),
        ("January 2005 — January 2009", "2005-01", "2009-01"),
        ("2021-07-10 to 2025-05-26", "2021-07", "2025-05"),
        ("2023-01-14 —", "2023-01", ""),
        ("11/2020 --- 05/2025", "2020-11", "2025-05"),
        ("08.2021 – heute", "2021-08", "present"),
        ("seit 03/2020", "2020-03", "present"),
        ("Mai 2019 bis Dez. 2021", "2019-05", "2021-12"),
        ("01.10.2019 - 30.09.2021", "2019-10", "2021-09"),
        ("janvier 2019 – aujourd'hui", "2019-01", "present"),
        ("de février 2014 à août 2016", "2014-02", "2016-08"),
        ("enero de 2018 a marzo de 2020", "2018-01", "2020-03"),
        ("junio de 2015 – actualidad", "2015-06", "present"),
        ("Sept '19 - Oct '20", "2019-09", "2020-10"),
        ("May – Aug 2021", "2021-05", "2021-08"),
        ("2016-18", "2016", "2018"),
        ("2016 - 2018", "2016", "2018"),
        ("Summer 2019", "", "2019"),
        ("12. März 2018", "", "2018-03"),
    ],
)
def test_periods_are_read_at_the_precision_printed(text: str, start: str, end: str) -> None:
    (period,) = find_periods(text)
    assert (period.start_text, period.end_text) == (start, end)


@pytest.mark.parametrize("text", ["+1 (848) 555-0156", "saved 2,050 hours", "€2019.50", "Room 20199", "no digits"])
def test_other_numbers_are_no_dates(text: str) -> None:
    assert find_periods(text) == ()


def test_what_is_left_of_a_line_without_its_dates_keeps_the_rest() -> None:
    assert without_periods("Leeds, 2019 - 2021 (2 years)").strip() == "Leeds,"
    assert is_date_only("(Mar 2019 – Feb 2020)")
    assert not is_date_only("Leeds 2019")


@pytest.mark.parametrize(
    ("start", "end", "years"),
    [
        ("2019-05", "2019-05", 0.1),
        ("2019-01", "2019-12", 1.0),
        ("2016", "2019", 3.0),
        ("2025-12", "present", 1.0),
        ("2020", "", None),
        ("2021-05", "2019-01", None),
    ],
)
def test_length_of_a_job_counts_both_ends(start: str, end: str, years: float | None) -> None:
    assert years_of(start, end, TODAY) == years


def test_months_in_two_jobs_count_once() -> None:
    assert total_years([("2019-01", "2020-12"), ("2020-01", "2021-12")], TODAY) == 3.0
