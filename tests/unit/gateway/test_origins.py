import pytest

from gateway_service.domain.origins import is_allowed

SITES = frozenset({"http://localhost:5173", "https://portal.example"})


@pytest.mark.parametrize("origin", ["http://localhost:5173", "https://portal.example"])
def test_sites_that_are_listed_may_call(origin: str) -> None:
    assert is_allowed(origin, SITES)


@pytest.mark.parametrize(
    "origin",
    ["http://portal.example", "https://portal.example:8443", "https://portal.example.evil.example", "null", "*"],
)
def test_a_site_that_differs_in_anything_may_not(origin: str) -> None:
    assert not is_allowed(origin, SITES)


def test_clients_that_are_no_browsers_send_no_origin() -> None:
    assert is_allowed("", frozenset())


def test_a_star_lets_every_site_call() -> None:
    assert is_allowed("https://anything.example", frozenset({"*"}))
