import pytest

import taxonomy
from matching_service.domain.requirements import demands, read_requirements
from matching_service.domain.salary import PayPeriod
from matching_service.domain.terms import Employment, Seniority, Terms, Workplace


def terms(text: str) -> Terms:
    return read_requirements(text, taxonomy.skills()).terms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Salary: €65,000 - €85,000 per year", (65_000, 85_000, "EUR", PayPeriod.YEAR)),
        ("Compensation: 120k-150k USD", (120_000, 150_000, "USD", PayPeriod.YEAR)),
        ("Pay: $55/hour", (55, 55, "USD", PayPeriod.HOUR)),
        ("Gehalt: 3.500 EUR brutto im Monat", (3_500, 3_500, "EUR", PayPeriod.MONTH)),
        ("Gehalt 45.000 - 55.000 Euro", (45_000, 55_000, "EUR", PayPeriod.YEAR)),
        ("Salaire: 38 000 € à 45 000 € par an", (38_000, 45_000, "EUR", PayPeriod.YEAR)),
        ("We raised $50 million", None),
        ("Salary is negotiable", None),
    ],
)
def test_pay_is_read_with_its_currency_and_period(
    text: str, expected: tuple[float, float, str, PayPeriod] | None
) -> None:
    pay = terms(f"Engineer\n{text}").salary
    assert (pay and (pay.minimum, pay.maximum, pay.currency, pay.period)) == expected


def test_an_hourly_wage_is_compared_by_the_year() -> None:
    pay = terms("Pay: $50/hour").salary
    assert pay is not None
    assert pay.a_year() == (104_000, 104_000)


@pytest.mark.parametrize(
    ("text", "workplace"),
    [
        ("Fully remote within Europe", Workplace.REMOTE),
        ("Hybrid: two days in the office, otherwise remote", Workplace.HYBRID),
        ("On-site in Berlin", Workplace.ON_SITE),
        ("No remote work", Workplace.ON_SITE),
        ("Homeoffice möglich", Workplace.REMOTE),
        ("We build things", None),
    ],
)
def test_the_workplace_is_read(text: str, workplace: Workplace | None) -> None:
    found = terms(text).workplace
    assert (found.value if found else None) is workplace


@pytest.mark.parametrize(
    ("title", "seniority"),
    [
        ("Senior Data Engineer", Seniority.SENIOR),
        ("Junior Developer", Seniority.JUNIOR),
        ("Head of Sales", Seniority.EXECUTIVE),
        ("Tech Lead, Payments", Seniority.LEAD),
        ("Marketing Intern", Seniority.INTERN),
        ("Data Engineer", None),
    ],
)
def test_the_title_tells_the_level(title: str, seniority: Seniority | None) -> None:
    found = terms(f"{title}\n\nYou will work with senior colleagues.").seniority
    assert (found.value if found else None) is seniority


def test_places_languages_and_contract_are_read_with_their_places() -> None:
    text = "Developer\nLocation: Lyon, France\nFull-time\nFluent English required. Good German is a plus."
    found = terms(text)
    assert [place.value for place in found.locations] == ["Lyon, France"]
    assert text[found.locations[0].place.start : found.locations[0].place.end] == "Lyon, France"
    assert [(language.code, language.required) for language in found.languages] == [("en", True), ("de", False)]
    assert found.employment is not None
    assert found.employment.value is Employment.FULL_TIME


def test_the_market_of_a_company_is_not_a_language_to_speak() -> None:
    assert terms("Sell to the German market").languages == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Python or Go", ["Python or Go"]),
        ("Python and Go", ["Python", "Go"]),
        ("Brokers such as Kafka, RabbitMQ and NATS", ["Apache Kafka or RabbitMQ or NATS"]),
        ("Terraform, React/Vue", ["Terraform", "React or Vue.js"]),
        ("Python, SQL and Docker", ["Python", "SQL", "Docker"]),
        ("Python or Go. You know Python well.", ["Python"]),
        ("Kenntnisse in Kubernetes oder Docker", ["Kubernetes or Docker"]),
    ],
)
def test_alternatives_are_one_demand(text: str, expected: list[str]) -> None:
    assert [demand.name for demand in demands(read_requirements(text, taxonomy.skills()).skills)] == expected


def test_every_demand_tells_its_place() -> None:
    text = "Engineer\n\n  Requirements:\r\n- Python; 5 years of experience\r\n- A degree in\n  physics"
    found = read_requirements(text, taxonomy.skills())
    (python,) = (asked for asked in found.skills if asked.skill.name == "Python")
    assert python.place is not None
    assert text[python.place.start : python.place.end] == "Python"
    assert found.years is not None
    assert found.years.place is not None
    assert text[found.years.place.start : found.years.place.end] == "5 years"
