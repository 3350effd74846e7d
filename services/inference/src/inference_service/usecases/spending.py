"""What tenants use, and what they may still use."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from inference_service.domain.errors import BudgetExhausted
from inference_service.domain.usage import Account, Budgets, Total, Usage, month_of
from inference_service.ports import UsageLedger


class Spending:
    """Books usage, and holds tenants to their budgets."""

    def __init__(self, ledger: UsageLedger, budgets: Budgets, clock: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._budgets = budgets
        self._clock = clock
        # By tenant, what calls in progress may cost at most: without it, calls at the same time would overdraw together.
        self._held: defaultdict[str, float] = defaultdict(float)

    @contextmanager
    def hold(self, tenant: str, cost_usd: float) -> Iterator[None]:
        """Keeps the most that a call may cost while it runs. Raises BudgetExhausted before any work is done."""
        budget = self._budgets.of(tenant)
        if budget is None or cost_usd == 0:
            yield
            return
        month = month_of(self._clock())
        left = budget - self._spent(month, tenant) - self._held[tenant]
        if cost_usd > left:
            raise BudgetExhausted(month=month, budget_usd=f"{budget:.2f}", left_usd=f"{max(left, 0):.4f}")
        self._held[tenant] += cost_usd
        try:
            yield
        finally:
            self._held[tenant] -= cost_usd

    def book(self, *, tenant: str, model: str, usage: Usage) -> None:
        """Adds a call to the tenant's account."""
        self._ledger.add(Account(month_of(self._clock()), tenant, model), Total(1, usage))

    def totals(self, *, month: str = "", tenant: str = "") -> tuple[str, Mapping[Account, Total]]:
        """Accounts of a month, the current one when none is named; of one tenant, or of all."""
        asked = month or month_of(self._clock())
        return asked, {
            account: total
            for account, total in self._ledger.totals(asked).items()
            if not tenant or account.tenant == tenant
        }

    def totals_by_model(self, *, month: str = "", tenant: str = "") -> tuple[str, Mapping[Account, Total]]:
        """The same with the tenants added up: accounts of no tenant."""
        asked, totals = self.totals(month=month, tenant=tenant)
        added: defaultdict[Account, Total] = defaultdict(Total)
        for account, total in totals.items():
            added[replace(account, tenant="")] += total
        return asked, added

    def budget(self, tenant: str) -> float | None:
        """What the tenant may spend in a month; None: no limit, or no tenant."""
        return self._budgets.of(tenant) if tenant else None

    def _spent(self, month: str, tenant: str) -> float:
        return sum(total.usage.cost_usd for total in self.totals(month=month, tenant=tenant)[1].values())
