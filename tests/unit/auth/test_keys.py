from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from auth_service.domain.keys import CLOCK_SKEW, KeyPolicy, KeyRing, SigningKey

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
POLICY = KeyPolicy(life=30 * DAY, lead=timedelta(minutes=15), token_life=timedelta(minutes=15))


def key(generation: int, signs_from: datetime) -> SigningKey:
    return SigningKey(generation, f"kid-{generation}", "x", "y", b"private", signs_from)


FIRST, SECOND = key(1, START), key(2, START + 30 * DAY)
RING = KeyRing([FIRST, SECOND])


def test_an_empty_ring_needs_a_key_that_signs_at_once() -> None:
    assert KeyRing([]).next_generation(POLICY, START) == (1, START)
    assert KeyRing([]).signer(START) is None


@pytest.mark.parametrize(
    ("age", "due"),
    [
        (30 * DAY - POLICY.lead - timedelta(seconds=1), None),
        (30 * DAY - POLICY.lead, (2, START + 30 * DAY)),
        # Nobody was there to rotate in time: the new key still waits until verifiers know it.
        (90 * DAY, (2, START + 90 * DAY + POLICY.lead)),
    ],
)
def test_the_next_key_is_made_its_lead_before_it_signs(age: timedelta, due: tuple[int, datetime] | None) -> None:
    assert KeyRing([FIRST]).next_generation(POLICY, START + age) == due


def test_a_published_key_is_followed_by_none_before_its_own_time() -> None:
    assert RING.next_generation(POLICY, START + 30 * DAY) is None


@pytest.mark.parametrize(
    ("now", "signer", "published"),
    [
        (START + 29 * DAY, FIRST, [FIRST, SECOND]),
        (START + 30 * DAY, SECOND, [SECOND, FIRST]),
        # This replica's clock is behind that of the one that made the first key.
        (START - timedelta(seconds=5), FIRST, [FIRST, SECOND]),
    ],
)
def test_the_newest_key_whose_time_has_come_signs(
    now: datetime, signer: SigningKey, published: Sequence[SigningKey]
) -> None:
    assert RING.signer(now) == signer
    assert RING.published(now) == published


def test_a_key_is_kept_until_the_last_token_that_it_signed_has_expired() -> None:
    last_token_ends = SECOND.signs_from + POLICY.token_life + CLOCK_SKEW
    assert RING.expired(POLICY, last_token_ends - timedelta(seconds=1)) == []
    assert RING.expired(POLICY, last_token_ends) == [FIRST]


def test_the_newest_key_never_expires() -> None:
    assert KeyRing([FIRST]).expired(POLICY, START + 3650 * DAY) == []


def test_the_private_key_is_not_in_the_repr() -> None:
    assert "private" not in repr(FIRST).replace("private_key", "")
