import pytest

from auth_service.domain.errors import PasswordTooWeak
from auth_service.domain.passwords import normalise_password, require_strong

EMAIL = "ada.lovelace@example.org"
NAME = "Ada Lovelace"


@pytest.mark.parametrize(
    "password",
    [
        "short1!",
        "ninechars",
        "aaaaaaaaaaaa",
        "abababababab",
        "1234567890",
        "0987654321",
        "qwertyuiop",
        "poiuytrewq",
        "1q2w3e4r5t",
        "password123",
        "PASSWORD2026!",
        "p4ssw0rd2026",
        "P@ssw0rd!!",
        "!!letmein!!",
        "iloveyou2026",
        "ada.lovelace@example.org",
        "Ada.Lovelace",
        "ada lovelace",
        "AdaLovelace",
    ],
)
def test_a_password_that_is_guessed_first_is_refused(password: str) -> None:
    with pytest.raises(PasswordTooWeak) as caught:
        require_strong(password, email=EMAIL, name=NAME)
    assert caught.value.fields == {"minimum_length": 10}


@pytest.mark.parametrize(
    "password", ["correct horse battery", "kJ8#mq2Lz!", "8305627194", "пароль для входа", "my password is odd"]
)
def test_any_other_password_of_ten_characters_is_accepted(password: str) -> None:
    require_strong(password, email=EMAIL, name=NAME)


def test_a_user_without_a_name_can_choose_a_password() -> None:
    require_strong("correct horse battery", email="", name="")


def test_a_refused_password_is_not_in_the_error() -> None:
    with pytest.raises(PasswordTooWeak) as caught:
        require_strong("password123", email=EMAIL, name=NAME)
    assert "password123" not in str(caught.value)


def test_an_accent_typed_as_one_character_or_two_is_the_same_password() -> None:
    assert normalise_password("cafe\u0301") == normalise_password("caf\u00e9")
