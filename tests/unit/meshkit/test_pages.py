import pytest
from pydantic import SecretStr

from meshkit.errors import InvalidRequest
from meshkit.pages import PageTokens, page_size

CURSOR = "0190aaaa-0000-7000-8000-000000000001"
tokens = PageTokens(SecretStr("secret-of-tests"))


def refused(token: str, *, by: PageTokens = tokens, scope: str = "user-1") -> bool:
    with pytest.raises(InvalidRequest) as caught:
        by.decode(token, scope=scope)
    return [violation.field for violation in caught.value.violations] == ["page_token"]


def test_a_token_leads_back_to_its_cursor() -> None:
    assert tokens.decode(tokens.encode(CURSOR, scope="user-1"), scope="user-1") == CURSOR


def test_no_token_is_the_first_page() -> None:
    assert tokens.decode("", scope="user-1") is None


def test_a_token_of_another_list_is_refused() -> None:
    assert refused(tokens.encode(CURSOR, scope="user-2"))


def test_a_token_signed_with_another_secret_is_refused() -> None:
    assert refused(PageTokens(SecretStr("other")).encode(CURSOR, scope="user-1"))


def test_a_token_with_any_character_changed_is_refused() -> None:
    token = tokens.encode(CURSOR, scope="user-1")
    for place in range(len(token)):
        changed = "A" if token[place] != "A" else "B"
        assert refused(token[:place] + changed + token[place + 1 :])


@pytest.mark.parametrize("token", ["x", "not a token", "AAAA", "ä" * 40, "A" * 16, "=" * 40])
def test_what_is_no_token_is_refused(token: str) -> None:
    assert refused(token)


def test_tokens_are_safe_in_addresses() -> None:
    token = tokens.encode(CURSOR, scope="user-1")
    assert token.replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize(("asked", "given"), [(0, 20), (1, 1), (100, 100), (101, 100)])
def test_a_page_has_the_size_that_was_asked_for_within_bounds(asked: int, given: int) -> None:
    assert page_size(asked) == given
