"""What the published keys make verifiers accept and refuse."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySetSerialization

from auth_service.adapters.es256 import new_signing_key, sign_claims
from meshkit.errors import InvalidToken
from meshkit.identity import TokenVerifier
from meshkit.testing import AUDIENCE, ISSUER
from tests.rpc.auth.conftest import Running

Claims = dict[str, Any]


def decoded(part: str) -> Claims:
    claims: Claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims


def encoded(part: Claims) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def verifier(running: Running) -> TokenVerifier:
    """As other services have it: fed through the RPC."""
    verifier = TokenVerifier(running.key_set, issuer=ISSUER, audience=AUDIENCE)
    verifier.refetch_seconds = 0
    return verifier


@pytest.fixture
async def token(running: Running) -> str:
    await running.register()
    return (await running.log_in()).access_token


async def test_an_issued_token_is_accepted(running: Running, token: str) -> None:
    principal = await verifier(running).verify(token)
    assert principal.user_id == principal.tenant == decoded(token.split(".")[1])["sub"]
    assert principal.scopes == {"user"}


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "another-api"},
        {"iss": "somebody-else"},
        {"exp": int((datetime.now(UTC) - timedelta(minutes=5)).timestamp())},
        {"exp": None},
        {"sub": None},
        {"aud": None},
    ],
    ids=lambda changes: "-".join(changes),
)
async def test_a_signed_token_with_a_wrong_claim_is_refused(running: Running, token: str, changes: Claims) -> None:
    claims = {key: value for key, value in (decoded(token.split(".")[1]) | changes).items() if value is not None}
    with pytest.raises(InvalidToken):
        await verifier(running).verify(sign_claims(claims, running.auth.keys.signer()))


def without_signature(token: str, _keys: KeySetSerialization) -> str:
    return f"{encoded({'alg': 'none'})}.{token.split('.')[1]}."


def without_algorithm_but_signed(token: str, _keys: KeySetSerialization) -> str:
    header, claims, signature = token.split(".")
    return f"{encoded(decoded(header) | {'alg': 'none'})}.{claims}.{signature}"


def signed_with_the_public_key_as_secret(token: str, keys: KeySetSerialization) -> str:
    header, claims, _ = token.split(".")
    signed = f"{encoded(decoded(header) | {'alg': 'HS256'})}.{claims}"
    public = ECKey.import_key(keys["keys"][0]).as_pem(private=False)
    signature = hmac.digest(public, signed.encode(), hashlib.sha256)
    return f"{signed}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def signed_by_a_stranger_under_our_name(token: str, _keys: KeySetSerialization) -> str:
    stranger = replace(new_signing_key(1, datetime.now(UTC)), kid=decoded(token.split(".")[0])["kid"])
    return sign_claims(decoded(token.split(".")[1]), stranger)


def signed_by_a_stranger(token: str, _keys: KeySetSerialization) -> str:
    return sign_claims(decoded(token.split(".")[1]), new_signing_key(1, datetime.now(UTC)))


def carrying_its_own_key(token: str, _keys: KeySetSerialization) -> str:
    own = ECKey.generate_key("P-256")
    header = {"alg": "ES256", "jwk": own.as_dict(private=False)}
    return jwt.encode(header, decoded(token.split(".")[1]), own)


def with_another_user(token: str, _keys: KeySetSerialization) -> str:
    header, claims, signature = token.split(".")
    return f"{header}.{encoded(decoded(claims) | {'sub': 'somebody else'})}.{signature}"


@pytest.mark.parametrize(
    "forge",
    [
        without_signature,
        without_algorithm_but_signed,
        signed_with_the_public_key_as_secret,
        signed_by_a_stranger_under_our_name,
        signed_by_a_stranger,
        carrying_its_own_key,
        with_another_user,
        lambda token, _keys: token[:-10],
        lambda token, _keys: "not.a.token",
    ],
)
async def test_a_forged_token_is_refused(
    running: Running, token: str, forge: Callable[[str, KeySetSerialization], str]
) -> None:
    with pytest.raises(InvalidToken):
        await verifier(running).verify(forge(token, await running.key_set()))


async def test_tokens_are_accepted_across_a_rotation(without_keys: Running) -> None:
    """The clock runs from one key life before now until now, where verifiers stand."""
    running = without_keys
    running.clock.now -= timedelta(days=30)
    await running.auth.keys.refresh()
    await running.register()
    watching = verifier(running)
    running.clock.advance(timedelta(days=30) - timedelta(minutes=15))
    await running.auth.keys.refresh()
    running.clock.advance(timedelta(minutes=10))
    old = (await running.log_in()).access_token
    await watching.verify(old)
    running.clock.advance(timedelta(minutes=5))
    new = (await running.log_in()).access_token
    assert decoded(new.split(".")[0])["kid"] != decoded(old.split(".")[0])["kid"]
    await watching.verify(old)
    await watching.verify(new)
