import pytest

from matching_service.domain.places import country_of


@pytest.mark.parametrize(
    ("place", "country"),
    [
        ("Utrecht, Netherlands", "NL"),
        ("Utrecht, Nederland", "NL"),
        ("Amsterdam", "NL"),
        ("München, Deutschland", "DE"),
        ("MUNICH, GERMANY", "DE"),
        ("Zürich", "CH"),
        ("zurich", "CH"),
        ("Paris", "FR"),
        ("Paris, Texas, USA", "US"),
        ("Boston, MA", "US"),
        ("London, UK", "GB"),
        ("Edinburgh, Scotland", "GB"),
        ("Remote - Spain", "ES"),
        ("Berlin (Germany)", "DE"),
        ("Wien, AT", "AT"),
        ("Utrecht", "NL"),
        ("LYON", "FR"),
        ("Łódź", "PL"),
        ("Gießen", "DE"),
        ("Wien", "AT"),
        ("Vienna", "AT"),
        ("Prag", "CZ"),
        ("Frankfurt am Main", "DE"),
        # Of several of one name the largest, unless more is told.
        ("Birmingham", "GB"),
        ("Birmingham, AL", "US"),
        ("Hybrid", ""),
        ("Remote", ""),
        ("Little Whinging", ""),
        ("", ""),
        (" , ; ", ""),
    ],
)
def test_the_country_is_read_from_the_last_part_that_tells(place: str, country: str) -> None:
    assert country_of(place) == country
