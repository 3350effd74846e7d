import pytest
from joserfc.jwk import KeySetSerialization

from meshkit.errors import InvalidToken, ServiceUnavailable
from meshkit.identity import TokenVerifier
from meshkit.testing import AUDIENCE, ISSUER, TokenIssuer


class Keys:
    """Auth's published keys, as a verifier fetches them."""

    def __init__(self, issuer: TokenIssuer) -> None:
        self.issuer = issuer
        self.fetches = 0
        self.away = False

    async def __call__(self) -> KeySetSerialization:
        self.fetches += 1
        if self.away:
            raise ServiceUnavailable(service="auth")
        return await self.issuer.keys()


def verifier_of(keys: Keys, *, refetch_seconds: float = 0) -> TokenVerifier:
    verifier = TokenVerifier(keys, issuer=ISSUER, audience=AUDIENCE)
    verifier.refetch_seconds = refetch_seconds
    return verifier


async def test_keys_are_fetched_once_for_many_tokens() -> None:
    keys = Keys(TokenIssuer())
    verifier = verifier_of(keys)
    for _ in range(3):
        await verifier.verify(keys.issuer.token())
    assert keys.fetches == 1


async def test_a_token_signed_with_a_rotated_key_is_verified_with_the_new_keys() -> None:
    keys = Keys(TokenIssuer())
    verifier = verifier_of(keys)
    await verifier.verify(keys.issuer.token())
    keys.issuer = TokenIssuer()
    assert (await verifier.verify(keys.issuer.token("user-7"))).user_id == "user-7"


async def test_strangers_tokens_do_not_become_a_stream_of_fetches() -> None:
    keys = Keys(TokenIssuer())
    verifier = verifier_of(keys, refetch_seconds=60)
    for _ in range(5):
        with pytest.raises(InvalidToken):
            await verifier.verify(TokenIssuer().token())
    assert keys.fetches == 1


async def test_while_auth_is_away_tokens_of_known_keys_are_verified_also_after_a_strangers_token() -> None:
    keys = Keys(TokenIssuer())
    verifier = verifier_of(keys)
    await verifier.verify(keys.issuer.token())
    keys.away = True
    with pytest.raises(ServiceUnavailable):
        await verifier.verify(TokenIssuer().token())
    assert await verifier.verify(keys.issuer.token())


async def test_a_key_that_auth_no_longer_publishes_is_forgotten_in_time() -> None:
    keys = Keys(TokenIssuer())
    verifier = verifier_of(keys)
    token = keys.issuer.token()
    await verifier.verify(token)
    keys.issuer = TokenIssuer()
    assert await verifier.verify(token)
    verifier.max_age_seconds = -1
    with pytest.raises(InvalidToken):
        await verifier.verify(token)


async def test_old_keys_stay_while_auth_is_away() -> None:
    keys = Keys(TokenIssuer())
    verifier = verifier_of(keys)
    verifier.max_age_seconds = -1
    await verifier.verify(keys.issuer.token())
    keys.away = True
    assert await verifier.verify(keys.issuer.token())


async def test_while_auth_is_away_and_no_key_is_known_nobody_is_let_in() -> None:
    keys = Keys(TokenIssuer())
    keys.away = True
    with pytest.raises(ServiceUnavailable):
        await verifier_of(keys).verify(keys.issuer.token())
