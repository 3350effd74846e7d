"""Who waits, and who is next."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from inference_service.domain.generation import Priority

T = TypeVar("T")

# After so many interactive calls one batch call goes first, so that batch work moves on under steady load.
INTERACTIVE_RUN = 8


@dataclass(frozen=True, slots=True)
class Waiter(Generic[T]):
    """A call in the queue."""

    tenant: str
    priority: Priority
    # What it will take at most, in tokens; a tenant's share is counted in these.
    weight: int
    call: T


class AdmissionQueue(Generic[T]):
    """A bounded queue: interactive before batch, and within each the tenant that got least so far (start-time fair queueing)."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._waiting: dict[Priority, dict[str, deque[Waiter[T]]]] = {priority: {} for priority in Priority}
        # Tokens granted, by tenant, on a clock that a newcomer starts at: it gets its share from now on, nothing for the past.
        self._granted: dict[Priority, dict[str, int]] = {priority: {} for priority in Priority}
        self._clock: dict[Priority, int] = dict.fromkeys(Priority, 0)
        self._interactive_run = 0

    def __len__(self) -> int:
        return sum(self.waiting(priority) for priority in Priority)

    def waiting(self, priority: Priority) -> int:
        """Calls of this priority in the queue."""
        return sum(map(len, self._waiting[priority].values()))

    def push(self, waiter: Waiter[T]) -> Waiter[T] | None:
        """Queues a call. When the queue is full it returns the call that must go instead: this one, or one that has less claim."""
        displaced = None
        if len(self) >= self._capacity:
            displaced = self._least_entitled(waiter)
            if displaced is waiter:
                return waiter
            self.remove(displaced)
        tenants = self._waiting[waiter.priority]
        if waiter.tenant not in tenants:
            tenants[waiter.tenant] = deque()
            granted = self._granted[waiter.priority]
            granted[waiter.tenant] = max(granted.get(waiter.tenant, 0), self._clock[waiter.priority])
        tenants[waiter.tenant].append(waiter)
        return displaced

    def pop(self) -> Waiter[T] | None:
        """The next call; None when nobody waits."""
        priority = self._next_priority()
        if priority is None:
            return None
        self._interactive_run = self._interactive_run + 1 if priority is Priority.INTERACTIVE else 0
        granted = self._granted[priority]
        tenant = min(self._waiting[priority], key=granted.__getitem__)
        waiter = self._waiting[priority][tenant][0]
        self._clock[priority] = granted[tenant]
        granted[tenant] += max(waiter.weight, 1)
        self.remove(waiter)  # after counting: an emptied queue forgets its counts
        return waiter

    def remove(self, waiter: Waiter[T]) -> None:
        """Takes a call out that waits no longer; nothing happens when it is out already."""
        tenants = self._waiting[waiter.priority]
        queue = tenants.get(waiter.tenant)
        if queue is None or waiter not in queue:
            return
        queue.remove(waiter)
        if not queue:
            del tenants[waiter.tenant]
            self._forget_idle(waiter.priority)

    def _next_priority(self) -> Priority | None:
        interactive, batch = self._waiting[Priority.INTERACTIVE], self._waiting[Priority.BATCH]
        if interactive and not (batch and self._interactive_run >= INTERACTIVE_RUN):
            return Priority.INTERACTIVE
        return Priority.BATCH if batch else None

    def _least_entitled(self, newcomer: Waiter[T]) -> Waiter[T]:
        """The last call of the tenant with most calls waiting, batch before interactive; the newcomer when it has no better claim."""
        for priority, queue in self._longest_queues():
            if priority.value > newcomer.priority.value:
                return queue[-1]
            own = len(self._waiting[priority].get(newcomer.tenant, ()))
            if priority is newcomer.priority and len(queue) > own + 1:
                return queue[-1]
        return newcomer

    def _longest_queues(self) -> Iterator[tuple[Priority, deque[Waiter[T]]]]:
        for priority in sorted(Priority, key=lambda priority: -priority.value):
            if self._waiting[priority]:
                yield priority, max(self._waiting[priority].values(), key=len)

    def _forget_idle(self, priority: Priority) -> None:
        """Tenants that the clock has passed start anew anyway; without this the table would grow for ever."""
        waiting = self._waiting[priority]
        if not waiting:
            self._granted[priority].clear()
            self._clock[priority] = 0
            return
        granted, clock = self._granted[priority], self._clock[priority]
        for tenant in [name for name, tokens in granted.items() if tokens <= clock and name not in waiting]:
            del granted[tenant]
