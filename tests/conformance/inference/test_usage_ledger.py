"""What every UsageLedger does."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from inference_service.adapters.memory_ledger import MemoryLedger
from inference_service.adapters.nats_ledger import NatsLedger
from inference_service.domain.usage import Account, Tokens, Total, Usage
from inference_service.ports import UsageLedger
from meshkit.lifecycle import background
from tests.support.nats import NatsServer, NewBroker

PATIENCE_SECONDS = 30
ACME = Account("2026-11", "Acme & Söhne / 1", "small:7b")
NOBODY = Account("2026-11", "", "small:7b")
ONE_CALL = Total(1, Usage(Tokens(10, 2, 5), 0.25, 1.5, 0.5))


@pytest.fixture
def server(new_nats_server: NewBroker) -> NatsServer:
    return new_nats_server()


@pytest.fixture(params=["memory", "nats"])
async def ledger(request: pytest.FixtureRequest) -> AsyncIterator[UsageLedger]:
    if request.param == "memory":
        yield MemoryLedger()
        return
    shared = NatsLedger(request.getfixturevalue("server").url, flush_seconds=0.01)
    async with background("ledger", shared.run()):
        yield shared


async def reaches(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():  # noqa: ASYNC110  # a broker sets no event of ours
            await asyncio.sleep(0.01)


async def test_what_is_added_is_seen_at_once_and_adds_up(ledger: UsageLedger) -> None:
    for number in range(1, 20):
        ledger.add(ACME, ONE_CALL)
        assert ledger.totals("2026-11")[ACME].calls == number
        await asyncio.sleep(0.003)
    assert ledger.totals("2026-11")[ACME].usage.cost_usd == pytest.approx(19 * 0.25)


async def test_accounts_and_months_are_kept_apart(ledger: UsageLedger) -> None:
    december = Account("2026-12", ACME.tenant, ACME.model)
    for account in (ACME, NOBODY, december):
        ledger.add(account, ONE_CALL)
    assert dict(ledger.totals("2026-11")) == {ACME: ONE_CALL, NOBODY: ONE_CALL}
    assert dict(ledger.totals("2026-12")) == {december: ONE_CALL}
    assert dict(ledger.totals("2026-10")) == {}


async def test_instances_see_each_others_usage_and_lose_none(server: NatsServer) -> None:
    one, other = (NatsLedger(server.url, flush_seconds=0.01) for _ in range(2))
    async with background("one", one.run()), background("other", other.run()):
        for _ in range(50):
            one.add(ACME, ONE_CALL)
            other.add(ACME, ONE_CALL)
            await asyncio.sleep(0.002)
        await reaches(lambda: all(ledger.totals("2026-11")[ACME].calls == 100 for ledger in (one, other)))


async def test_usage_outlives_the_instances(server: NatsServer) -> None:
    first = NatsLedger(server.url, flush_seconds=60)
    async with background("first", first.run()):
        await reaches(lambda: first.is_connected)
        first.add(ACME, ONE_CALL)
        first.add(NOBODY, ONE_CALL)
    second = NatsLedger(server.url)
    async with background("second", second.run()):
        await reaches(lambda: second.totals("2026-11") == {ACME: ONE_CALL, NOBODY: ONE_CALL})


async def test_usage_is_kept_while_the_broker_is_away(server: NatsServer) -> None:
    ledger = NatsLedger(server.url, flush_seconds=0.01)
    async with background("ledger", ledger.run()):
        await reaches(lambda: ledger.is_connected)
        server.kill()
        ledger.add(ACME, ONE_CALL)
        await asyncio.sleep(0.1)
        assert ledger.totals("2026-11")[ACME] == ONE_CALL
        server.start()
        ledger.add(ACME, ONE_CALL)
        other = NatsLedger(server.url)
        async with background("other", other.run()):
            await reaches(lambda: ACME in other.totals("2026-11") and other.totals("2026-11")[ACME].calls == 2)
        assert ledger.totals("2026-11")[ACME].calls == 2
