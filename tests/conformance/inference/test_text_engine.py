"""What every TextEngine does, the fake of the tests included."""

import asyncio
import json
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from inference_service.domain.errors import EngineFailed, PromptTooLong
from inference_service.domain.generation import Ending, FinishReason, Prompt, Sampling, Turn
from inference_service.ports import TextEngine
from tests.conformance.inference.conftest import PATIENCE_SECONDS, EngineUnderTest, becomes_ready, kinds, running

GREEDY = Sampling(temperature=0)
TALKATIVE = "Count from one to ten thousand, in words, without leaving out any number."


def asking(text: str, *, max_tokens: int = 12, **rest: Any) -> Prompt:
    return Prompt([Turn("user", text)], max_tokens, GREEDY, **rest)


async def answer(engine: TextEngine, prompt: Prompt) -> tuple[str, Ending]:
    text, ending = [], None
    async with asyncio.timeout(PATIENCE_SECONDS), aclosing(engine.generate(prompt)) as pieces:
        async for piece in pieces:
            assert ending is None, "nothing follows the ending"
            text.append(piece.text)
            ending = piece.ending
    assert ending is not None
    return "".join(text), ending


async def becomes_idle(under_test: EngineUnderTest) -> None:
    # Far less than the engine would need for what it was asked.
    async with asyncio.timeout(10):
        while await under_test.busy():  # noqa: ASYNC110  # another process sets no event of ours
            await asyncio.sleep(0.02)


async def test_text_comes_in_pieces_and_ends_with_what_it_took(engine: TextEngine) -> None:
    pieces = [piece async for piece in engine.generate(asking(TALKATIVE, max_tokens=8))]
    assert [piece.ending is None for piece in pieces] == [True] * (len(pieces) - 1) + [False]
    assert sum(bool(piece.text) for piece in pieces) > 3
    ending = pieces[-1].ending
    assert ending is not None
    assert ending.finish is FinishReason.LENGTH
    assert ending.tokens.output == 8
    assert 10 < ending.tokens.input < 100
    assert 0 <= ending.tokens.cached <= ending.tokens.input


async def test_without_temperature_the_same_prompt_has_the_same_answer(engine: TextEngine) -> None:
    first, _ = await answer(engine, asking("Name three colours."))
    second, _ = await answer(engine, asking("Name three colours."))
    assert first == second


async def test_tokens_are_counted_as_the_engine_counts_them(under_test: EngineUnderTest) -> None:
    prompt = asking("Grüße aus Zürich, 数据 — and a\nsecond line", max_tokens=1)
    counted = await under_test.engine.count_tokens(prompt)
    _, ending = await answer(under_test.engine, prompt)
    if under_test.counts_exactly:
        assert counted == ending.tokens.input
    else:
        assert 0 < counted <= ending.tokens.input


async def test_a_schema_holds_and_its_order_of_properties_too(engine: TextEngine) -> None:
    schema = {
        "type": "object",
        "properties": {
            "zebra": {"type": "boolean"},
            "apple": {"const": "fruit"},
            "list": {"type": "array", "items": {"type": "integer"}, "maxItems": 2},
        },
        "required": ["zebra", "apple", "list"],
        "additionalProperties": False,
    }
    text, ending = await answer(engine, asking("Describe a zebra as JSON.", max_tokens=80, schema=schema))
    value = json.loads(text)
    assert ending.finish is FinishReason.STOP
    assert list(value) == ["zebra", "apple", "list"]
    assert isinstance(value["zebra"], bool)
    assert value["apple"] == "fruit"
    assert len(value["list"]) <= 2


async def test_calls_at_the_same_time_do_not_mix(engine: TextEngine) -> None:
    def only(word: str) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {"said": {"const": word}},
            "required": ["said"],
            "additionalProperties": False,
        }

    words = [f"word-{number}" for number in range(6)]
    answers = await asyncio.gather(
        *(answer(engine, asking("Say it.", max_tokens=40, schema=only(word))) for word in words)
    )
    assert [json.loads(text)["said"] for text, _ in answers] == words


@pytest.mark.parametrize("under_test", kinds("openai"), indirect=True)  # llama.cpp serves no adapter as a model
async def test_an_adapter_changes_what_is_said_and_only_where_it_is_named(engine: TextEngine) -> None:
    plain, _ = await answer(engine, asking("Name three colours."))
    adapted, _ = await answer(engine, asking("Name three colours.", adapter=engine.model.adapters[0]))
    again, _ = await answer(engine, asking("Name three colours."))
    assert adapted != plain == again


async def test_a_prompt_that_does_not_fit_is_refused(engine: TextEngine) -> None:
    with pytest.raises(PromptTooLong):
        await answer(engine, asking("word " * engine.model.context_tokens))
    await answer(engine, asking("And this does fit."))


async def test_what_is_endless_for_these_tests_outlasts_their_patience(under_test: EngineUnderTest) -> None:
    async with aclosing(under_test.engine.generate(under_test.endless)) as pieces:
        said = 0
        async for piece in pieces:
            assert piece.ending is None
            said += 1
            if said == 40:
                break


async def test_closing_a_stream_ends_the_work(under_test: EngineUnderTest) -> None:
    stream = under_test.engine.generate(under_test.endless)
    await anext(stream)
    assert await under_test.busy() == 1
    await stream.aclose()
    await becomes_idle(under_test)


async def test_cancelling_the_reader_ends_the_work(under_test: EngineUnderTest) -> None:
    begun = asyncio.Event()

    async def read() -> None:
        async with aclosing(under_test.engine.generate(under_test.endless)) as pieces:
            async for _ in pieces:
                begun.set()

    reader = asyncio.create_task(read())
    await begun.wait()
    reader.cancel()
    await asyncio.wait([reader])
    assert reader.cancelled()
    await becomes_idle(under_test)


async def test_a_deadline_ends_the_work(under_test: EngineUnderTest) -> None:
    with pytest.raises(TimeoutError):
        async with (
            asyncio.timeout(0.3),
            aclosing(under_test.engine.generate(under_test.endless)) as pieces,
        ):
            async for _ in pieces:
                await asyncio.sleep(0.01)
    await becomes_idle(under_test)


@pytest.fixture(params=kinds("openai"))  # somebody else starts that server again
async def own_engine(request: pytest.FixtureRequest, lora: Path, tmp_path: Path) -> Any:
    """One that a test may kill."""
    async with running(request.param, lora, tmp_path) as under_test:
        yield under_test


async def test_a_crash_is_an_error_for_calls_in_hand_and_the_engine_comes_back(own_engine: EngineUnderTest) -> None:
    assert own_engine.crash is not None
    engine = own_engine.engine
    stream = engine.generate(own_engine.endless)
    await anext(stream)
    own_engine.crash()
    with pytest.raises(EngineFailed):
        async for _ in stream:
            pass
    await becomes_unready(engine)
    with pytest.raises(EngineFailed):
        await answer(engine, asking("Are you there?"))
    await becomes_ready(engine)
    await answer(engine, asking("Are you there?"))


async def becomes_unready(engine: TextEngine) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                await engine.check_ready()
            except EngineFailed:
                return
            await asyncio.sleep(0)
