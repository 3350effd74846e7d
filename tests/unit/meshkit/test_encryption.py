import pytest
from cryptography.exceptions import InvalidTag
from pydantic import SecretStr

from meshkit.encryption import Cipher

SECRET = SecretStr("secret-of-tests")
cipher = Cipher(SECRET, purpose="resumes")
PLAIN = b"somebody's resume"


def test_what_was_encrypted_comes_back_in_its_context() -> None:
    assert cipher.decrypt(cipher.encrypt(PLAIN, context="row-1"), context="row-1") == PLAIN


def test_a_ciphertext_moved_to_another_row_does_not_open() -> None:
    with pytest.raises(InvalidTag):
        cipher.decrypt(cipher.encrypt(PLAIN, context="row-1"), context="row-2")


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(Cipher(SecretStr("other"), purpose="resumes"), id="secret"),
        pytest.param(Cipher(SECRET, purpose="keys"), id="purpose"),
    ],
)
def test_a_ciphertext_does_not_open_with_another_key(other: Cipher) -> None:
    with pytest.raises(InvalidTag):
        other.decrypt(cipher.encrypt(PLAIN, context="row-1"), context="row-1")


def test_a_ciphertext_with_any_bit_changed_does_not_open() -> None:
    sealed = cipher.encrypt(PLAIN, context="row-1")
    for place in range(len(sealed)):
        changed = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        with pytest.raises(InvalidTag):
            cipher.decrypt(changed, context="row-1")


def test_equal_texts_have_different_ciphertexts_and_equal_indexes() -> None:
    assert cipher.encrypt(PLAIN, context="row-1") != cipher.encrypt(PLAIN, context="row-1")
    assert cipher.index("a@example.org") == cipher.index("a@example.org")
    assert cipher.index("a@example.org") != cipher.index("b@example.org")


def test_an_index_of_another_purpose_cannot_be_compared() -> None:
    assert cipher.index("a@example.org") != Cipher(SECRET, purpose="keys").index("a@example.org")
