"""What webhooks are told, how calls are signed, and whom nobody calls."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway_service.adapters.callbacks import SignedCalls
from gateway_service.domain.webhooks import (
    CallOutcome,
    Delivery,
    DeliveryState,
    Webhook,
    WebhookEvent,
    new_secret,
    signature,
)
from meshkit.errors import InvalidRequest
from tests.support.receiver import Receiver

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATER = timedelta(seconds=5)
FAILED = CallOutcome(500, "status")


def webhook(url: str = "https://hooks.example.com/x", **changes: object) -> Webhook:
    known = Webhook("w1", "u1", url, new_secret(), frozenset(), True, NOW)
    return replace(known, **changes)  # type: ignore[arg-type]  # fields of Webhook


def delivery() -> Delivery:
    return Delivery("d1", "w1", WebhookEvent.PING, b"{}", NOW, attempts=1, next_attempt_at=NOW)


def test_a_call_is_signed_as_standard_webhooks_shows_it() -> None:
    # The example of the specification.
    signed = signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        delivery_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        body=b'{"test": 2432232314}',
    )
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_after_a_rotation_the_new_secret_signs_first_and_the_old_one_for_a_day() -> None:
    known = webhook()
    rotated = known.rotated(NOW)
    assert rotated.signing_secrets(NOW + timedelta(hours=23)) == (rotated.secret, known.secret)
    assert rotated.signing_secrets(NOW + timedelta(hours=24)) == (rotated.secret,)
    assert known.secret not in repr(rotated)


def test_a_webhook_is_told_what_it_asked_for() -> None:
    assert webhook().wants(WebhookEvent.JOB_FAILED)
    assert not webhook(enabled=False).wants(WebhookEvent.JOB_FAILED)
    only = webhook(events=frozenset({"batch.completed"}))
    assert [event for event in WebhookEvent if only.wants(event)] == [WebhookEvent.BATCH_COMPLETED]


def test_a_call_that_fails_is_made_again_with_growing_pauses_and_given_up_in_the_end() -> None:
    known, due, delays = delivery(), [], (timedelta(seconds=5), timedelta(minutes=1))
    while True:
        known = known.after(FAILED, NOW, delays)
        if known.next_attempt_at is None:
            break
        due.append(known.next_attempt_at - NOW)
        known = replace(known, attempts=known.attempts + 1)
    assert tuple(due) == delays
    assert (known.state, known.response_status, known.fault) == (DeliveryState.FAILED, 500, "status")


def test_a_receiver_that_is_gone_for_good_is_not_called_again_and_one_that_took_it_neither() -> None:
    assert delivery().after(CallOutcome(410, "status"), NOW, [timedelta(1)]).state is DeliveryState.FAILED
    delivered = delivery().after(CallOutcome(204, ""), NOW, [timedelta(1)])
    assert (delivered.state, delivered.next_attempt_at) == (DeliveryState.DELIVERED, None)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://example.com/",
        "https://user:password@example.com/",
        "https://",
        "nonsense",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://[::1]/",
        "https://10.0.0.8/",
        "https://172.16.1.1/",
        "https://192.168.1.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "https://224.0.0.1/",
        "https://[fe80::1]/",
        "https://[fd00::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/",
        "https://2130706433/",
        "https://0x7f.1/",
    ],
)
async def test_addresses_inside_and_those_that_are_none_are_refused(url: str) -> None:
    calls = SignedCalls(timeout=LATER, private_addresses=False)
    with pytest.raises(InvalidRequest) as caught:
        await calls.check(url)
    assert caught.value.violations[0].field == "url"
    assert (await calls(webhook(url), delivery(), NOW)).fault == "address"
    await calls.close()


async def test_a_public_address_may_be_called() -> None:
    calls = SignedCalls(timeout=LATER, private_addresses=False)
    await calls.check("https://93.184.216.34/hook")
    await calls.close()


async def test_the_receiver_can_check_who_called_and_when() -> None:
    calls = SignedCalls(timeout=LATER, private_addresses=True)
    async with Receiver() as receiver:
        known = webhook(f"http://localhost:{receiver.port}/hook?key=1")
        assert (await calls(known, delivery(), NOW)).delivered
    ((headers, body),) = receiver.seen
    signed = b".".join((headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body))
    key = base64.b64decode(known.secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert headers["host"] == f"localhost:{receiver.port}"
    await calls.close()


async def test_redirects_are_not_followed() -> None:
    calls = SignedCalls(timeout=LATER, private_addresses=True)
    async with Receiver() as inside, Receiver("302 Found", location=f"http://127.0.0.1:{inside.port}/") as receiver:
        outcome = await calls(webhook(f"http://127.0.0.1:{receiver.port}/"), delivery(), NOW)
    assert (outcome.status, outcome.fault) == (302, "status")
    assert inside.seen == []
    await calls.close()


async def test_the_address_that_was_checked_is_the_one_that_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that leads elsewhere at the second look-up (DNS rebinding) is looked up once."""
    looked_up: list[str] = []
    real = asyncio.get_running_loop().getaddrinfo

    async def look_up(host: str, *arguments: object, **options: object) -> Sequence[object]:
        looked_up.append(host)
        address = "127.0.0.1" if len(looked_up) == 1 else "127.0.0.9"
        return await real(address, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", look_up)
    calls = SignedCalls(timeout=LATER, private_addresses=True)
    async with Receiver() as receiver:
        assert (await calls(webhook(f"http://rebinding.example:{receiver.port}/"), delivery(), NOW)).delivered
    assert looked_up[0] == "rebinding.example"
    assert "rebinding.example" not in looked_up[1:]
    await calls.close()


async def test_a_receiver_that_is_away_or_silent_is_told_of_in_one_word() -> None:
    async with Receiver() as receiver:
        port = receiver.port
    calls = SignedCalls(timeout=timedelta(seconds=0.2), private_addresses=True)
    assert (await calls(webhook(f"http://127.0.0.1:{port}/"), delivery(), NOW)).fault == "connection"
    silent = await asyncio.start_server(lambda *_: asyncio.sleep(10), "127.0.0.1", 0)
    url = f"http://127.0.0.1:{silent.sockets[0].getsockname()[1]}/"
    assert (await calls(webhook(url), delivery(), NOW)).fault == "timeout"
    silent.close()
    await calls.close()
