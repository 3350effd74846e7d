from datetime import timedelta

import pytest

from inference_service.domain.breaker import Breaker, BreakerLimits
from meshkit.testing import FixedClock

REST = timedelta(seconds=15)


@pytest.fixture
def breaker() -> Breaker:
    return Breaker(BreakerLimits(failures=2, rest=REST))


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


def failed_twice(breaker: Breaker, clock: FixedClock) -> None:
    for _ in range(2):
        assert breaker.admits(clock())
        breaker.failed(clock())


def test_an_engine_that_failed_too_often_in_a_row_is_left_alone(breaker: Breaker, clock: FixedClock) -> None:
    failed_twice(breaker, clock)
    assert breaker.is_resting(clock())
    assert not breaker.admits(clock())


def test_failures_between_successes_are_forgiven(breaker: Breaker, clock: FixedClock) -> None:
    for _ in range(5):
        breaker.failed(clock())
        breaker.succeeded()
    assert breaker.admits(clock())


def test_after_its_rest_one_call_tries_and_the_others_wait_for_its_outcome(breaker: Breaker, clock: FixedClock) -> None:
    failed_twice(breaker, clock)
    clock.advance(REST)
    assert [breaker.admits(clock()) for _ in range(3)] == [True, False, False]
    breaker.succeeded()
    assert breaker.admits(clock())


def test_a_trial_that_fails_begins_another_rest(breaker: Breaker, clock: FixedClock) -> None:
    failed_twice(breaker, clock)
    clock.advance(REST)
    assert breaker.admits(clock())
    breaker.failed(clock())
    clock.advance(REST / 2)
    assert not breaker.admits(clock())


def test_a_trial_that_never_tells_does_not_close_the_engine_for_ever(breaker: Breaker, clock: FixedClock) -> None:
    failed_twice(breaker, clock)
    clock.advance(REST)
    assert breaker.admits(clock())
    clock.advance(REST)
    assert breaker.admits(clock())
