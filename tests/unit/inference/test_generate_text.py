"""GenerateText and its gate, on engines that follow a script."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from datetime import timedelta

import pytest

from inference_service.domain.breaker import BreakerLimits
from inference_service.domain.errors import BudgetExhausted, EngineFailed, ModelNotConfigured, PromptTooLong
from inference_service.domain.fencing import Message
from inference_service.domain.generation import FinishReason, Priority, TextModel
from inference_service.domain.usage import Budgets, Price
from inference_service.usecases.answering import Answer
from inference_service.usecases.gate import GateLimits
from inference_service.usecases.generation import TextRequest
from meshkit.errors import InvalidRequest, Overloaded
from tests.rpc.inference.service import InferenceUnderTest
from tests.unit.inference.fakes import ScriptedEngine

PATIENCE_SECONDS = 10


def engine(name: str = "small", words: str = "one two three", **model: object) -> ScriptedEngine:
    return ScriptedEngine(TextModel(name, "test", 200, default_max_tokens=16, **model), words=words)  # type: ignore[arg-type]


def asking(model: str = "", **rest: object) -> TextRequest:
    return TextRequest([Message("user", "Hello")], model=model, **rest)  # type: ignore[arg-type]


async def answered(service: InferenceUnderTest, request: TextRequest) -> tuple[str, Answer]:
    async with asyncio.timeout(PATIENCE_SECONDS):
        answers = [answer async for answer in service.generate_text.stream(request)]
    return "".join(answer.text for answer in answers), answers[-1]


async def test_text_usage_and_cost_come_back_and_are_booked() -> None:
    service = InferenceUnderTest([engine(price=Price(input=1_000_000, output=2_000_000))])
    text, last = await answered(service, asking(tenant="acme"))
    assert (text, last.finish, last.model) == ("one two three", FinishReason.STOP, "small")
    assert (last.usage.tokens.input, last.usage.tokens.output, last.usage.cost_usd) == (2, 3, 2 * 1 + 3 * 2)
    ((account, total),) = service.spending.totals()[1].items()
    assert (account.tenant, account.model, total.calls, total.usage.cost_usd) == ("acme", "small", 1, 8)


async def test_without_engines_the_answer_says_so() -> None:
    with pytest.raises(ModelNotConfigured) as refusal:
        await answered(InferenceUnderTest(), asking())
    assert refusal.value.fields == {"model": "default"}


async def test_names_lead_to_models_and_the_default_is_the_default_route() -> None:
    service = InferenceUnderTest(
        [engine("a", "from-a"), engine("b", "from-b")], routes={"default": ["b"], "fast": ["a"]}
    )
    assert [(await answered(service, asking(name)))[0] for name in ("", "fast", "a", "b")] == [
        "from-b",
        "from-a",
        "from-a",
        "from-b",
    ]


async def test_the_next_engine_of_a_chain_answers_when_the_first_fails() -> None:
    first, second = engine("first"), engine("second", "backup")
    first.fault = EngineFailed(service="first")
    service = InferenceUnderTest([first, second], routes={"default": ["first", "second"]})
    text, last = await answered(service, asking())
    assert (text, last.model) == ("backup", "second")
    assert service.meter.passed == [("first", "SERVICE_UNAVAILABLE")]


async def test_once_text_was_sent_no_other_engine_takes_over() -> None:
    first, second = engine("first"), engine("second")
    first.fault, first.fault_after = EngineFailed(service="first"), 1
    service = InferenceUnderTest([first, second], routes={"default": ["first", "second"]})
    with pytest.raises(EngineFailed):
        await answered(service, asking())
    assert second.prompts == []
    assert service.meter.outcomes == ["failed"]


async def test_when_the_whole_chain_fails_the_first_fault_is_told() -> None:
    engines = [engine("first"), engine("second")]
    for broken in engines:
        broken.fault = EngineFailed(service=broken.model.id)
    service = InferenceUnderTest(engines, routes={"default": ["first", "second"]})
    with pytest.raises(EngineFailed) as failure:
        await answered(service, asking())
    assert failure.value.fields == {"service": "first"}


async def test_an_engine_that_keeps_failing_is_passed_by_until_its_rest_is_over() -> None:
    first, second = engine("first"), engine("second")
    first.fault = EngineFailed(service="first")
    service = InferenceUnderTest(
        [first, second],
        routes={"default": ["first", "second"]},
        breaker=BreakerLimits(failures=2, rest=timedelta(seconds=15)),
    )
    for _ in range(4):
        await answered(service, asking())
    assert len(first.prompts) == 2
    first.fault = None
    service.clock.advance(timedelta(seconds=15))
    _, last = await answered(service, asking())
    assert last.model == "first"


async def test_a_prompt_that_leaves_no_room_is_refused_before_any_work() -> None:
    small = engine()
    service = InferenceUnderTest([small])
    with pytest.raises(PromptTooLong) as refusal:
        await answered(service, TextRequest([Message("user", "word " * 150)], max_tokens=60))
    assert refusal.value.fields == {"model": "small", "input_tokens": 151, "max_tokens": 60, "context_tokens": 200}
    assert small.prompts == []


async def test_without_a_limit_the_answer_may_take_what_the_prompt_leaves() -> None:
    small = engine()
    await answered(InferenceUnderTest([small]), TextRequest([Message("user", "word " * 190)]))
    assert small.prompts[0].max_tokens == 200 - 191


async def test_an_adapter_that_the_model_has_not_is_refused() -> None:
    with pytest.raises(InvalidRequest) as refusal:
        await answered(InferenceUnderTest([engine()]), asking(adapter="loud"))
    assert refusal.value.violations[0].field == "adapter"


async def test_a_tenant_over_its_budget_is_refused_before_any_work() -> None:
    dear = engine(price=Price(output=1_000_000))
    service = InferenceUnderTest([dear], budgets=Budgets(default=20.0))
    await answered(service, asking(tenant="acme"))
    await answered(service, asking(tenant="acme", max_tokens=17))
    with pytest.raises(BudgetExhausted):
        await answered(service, asking(tenant="acme", max_tokens=17))
    assert len(dear.prompts) == 2
    await answered(service, asking(tenant="other"))


async def test_closing_the_answer_ends_the_work_and_books_what_was_done() -> None:
    busy = engine(words="word " * 10)
    service = InferenceUnderTest([busy])
    async with aclosing(service.generate_text.stream(asking(tenant="acme"))) as answers:
        text = (await anext(answers)).text
        busy.held.clear()
    assert busy.running == 0
    assert service.meter.outcomes == ["cancelled"]
    assert len(text.split()) <= service.meter.usages[0].tokens.output < 10
    assert service.meter.running == 0


class Callers:
    """Calls in progress against one held engine."""

    def __init__(self, *, places: int = 1, waiting: int = 2) -> None:
        self.engine = engine(words="done")
        self.engine.held.clear()
        self.service = InferenceUnderTest([self.engine], gate=GateLimits(places=places, waiting=waiting))
        self.calls: dict[str, asyncio.Task[tuple[str, Answer]]] = {}
        self.order: list[str] = []

    async def start(self, name: str, *, tenant: str = "a", priority: Priority = Priority.INTERACTIVE) -> None:
        """Returns once the call is in the engine, in the queue, or refused."""
        messages = [Message("user", name)]
        request = TextRequest(messages, tenant=tenant, priority=priority)
        self.calls[name] = asyncio.create_task(answered(self.service, request))
        for _ in range(20):
            await asyncio.sleep(0)

    async def finish(self) -> Sequence[str]:
        """Lets the engine work; names of the calls in the order in which it took them."""
        self.engine.held.set()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await asyncio.wait(self.calls.values())
        return [prompt.turns[0].content for prompt in self.engine.prompts]


@pytest.fixture
async def callers() -> AsyncIterator[Callers]:
    callers = Callers()
    yield callers
    for call in callers.calls.values():
        call.cancel()


async def test_no_more_calls_than_places_are_in_the_engine(callers: Callers) -> None:
    for name in ("1", "2", "3"):
        await callers.start(name)
    assert callers.engine.running == 1
    assert await callers.finish() == ["1", "2", "3"]
    assert callers.engine.most_running == 1
    assert callers.service.meter.running == 0


async def test_a_caller_that_reads_slowly_does_not_keep_its_place(callers: Callers) -> None:
    slow = callers.service.generate_text.stream(TextRequest([Message("user", "slow")]))
    callers.engine.held.set()
    async with aclosing(slow):
        await anext(slow)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await callers.start("next")
            await callers.calls["next"]


async def test_a_full_queue_refuses_with_a_hint_when_to_retry(callers: Callers) -> None:
    for name in ("1", "2", "3", "4"):
        await callers.start(name)
    with pytest.raises(Overloaded) as refusal:
        await callers.calls["4"]
    assert refusal.value.retry_after is not None
    assert timedelta(seconds=1) <= refusal.value.retry_after <= timedelta(seconds=60)
    assert await callers.finish() == ["1", "2", "3"]


async def test_an_interactive_call_goes_first_and_takes_a_batch_calls_place_in_a_full_queue(callers: Callers) -> None:
    await callers.start("running")
    await callers.start("batch-1", priority=Priority.BATCH)
    await callers.start("batch-2", priority=Priority.BATCH)
    await callers.start("urgent")
    with pytest.raises(Overloaded):
        await callers.calls["batch-2"]
    assert await callers.finish() == ["running", "urgent", "batch-1"]


async def test_a_tenant_that_floods_does_not_keep_another_out(callers: Callers) -> None:
    for number in range(3):
        await callers.start(f"flood-{number}", tenant="flood")
    await callers.start("polite", tenant="polite")
    with pytest.raises(Overloaded):
        await callers.calls["flood-2"]
    assert "polite" in await callers.finish()


async def test_a_caller_that_leaves_the_queue_is_not_served(callers: Callers) -> None:
    for name in ("1", "2", "3"):
        await callers.start(name)
    callers.calls["2"].cancel()
    await asyncio.wait([callers.calls["2"]])
    assert await callers.finish() == ["1", "3"]
    assert callers.service.meter.running == 0


async def test_a_caller_that_leaves_as_its_turn_comes_passes_its_place_on(callers: Callers) -> None:
    for name in ("1", "2", "3"):
        await callers.start(name)
    gate = callers.service.models.engines[0].gate
    gate._leave()  # what the running call does at its end
    callers.calls["2"].cancel()
    await asyncio.wait([callers.calls["2"]])
    assert "3" in await callers.finish()
