"""What `auth_service.ports.Transactions` promises, on the fake and on Postgres."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from pydantic import SecretStr
from uuid_utils.compat import uuid7

from auth_service.adapters.es256 import new_signing_key
from auth_service.adapters.store import SqlTransactions
from auth_service.domain.accounts import Account, User
from auth_service.domain.errors import EmailTaken
from auth_service.domain.sessions import RefreshToken, Session
from auth_service.ports import Transactions
from meshkit.database import open_database
from tests.support.fakes.auth import InMemoryTransactions
from tests.support.postgres import PostgresUrl

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
SECRET = SecretStr("secret-of-tests-with-32-characters")


@pytest.fixture(params=["in_memory", "postgres"])
async def transactions(request: pytest.FixtureRequest) -> AsyncIterator[Transactions]:
    if request.param == "in_memory":
        yield InMemoryTransactions()
        return
    postgres_url: PostgresUrl = request.getfixturevalue("postgres_url")
    engine = open_database(postgres_url("auth"))
    yield SqlTransactions(engine, SECRET)
    await engine.dispose()


def account(email: str = "ada@example.org") -> Account:
    return Account(User(uuid7(), email, "Ada", NOW), "hash-1")


async def session_of(transactions: Transactions, *, email: str = "ada@example.org") -> Session:
    owner = account(email)
    session = Session(uuid7(), owner.user.id, NOW)
    async with transactions() as tx:
        await tx.accounts.add(owner)
        await tx.sessions.add(session)
    return session


def token_of(session: Session, digest: bytes = b"digest", *, expires_at: datetime = LATER) -> RefreshToken:
    return RefreshToken(digest, session, expires_at)


async def stored(transactions: Transactions, digest: bytes = b"digest") -> RefreshToken | None:
    async with transactions() as tx:
        return await tx.sessions.lock_token(digest)


async def test_an_account_is_found_by_its_email(transactions: Transactions) -> None:
    ada, bob = account(), account("bob@example.org")
    async with transactions() as tx:
        await tx.accounts.add(ada)
        await tx.accounts.add(bob)
    async with transactions() as tx:
        assert await tx.accounts.find_by_email("ada@example.org") == ada
        assert await tx.accounts.find_by_email("eve@example.org") is None


async def test_an_email_is_taken_once(transactions: Transactions) -> None:
    async with transactions() as tx:
        await tx.accounts.add(account())
    with pytest.raises(EmailTaken):
        async with transactions() as tx:
            await tx.accounts.add(account())


async def test_of_two_registrations_at_once_one_wins(transactions: Transactions) -> None:
    async def register() -> UUID:
        new = account()
        async with transactions() as tx:
            await tx.accounts.add(new)
        return new.user.id

    outcomes = await asyncio.gather(*(register() for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(outcome, EmailTaken) for outcome in outcomes) == 3
    (winner,) = (outcome for outcome in outcomes if isinstance(outcome, UUID))
    async with transactions() as tx:
        found = await tx.accounts.find_by_email("ada@example.org")
    assert found is not None
    assert found.user.id == winner


async def test_a_failed_transaction_leaves_nothing(transactions: Transactions) -> None:
    async def fail() -> None:
        async with transactions() as tx:
            await tx.accounts.add(account())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    async with transactions() as tx:
        assert await tx.accounts.find_by_email("ada@example.org") is None


async def test_a_password_hash_is_replaced_only_while_it_is_the_old_one(transactions: Transactions) -> None:
    ada = account()
    async with transactions() as tx:
        await tx.accounts.add(ada)
        await tx.accounts.replace_password_hash(ada.user.id, old="hash-1", new="hash-2")
        await tx.accounts.replace_password_hash(ada.user.id, old="hash-1", new="hash-3")
    async with transactions() as tx:
        found = await tx.accounts.find_by_email("ada@example.org")
    assert found == replace(ada, password_hash="hash-2")


async def test_a_token_is_found_with_its_session(transactions: Transactions) -> None:
    session = await session_of(transactions)
    async with transactions() as tx:
        await tx.sessions.add_token(token_of(session))
    assert await stored(transactions) == token_of(session)
    assert await stored(transactions, b"other") is None


async def test_a_used_token_says_when_it_was_used(transactions: Transactions) -> None:
    session = await session_of(transactions)
    async with transactions() as tx:
        await tx.sessions.add_token(token_of(session))
        await tx.sessions.mark_used(b"digest", NOW)
    assert await stored(transactions) == replace(token_of(session), used_at=NOW)


async def test_an_ended_session_keeps_the_time_of_its_first_end(transactions: Transactions) -> None:
    session = await session_of(transactions)
    async with transactions() as tx:
        await tx.sessions.add_token(token_of(session))
        await tx.sessions.end(session.id, NOW)
        await tx.sessions.end(session.id, LATER)
    token = await stored(transactions)
    assert token is not None
    assert token.session.ended_at == NOW


@pytest.mark.parametrize("asked_for", [b"first", b"second"])
async def test_whoever_asks_for_a_token_of_a_locked_session_waits_and_sees_what_was_done(
    transactions: Transactions, asked_for: bytes
) -> None:
    session = await session_of(transactions)
    async with transactions() as tx:
        await tx.sessions.add_token(token_of(session, b"first"))
        await tx.sessions.add_token(token_of(session, b"second"))
    async with transactions() as tx:
        await tx.sessions.lock_token(b"first")
        asking = asyncio.create_task(stored(transactions, asked_for))
        # Time to get past a lock that does not hold; one that holds makes it pass in full.
        await asyncio.wait([asking], timeout=0.2)
        await tx.sessions.mark_used(b"first", NOW)
        await tx.sessions.end(session.id, NOW)
    token = await asking
    assert token is not None
    assert token.session.ended_at == NOW
    assert token.used_at == (NOW if asked_for == b"first" else None)


async def test_only_what_has_expired_is_removed(transactions: Transactions) -> None:
    old = await session_of(transactions)
    current = await session_of(transactions, email="bob@example.org")
    async with transactions() as tx:
        await tx.sessions.add_token(token_of(old, b"expired", expires_at=NOW))
        await tx.sessions.add_token(token_of(current, b"also expired", expires_at=NOW))
        await tx.sessions.add_token(token_of(current, b"valid"))
    async with transactions() as tx:
        assert await tx.sessions.remove_expired(NOW) == 2
    assert await stored(transactions, b"expired") is None
    assert await stored(transactions, b"valid") == token_of(current, b"valid")


async def test_signing_keys_come_back_in_the_order_of_their_generations(transactions: Transactions) -> None:
    first, second = new_signing_key(1, NOW), new_signing_key(2, LATER)
    async with transactions() as tx:
        await tx.signing_keys.add(second)
        await tx.signing_keys.add(first)
    async with transactions() as tx:
        assert await tx.signing_keys.all() == [first, second]


async def test_a_generation_of_signing_keys_is_added_once(transactions: Transactions) -> None:
    keys = [new_signing_key(1, NOW) for _ in range(4)]

    async def add(number: int) -> None:
        async with transactions() as tx:
            await tx.signing_keys.add(keys[number])

    await asyncio.gather(*(add(number) for number in range(4)))
    async with transactions() as tx:
        (kept,) = await tx.signing_keys.all()
    assert kept in keys


async def test_removed_signing_keys_are_gone(transactions: Transactions) -> None:
    first, second = new_signing_key(1, NOW), new_signing_key(2, LATER)
    async with transactions() as tx:
        await tx.signing_keys.add(first)
        await tx.signing_keys.add(second)
        await tx.signing_keys.remove([1])
    async with transactions() as tx:
        assert await tx.signing_keys.all() == [second]
