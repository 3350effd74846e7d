"""How far a worker is: it writes the page that it has read into a few bytes that its parent looks at."""

import asyncio
import os
import struct
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from parser_service.ports import Progress

_COUNT = struct.Struct("<ii")
_LOOK_SECONDS = 0.3
_told_to: int | None = None


def tell(page: int, pages: int) -> None:
    """A page was read, in a worker; nobody is told elsewhere."""
    if _told_to is not None:
        os.pwrite(_told_to, _COUNT.pack(page, pages), 0)


@contextmanager
def telling(path: str) -> Iterator[None]:
    """In a worker: pages are told to whoever follows the file."""
    global _told_to
    _told_to = os.open(path, os.O_WRONLY)
    try:
        yield
    finally:
        os.close(_told_to)
        _told_to = None


@asynccontextmanager
async def following(progress: Progress) -> AsyncIterator[str]:
    """In the parent: keeps `progress` up to date from the file whose path the worker gets."""
    with tempfile.NamedTemporaryFile(prefix="hiremesh-pages-") as file:
        task = asyncio.create_task(_follow(file.fileno(), progress))
        try:
            yield file.name
        finally:
            task.cancel()
            await asyncio.wait([task])


async def _follow(descriptor: int, progress: Progress) -> None:
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        told = os.pread(descriptor, _COUNT.size, 0)
        if len(told) == _COUNT.size:
            progress.page, progress.pages = _COUNT.unpack(told)
