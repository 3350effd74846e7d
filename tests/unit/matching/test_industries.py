import pytest

from matching_service.domain.industries import NAMES, industry_of


@pytest.mark.parametrize(
    ("text", "industry"),
    [
        ("We run an online casino with sports betting.", "gambling"),
        ("Pflegefachkraft für unser Krankenhaus in Köln", "healthcare"),
        ("Notre éditeur de logiciels cherche un développeur", "software"),
        ("Una empresa de software en Madrid", "software"),
        ("A retailer with 40 supermarkets and one hotel", "retail"),
        # Words inside of others are others.
        ("We embank rivers and wear tobacconist hats", ""),
        ("Build services in Python.", ""),
        ("", ""),
    ],
)
def test_the_industry_is_the_one_that_the_text_names_most(text: str, industry: str) -> None:
    assert industry_of(text) == industry


def test_names_of_industries_are_as_preferences_store_them() -> None:
    assert all(name == name.strip().lower() for name in NAMES)
