from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from auth_service.domain.accounts import Account, User, normalise_email
from auth_service.domain.sessions import (
    Redemption,
    RefreshToken,
    Session,
    TokenPair,
    TokenPolicy,
    access_claims,
    redeem,
    token_digest,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ID = UUID("0190aaaa-0000-7000-8000-000000000001")
SESSION = Session(ID, ID, NOW)
TOKEN = RefreshToken(b"digest", SESSION, NOW + timedelta(days=30))
ENDED = replace(SESSION, ended_at=NOW)


@pytest.mark.parametrize(
    ("token", "redemption"),
    [
        (TOKEN, Redemption.GRANTED),
        (None, Redemption.REFUSED),
        (replace(TOKEN, expires_at=NOW), Redemption.REFUSED),
        (replace(TOKEN, used_at=NOW), Redemption.REUSED),
        (replace(TOKEN, session=ENDED), Redemption.REFUSED),
        (replace(TOKEN, session=ENDED, used_at=NOW), Redemption.REUSED),
        (replace(TOKEN, used_at=NOW, expires_at=NOW), Redemption.REFUSED),
    ],
)
def test_a_refresh_token_works_once_before_it_expires_while_its_session_lives(
    token: RefreshToken | None, redemption: Redemption
) -> None:
    assert redeem(token, NOW) is redemption


def test_a_digest_is_not_the_token() -> None:
    assert token_digest("a token") != b"a token"
    assert token_digest("a token") == token_digest("a token") != token_digest("another")


def test_an_access_token_says_who_may_use_it_where_and_how_long() -> None:
    policy = TokenPolicy("issuer", "audience", timedelta(minutes=15), timedelta(days=30))
    assert access_claims(ID, token_id=ID, policy=policy, now=NOW) == {
        "iss": "issuer",
        "aud": "audience",
        "sub": str(ID),
        "tenant": str(ID),
        "scope": "user",
        "iat": 1767225600,
        "exp": 1767226500,
        "jti": str(ID),
    }


def test_an_email_is_the_same_in_any_case() -> None:
    assert normalise_email(" Ada@Example.ORG ") == "ada@example.org"


@pytest.mark.parametrize(
    "secret", [User(ID, "ada@example.org", "Ada Lovelace", NOW), TokenPair("access", "refresh", timedelta(1))]
)
def test_neither_personal_data_nor_tokens_are_in_reprs(secret: object) -> None:
    shown = repr(Account(secret, "argon2-hash")) if isinstance(secret, User) else repr(secret)
    for text in ("ada@example.org", "Lovelace", "argon2-hash", "'access'", "'refresh'"):
        assert text not in shown
