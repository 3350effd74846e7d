"""Answers on their way from an engine to a caller."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta

from inference_service.domain.generation import FinishReason
from inference_service.domain.usage import Usage


@dataclass(frozen=True, slots=True)
class Answer:
    """A piece of an answer; the last one tells how it ended and what it took."""

    text: str
    model: str
    finish: FinishReason | None = None
    usage: Usage = field(default_factory=Usage)


async def gathered(answers: AsyncGenerator[Answer, None], *, interval: timedelta) -> AsyncGenerator[Answer, None]:
    """The same text in fewer pieces: what came while the caller was busy, or within `interval` of the last piece, is one piece.

    The engine is read ahead: it never waits for a caller's network, and its place is free for the next call when it is done, not when the
    caller is. The first piece and the last never wait. What is read ahead is at most one answer. Closing this closes `answers`.
    """
    now = asyncio.get_running_loop().time
    waiting: list[Answer] = []
    changed, ended = asyncio.Event(), asyncio.Event()

    async def read() -> None:
        async with aclosing(answers):
            async for answer in answers:
                waiting.append(answer)
                changed.set()
                if answer.finish is not None:
                    ended.set()

    def stop_waiting(_reading: asyncio.Task[None]) -> None:
        changed.set()
        ended.set()

    reading = asyncio.create_task(read())
    reading.add_done_callback(stop_waiting)
    try:
        while waiting or not reading.done():
            if not waiting:
                changed.clear()
                await changed.wait()
                continue
            piece = replace(waiting[-1], text="".join(answer.text for answer in waiting))
            waiting.clear()
            next_at = now() + interval.total_seconds()
            yield piece
            if not ended.is_set() and now() < next_at:
                with suppress(TimeoutError):
                    async with asyncio.timeout_at(next_at):
                        await ended.wait()
        reading.result()
    finally:
        reading.cancel()
        await asyncio.wait([reading])
        if not reading.cancelled():
            reading.exception()  # the caller left: nobody else asks for it
