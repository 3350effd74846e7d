"""Usage of this process, until it ends."""

from collections import defaultdict
from collections.abc import Mapping

from inference_service.domain.usage import Account, Total


class MemoryLedger:
    """For one instance, and for tests."""

    def __init__(self) -> None:
        self._totals: defaultdict[Account, Total] = defaultdict(Total)

    def add(self, account: Account, total: Total) -> None:
        """As the port says."""
        self._totals[account] += total

    def totals(self, month: str) -> Mapping[Account, Total]:
        """As the port says."""
        return {account: total for account, total in self._totals.items() if account.month == month}

    def all(self) -> Mapping[Account, Total]:
        """Accounts of all months."""
        return dict(self._totals)
