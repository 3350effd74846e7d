from inference_service.domain.admission import INTERACTIVE_RUN, AdmissionQueue, Waiter
from inference_service.domain.generation import Priority

INTERACTIVE, BATCH = Priority.INTERACTIVE, Priority.BATCH


def waiter(call: str, tenant: str = "a", priority: Priority = INTERACTIVE, weight: int = 1) -> Waiter[str]:
    return Waiter(tenant, priority, weight, call)


def filled(*waiters: Waiter[str], capacity: int = 100) -> AdmissionQueue[str]:
    queue: AdmissionQueue[str] = AdmissionQueue(capacity)
    for entry in waiters:
        assert queue.push(entry) is None
    return queue


def drained(queue: AdmissionQueue[str]) -> list[str]:
    calls = []
    while (entry := queue.pop()) is not None:
        calls.append(entry.call)
    return calls


def test_calls_of_one_tenant_go_in_their_order() -> None:
    assert drained(filled(waiter("1"), waiter("2"), waiter("3"))) == ["1", "2", "3"]


def test_interactive_calls_go_before_batch_calls() -> None:
    assert drained(filled(waiter("later", priority=BATCH), waiter("now"))) == ["now", "later"]


def test_batch_work_moves_on_under_a_steady_interactive_load() -> None:
    queue = filled(waiter("batch", priority=BATCH), *(waiter(str(number)) for number in range(20)))
    assert drained(queue).index("batch") == INTERACTIVE_RUN


def test_tenants_take_turns_whoever_sent_more() -> None:
    queue = filled(*(waiter(f"a{number}") for number in range(4)), waiter("b0", "b"), waiter("b1", "b"))
    assert drained(queue) == ["a0", "b0", "a1", "b1", "a2", "a3"]


def test_turns_are_counted_in_tokens_not_in_calls() -> None:
    queue = filled(
        *(waiter(f"long{number}", "long", weight=300) for number in range(2)),
        *(waiter(f"short{number}", "short", weight=100) for number in range(4)),
    )
    assert drained(queue) == ["long0", "short0", "short1", "short2", "long1", "short3"]


def test_a_newcomer_gets_its_share_from_now_on_and_nothing_for_the_past() -> None:
    queue = filled(*(waiter(f"old{number}", "old", weight=10) for number in range(20)))
    for _ in range(10):
        queue.pop()
    for number in range(10):
        queue.push(waiter(f"new{number}", "new", weight=10))
    following = [entry.call[:3] for entry in (queue.pop() for _ in range(6)) if entry is not None]
    assert sorted(following) == ["new"] * 3 + ["old"] * 3


def test_a_full_queue_refuses_the_newcomer_that_has_no_better_claim() -> None:
    queue = filled(waiter("1"), waiter("2"), capacity=2)
    newcomer = waiter("3")
    assert queue.push(newcomer) is newcomer
    assert drained(queue) == ["1", "2"]


def test_in_a_full_queue_an_interactive_call_takes_the_place_of_the_youngest_batch_call() -> None:
    queue = filled(waiter("old", priority=BATCH), waiter("young", priority=BATCH), capacity=2)
    displaced = queue.push(waiter("now"))
    assert displaced is not None
    assert displaced.call == "young"
    assert drained(queue) == ["now", "old"]


def test_in_a_full_queue_a_tenant_with_few_calls_takes_the_place_of_one_with_many() -> None:
    queue = filled(*(waiter(f"flood{number}", "flood") for number in range(4)), capacity=4)
    displaced = queue.push(waiter("polite", "polite"))
    assert displaced is not None
    assert displaced.call == "flood3"
    assert "polite" in drained(queue)


def test_a_batch_call_takes_no_place_of_an_interactive_one() -> None:
    queue = filled(*(waiter(str(number)) for number in range(3)), capacity=3)
    newcomer = waiter("batch", "other", BATCH)
    assert queue.push(newcomer) is newcomer


def test_calls_that_left_are_not_served() -> None:
    gone = waiter("gone")
    queue = filled(gone, waiter("there"))
    queue.remove(gone)
    queue.remove(gone)
    assert drained(queue) == ["there"]


def test_tenants_of_the_past_are_forgotten() -> None:
    queue: AdmissionQueue[str] = AdmissionQueue(10)
    for number in range(1000):
        queue.push(waiter("call", f"tenant{number}"))
        queue.pop()
    assert len(queue._granted[INTERACTIVE]) < 10
