from datetime import UTC, datetime, timedelta

import pytest

from inference_service.adapters.memory_ledger import MemoryLedger
from inference_service.domain.errors import BudgetExhausted
from inference_service.domain.usage import Account, Budgets, Price, Tokens, Usage
from inference_service.usecases.spending import Spending
from meshkit.testing import FixedClock

NOVEMBER = datetime(2026, 11, 30, 23, tzinfo=UTC)


def spending(budgets: Budgets, clock: FixedClock | None = None) -> Spending:
    return Spending(MemoryLedger(), budgets, clock or FixedClock(NOVEMBER))


def cost(dollars: float) -> Usage:
    return Usage(cost_usd=dollars)


def test_cached_tokens_have_a_price_of_their_own() -> None:
    price = Price(input=2, cached=0.5, output=10)
    assert price.of(Tokens(input=1_000_000, cached=400_000, output=100_000)) == pytest.approx(1.2 + 0.2 + 1.0)


def test_cached_tokens_cost_what_others_cost_unless_the_table_says_otherwise() -> None:
    assert Price(input=2).of(Tokens(input=1_000_000, cached=400_000)) == pytest.approx(2)


def test_usage_adds_up_by_month_tenant_and_model() -> None:
    book = spending(Budgets())
    book.book(tenant="acme", model="small", usage=Usage(Tokens(10, 2, 5), 0.25, 1.0, 0.5))
    book.book(tenant="acme", model="small", usage=Usage(Tokens(1, 1, 1), 0.25, 1.0, 0.5))
    book.book(tenant="other", model="small", usage=cost(1))
    month, totals = book.totals(tenant="acme")
    assert month == "2026-11"
    assert {account: (total.calls, total.usage) for account, total in totals.items()} == {
        Account("2026-11", "acme", "small"): (2, Usage(Tokens(11, 3, 6), 0.5, 2.0, 1.0))
    }


def test_usage_by_model_adds_tenants_up() -> None:
    book = spending(Budgets())
    for tenant, model in (("acme", "small"), ("other", "small"), ("acme", "large")):
        book.book(tenant=tenant, model=model, usage=Usage(Tokens(10, 2, 5), 0.25, 1.0, 0.5))
    month, totals = book.totals_by_model()
    assert {account: (total.calls, total.usage.cost_usd) for account, total in totals.items()} == {
        Account(month, "", "small"): (2, 0.5),
        Account(month, "", "large"): (1, 0.25),
    }


def test_a_call_that_could_exceed_the_budget_is_refused_before_it_starts() -> None:
    book = spending(Budgets(default=1.0))
    book.book(tenant="acme", model="small", usage=cost(0.95))
    with pytest.raises(BudgetExhausted) as refusal, book.hold("acme", 0.1):
        pytest.fail("no work may start")
    assert refusal.value.fields == {"month": "2026-11", "budget_usd": "1.00", "left_usd": "0.0500"}


def test_calls_at_the_same_time_do_not_overdraw_together() -> None:
    book = spending(Budgets(default=1.0))
    with book.hold("acme", 0.6), pytest.raises(BudgetExhausted), book.hold("acme", 0.6):
        pass
    with book.hold("acme", 0.6):
        pass


def test_a_tenants_own_budget_goes_before_the_default() -> None:
    book = spending(Budgets(default=1.0, tenants={"big": 100.0}))
    with book.hold("big", 50.0):
        pass
    assert (book.budget("big"), book.budget("small"), book.budget("")) == (100.0, 1.0, None)


def test_work_that_costs_nothing_needs_no_budget() -> None:
    book = spending(Budgets(default=0.0))
    with book.hold("acme", 0.0):
        pass


def test_a_new_month_is_a_new_budget() -> None:
    clock = FixedClock(NOVEMBER)
    book = spending(Budgets(default=1.0), clock)
    book.book(tenant="acme", model="small", usage=cost(1))
    clock.advance(timedelta(hours=2))
    with book.hold("acme", 0.9):
        pass
    assert book.totals()[1] == {}
    assert len(book.totals(month="2026-11")[1]) == 1
