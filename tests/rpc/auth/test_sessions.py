import asyncio
from datetime import timedelta

import pytest

from auth_service.domain.sessions import token_digest
from auth_service.usecases import RemoveExpiredSessions
from hiremesh.auth.v1.auth_service_pb2 import LoginResponse
from tests.rpc.auth.conftest import Running, refusal


@pytest.fixture
async def pair(running: Running) -> LoginResponse:
    await running.register()
    return await running.log_in()


async def test_a_refresh_gives_a_new_pair_of_the_same_user(running: Running, pair: LoginResponse) -> None:
    next_pair = await running.refresh(pair.refresh_token)
    assert next_pair.refresh_token != pair.refresh_token
    assert next_pair.access_token != pair.access_token
    assert (next_pair.token_type, next_pair.expires_in) == ("bearer", 900)
    verify = running.auth.verifier.verify
    assert await verify(next_pair.access_token) == await verify(pair.access_token)


async def test_a_session_goes_on_as_long_as_it_is_refreshed(running: Running, pair: LoginResponse) -> None:
    token = pair.refresh_token
    for _ in range(3):
        running.clock.advance(timedelta(days=29))
        token = (await running.refresh(token)).refresh_token


async def test_a_second_use_ends_the_session_for_both_users_of_the_token(
    running: Running, pair: LoginResponse, capfd: pytest.CaptureFixture[str]
) -> None:
    taken = await running.refresh(pair.refresh_token)
    reused = await refusal(running.refresh(pair.refresh_token))
    assert reused.wire_reason == "REFRESH_TOKEN_REUSED"
    assert (await refusal(running.refresh(taken.refresh_token))).wire_reason == "INVALID_TOKEN"
    assert "refresh_token_reused" in capfd.readouterr().out


async def test_a_second_use_of_an_old_token_ends_what_descends_from_it(running: Running, pair: LoginResponse) -> None:
    second = await running.refresh(pair.refresh_token)
    third = await running.refresh(second.refresh_token)
    assert (await refusal(running.refresh(pair.refresh_token))).wire_reason == "REFRESH_TOKEN_REUSED"
    assert (await refusal(running.refresh(third.refresh_token))).wire_reason == "INVALID_TOKEN"


async def test_other_sessions_of_the_user_go_on(running: Running, pair: LoginResponse) -> None:
    other = await running.log_in()
    await running.refresh(pair.refresh_token)
    await refusal(running.refresh(pair.refresh_token))
    assert (await running.refresh(other.refresh_token)).access_token


async def test_of_two_refreshes_at_once_one_wins(running: Running, pair: LoginResponse) -> None:
    calls = [running.refresh(pair.refresh_token) for _ in range(2)]
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert sum(isinstance(outcome, BaseException) for outcome in outcomes) == 1
    assert (await refusal(running.refresh(pair.refresh_token))).wire_reason == "REFRESH_TOKEN_REUSED"


@pytest.mark.parametrize("token", ["made up", "x" * 512, "\u00e9" * 43])
async def test_an_unknown_token_is_refused(running: Running, token: str) -> None:
    assert (await refusal(running.refresh(token))).wire_reason == "INVALID_TOKEN"


async def test_an_expired_token_is_refused(running: Running, pair: LoginResponse) -> None:
    running.clock.advance(timedelta(days=30))
    assert (await refusal(running.refresh(pair.refresh_token))).wire_reason == "INVALID_TOKEN"


async def test_an_access_token_does_not_refresh(running: Running, pair: LoginResponse) -> None:
    assert (await refusal(running.refresh(pair.access_token))).wire_reason in {"INVALID_TOKEN", "INVALID_REQUEST"}


async def test_only_digests_of_tokens_are_kept(running: Running, pair: LoginResponse) -> None:
    kept = repr(vars(running.transactions))
    assert pair.refresh_token not in kept
    assert repr(token_digest(pair.refresh_token)) in kept


async def test_a_sweep_removes_a_session_only_once_its_last_token_has_expired(
    running: Running, pair: LoginResponse
) -> None:
    sweep = RemoveExpiredSessions(running.transactions, running.clock)
    running.clock.advance(timedelta(days=20))
    second = await running.refresh(pair.refresh_token)
    running.clock.advance(timedelta(days=20))
    await sweep()
    third = await running.refresh(second.refresh_token)
    running.clock.advance(timedelta(days=30))
    await sweep()
    assert (await refusal(running.refresh(third.refresh_token))).wire_reason == "INVALID_TOKEN"
