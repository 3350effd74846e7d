"""Rotation, with a clock that moves when it is told to."""

from datetime import datetime, timedelta

import pytest

from auth_service.adapters.es256 import new_signing_key
from auth_service.domain.keys import CLOCK_SKEW, KeyPolicy
from auth_service.usecases import SigningKeys
from meshkit.errors import ServiceUnavailable
from meshkit.testing import FixedClock
from tests.support.fakes.auth import InMemoryTransactions

LIFE, LEAD, TOKEN_LIFE = timedelta(days=30), timedelta(minutes=15), timedelta(minutes=15)
POLICY = KeyPolicy(life=LIFE, lead=LEAD, token_life=TOKEN_LIFE)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def transactions() -> InMemoryTransactions:
    return InMemoryTransactions()


def replica(transactions: InMemoryTransactions, clock: FixedClock) -> SigningKeys:
    return SigningKeys(transactions, new_signing_key, POLICY, clock)


def generations(keys: SigningKeys) -> list[int]:
    return [key.generation for key in keys.published()]


async def test_without_a_key_nothing_is_signed_or_published(
    transactions: InMemoryTransactions, clock: FixedClock
) -> None:
    keys = replica(transactions, clock)
    for ask in (keys.signer, keys.published):
        with pytest.raises(ServiceUnavailable):
            ask()
    with pytest.raises(ServiceUnavailable):
        await keys.check()


async def test_a_key_is_published_before_it_signs_and_after(
    transactions: InMemoryTransactions, clock: FixedClock
) -> None:
    keys = replica(transactions, clock)
    await keys.refresh()
    assert (keys.signer().generation, generations(keys)) == (1, [1])

    clock.advance(LIFE - LEAD)
    await keys.refresh()
    assert (keys.signer().generation, generations(keys)) == (1, [1, 2])

    clock.advance(LEAD)
    assert (keys.signer().generation, generations(keys)) == (2, [2, 1])

    clock.advance(TOKEN_LIFE + CLOCK_SKEW - timedelta(seconds=1))
    await keys.refresh()
    assert generations(keys) == [2, 1]

    clock.advance(timedelta(seconds=1))
    await keys.refresh()
    assert generations(keys) == [2]


async def test_replicas_share_every_key(transactions: InMemoryTransactions, clock: FixedClock) -> None:
    one, other = replica(transactions, clock), replica(transactions, clock)
    for wait in (timedelta(0), LIFE - LEAD):
        clock.advance(wait)
        await one.refresh()
        await other.refresh()
        assert one.published() == other.published()
    assert generations(one) == [1, 2]


async def test_a_replica_that_misses_a_rotation_by_less_than_the_lead_signs_with_the_new_key(
    transactions: InMemoryTransactions, clock: FixedClock
) -> None:
    one, slow = replica(transactions, clock), replica(transactions, clock)
    await one.refresh()
    clock.advance(LIFE - LEAD)
    await one.refresh()
    await slow.refresh()
    clock.advance(LEAD)
    assert slow.signer() == one.signer()


async def test_every_token_can_be_verified_by_whoever_fetched_keys_within_the_lead(
    transactions: InMemoryTransactions, clock: FixedClock
) -> None:
    keys = replica(transactions, clock)
    step = timedelta(minutes=5)
    published: list[tuple[datetime, set[str]]] = []
    await keys.refresh()
    clock.advance(LIFE - 3 * LEAD)
    for _ in range(24):
        await keys.refresh()
        published.append((clock(), {key.kid for key in keys.published()}))
        recent = [kids for at, kids in published if clock() - at < LEAD]
        assert all(keys.signer().kid in kids for kids in recent)
        clock.advance(step)
    assert keys.signer().generation == 2
