"""The real hasher, with the least parameters that it takes."""

import asyncio
import threading
from collections.abc import Callable, Iterator

import pytest

from auth_service.adapters.passwords import Argon2Passwords
from auth_service.ports import PasswordCheck
from meshkit.errors import Overloaded

MakePasswords = Callable[..., Argon2Passwords]


@pytest.fixture
def make() -> Iterator[MakePasswords]:
    made: list[Argon2Passwords] = []

    def make(*, memory_kib: int = 8192, workers: int = 1, waiting: int = 4) -> Argon2Passwords:
        made.append(
            Argon2Passwords(memory_kib=memory_kib, time_cost=1, parallelism=1, workers=workers, waiting=waiting)
        )
        return made[-1]

    yield make
    for passwords in made:
        passwords.close()


async def test_a_password_matches_its_own_hash_only(make: MakePasswords) -> None:
    passwords = make()
    kept = await passwords.hash("correct horse")
    assert kept.startswith("$argon2id$")
    assert await passwords.check("correct horse", kept) == PasswordCheck(matches=True)
    assert await passwords.check("wrong horse", kept) == PasswordCheck(matches=False)


async def test_equal_passwords_have_different_hashes(make: MakePasswords) -> None:
    passwords = make()
    assert await passwords.hash("correct horse") != await passwords.hash("correct horse")


async def test_a_hash_of_older_parameters_is_replaced_when_the_password_is_right(make: MakePasswords) -> None:
    old = await make(memory_kib=8192).hash("correct horse")
    passwords = make(memory_kib=9216)
    right = await passwords.check("correct horse", old)
    assert right.matches
    assert right.new_hash is not None
    assert "m=9216" in right.new_hash
    assert await passwords.check("wrong horse", old) == PasswordCheck(matches=False)


async def test_an_unknown_account_costs_one_hash_of_the_same_parameters(
    make: MakePasswords, monkeypatch: pytest.MonkeyPatch
) -> None:
    passwords = make()
    checked: list[str] = []
    verify = passwords._hasher.verify_and_update

    def spy(password: str, password_hash: str) -> tuple[bool, str | None]:
        checked.append(password_hash)
        return verify(password, password_hash)

    monkeypatch.setattr(passwords._hasher, "verify_and_update", spy)
    assert await passwords.check("any password", None) == PasswordCheck(matches=False)
    kept = await passwords.hash("correct horse")
    (decoy,) = checked
    assert decoy.split("$")[:4] == kept.split("$")[:4]


async def test_the_event_loop_turns_while_a_password_is_hashed_and_the_queue_is_bounded(
    make: MakePasswords, monkeypatch: pytest.MonkeyPatch
) -> None:
    passwords = make(workers=1, waiting=1)
    go = threading.Event()
    hash_now = passwords._hasher.hash

    def hash_later(password: str) -> str:
        go.wait(30)
        return hash_now(password)

    monkeypatch.setattr(passwords._hasher, "hash", hash_later)
    running, waiting = (asyncio.create_task(passwords.hash("correct horse")) for _ in range(2))
    await asyncio.sleep(0)
    with pytest.raises(Overloaded) as refused:
        await passwords.hash("correct horse")
    assert refused.value.retry_after is not None
    # A caller that gives up leaves the queue only when its hash does.
    running.cancel()
    await asyncio.wait([running])
    with pytest.raises(Overloaded):
        await passwords.hash("correct horse")
    go.set()
    await waiting
    await passwords.hash("there is room again")
