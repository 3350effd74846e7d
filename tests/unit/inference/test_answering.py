"""How answers are gathered on their way to the caller."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import timedelta

import pytest

from inference_service.domain.errors import EngineFailed
from inference_service.domain.generation import FinishReason
from inference_service.usecases.answering import Answer, gathered

PATIENCE_SECONDS = 10
AT_ONCE = timedelta(0)
NEVER = timedelta(days=1)


class Engine:
    """Says what it is told to, when it is told to."""

    def __init__(self) -> None:
        self._said: asyncio.Queue[Answer | Exception | None] = asyncio.Queue()
        self.is_closed = False

    def says(self, *texts: str) -> None:
        for text in texts:
            self._said.put_nowait(Answer(text, "small"))

    def ends(self, text: str = "") -> None:
        self._said.put_nowait(Answer(text, "small", FinishReason.STOP))
        self._said.put_nowait(None)

    def breaks(self) -> None:
        self._said.put_nowait(EngineFailed(service="small"))

    async def has_said_all(self) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._said.join()

    async def answers(self) -> AsyncGenerator[Answer, None]:
        try:
            while (said := await self._said.get()) is not None:
                if isinstance(said, Exception):
                    raise said
                yield said
                self._said.task_done()
            self._said.task_done()
        finally:
            self.is_closed = True


@pytest.fixture
def engine() -> Engine:
    return Engine()


async def text(piece: AsyncGenerator[Answer, None]) -> str:
    async with asyncio.timeout(PATIENCE_SECONDS):
        return (await anext(piece)).text


async def test_what_comes_while_the_caller_is_busy_is_one_piece(engine: Engine) -> None:
    async with aclosing(gathered(engine.answers(), interval=AT_ONCE)) as pieces:
        engine.says("one")
        assert await text(pieces) == "one"
        engine.says(" two", " three")
        await engine.has_said_all()
        assert await text(pieces) == " two three"


async def test_the_engine_is_done_when_it_has_said_all_though_nobody_listens(engine: Engine) -> None:
    async with aclosing(gathered(engine.answers(), interval=AT_ONCE)) as pieces:
        engine.says("one", " two", " three")
        engine.ends()
        await text(pieces)
        await engine.has_said_all()
        assert engine.is_closed


async def test_after_the_first_piece_text_is_gathered_for_the_interval_but_the_end_does_not_wait(
    engine: Engine,
) -> None:
    async with aclosing(gathered(engine.answers(), interval=NEVER)) as pieces:
        engine.says("one")
        assert await text(pieces) == "one"
        rest = asyncio.create_task(anext(pieces))
        engine.says(" two", " three")
        await engine.has_said_all()
        assert not rest.done()
        engine.ends(" four")
        async with asyncio.timeout(PATIENCE_SECONDS):
            last = await rest
        assert (last.text, last.finish) == (" two three four", FinishReason.STOP)
        with pytest.raises(StopAsyncIteration):
            await text(pieces)


@pytest.mark.parametrize("interval", [AT_ONCE, NEVER])
async def test_text_that_came_before_a_fault_is_handed_over_before_it(engine: Engine, interval: timedelta) -> None:
    async with aclosing(gathered(engine.answers(), interval=interval)) as pieces:
        engine.says("one")
        assert await text(pieces) == "one"
        engine.says(" two")
        engine.breaks()
        assert await text(pieces) == " two"
        with pytest.raises(EngineFailed):
            await text(pieces)


async def test_a_fault_before_the_first_piece_is_the_callers(engine: Engine) -> None:
    engine.breaks()
    with pytest.raises(EngineFailed):
        await text(gathered(engine.answers(), interval=AT_ONCE))


@pytest.mark.parametrize("interval", [AT_ONCE, NEVER])
async def test_a_caller_that_leaves_ends_the_engines_work(engine: Engine, interval: timedelta) -> None:
    pieces = gathered(engine.answers(), interval=interval)
    engine.says("one")
    await text(pieces)
    await pieces.aclose()
    assert engine.is_closed


async def test_a_caller_that_is_cancelled_ends_the_engines_work(engine: Engine) -> None:
    async def read() -> None:
        async with aclosing(gathered(engine.answers(), interval=AT_ONCE)) as pieces:
            async for _ in pieces:
                pass

    reader = asyncio.create_task(read())
    engine.says("one")
    await engine.has_said_all()
    reader.cancel()
    await asyncio.wait([reader])
    assert engine.is_closed
