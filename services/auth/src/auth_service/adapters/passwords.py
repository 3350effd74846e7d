"""Argon2id by pwdlib, off the event loop and bounded."""

import asyncio
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TypeVar

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from auth_service.ports import PasswordCheck
from meshkit.errors import Overloaded

_T = TypeVar("_T")

RETRY_AFTER = timedelta(seconds=2)


class Argon2Passwords:
    """Runs `workers` hashes at a time, each with `memory_kib` of memory, and lets `waiting` more queue. The owner closes it."""

    def __init__(self, *, memory_kib: int, time_cost: int, parallelism: int, workers: int, waiting: int) -> None:
        self._hasher = PasswordHash(
            (Argon2Hasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=parallelism),)
        )
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="argon2")
        self._places = threading.BoundedSemaphore(workers + waiting)
        # Checked in place of the hash of an account that does not exist; nobody knows its password.
        self._decoy = self._hasher.hash(secrets.token_urlsafe())

    def close(self) -> None:
        """Waits for hashes in progress, drops those that wait."""
        self._threads.shutdown(cancel_futures=True)

    async def hash(self, password: str) -> str:
        """Raises Overloaded."""
        return await self._run(lambda: self._hasher.hash(password))

    async def check(self, password: str, password_hash: str | None) -> PasswordCheck:
        """Raises Overloaded."""
        matches, new_hash = await self._run(
            lambda: self._hasher.verify_and_update(password, password_hash or self._decoy)
        )
        return PasswordCheck(matches and password_hash is not None, new_hash)

    async def _run(self, work: Callable[[], _T]) -> _T:
        if not self._places.acquire(blocking=False):
            raise Overloaded(resource="password_checks", retry_after=RETRY_AFTER)
        future = self._threads.submit(work)
        # Released by the thread, not by the caller: a hash goes on when its caller has given up.
        future.add_done_callback(lambda _: self._places.release())
        return await asyncio.wrap_future(future)
