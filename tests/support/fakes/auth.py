"""Auth without Postgres and without Argon2."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from auth_service.domain.accounts import Account
from auth_service.domain.errors import EmailTaken
from auth_service.domain.keys import SigningKey
from auth_service.domain.sessions import RefreshToken, Session
from auth_service.ports import PasswordCheck


@dataclass
class _Rows:
    accounts: dict[UUID, Account] = field(default_factory=dict)
    sessions: dict[UUID, Session] = field(default_factory=dict)
    tokens: dict[bytes, RefreshToken] = field(default_factory=dict)
    keys: dict[int, SigningKey] = field(default_factory=dict)


class InMemoryAccountStore:
    def __init__(self, rows: _Rows) -> None:
        self._rows = rows

    async def add(self, account: Account) -> None:
        if await self.find_by_email(account.user.email) is not None:
            raise EmailTaken
        self._rows.accounts[account.user.id] = account

    async def find_by_email(self, email: str) -> Account | None:
        return next((account for account in self._rows.accounts.values() if account.user.email == email), None)

    async def replace_password_hash(self, user_id: UUID, *, old: str, new: str) -> None:
        account = self._rows.accounts.get(user_id)
        if account is not None and account.password_hash == old:
            self._rows.accounts[user_id] = replace(account, password_hash=new)


class InMemorySessionStore:
    def __init__(self, rows: _Rows) -> None:
        self._rows = rows

    async def add(self, session: Session) -> None:
        self._rows.sessions[session.id] = session

    async def add_token(self, token: RefreshToken) -> None:
        self._rows.tokens[token.digest] = token

    async def lock_token(self, digest: bytes) -> RefreshToken | None:
        token = self._rows.tokens.get(digest)
        return token and replace(token, session=self._rows.sessions[token.session.id])

    async def mark_used(self, digest: bytes, now: datetime) -> None:
        self._rows.tokens[digest] = replace(self._rows.tokens[digest], used_at=now)

    async def end(self, session_id: UUID, now: datetime) -> None:
        session = self._rows.sessions[session_id]
        if session.ended_at is None:
            self._rows.sessions[session_id] = replace(session, ended_at=now)

    async def remove_expired(self, now: datetime) -> int:
        expired = [digest for digest, token in self._rows.tokens.items() if token.expires_at <= now]
        for digest in expired:
            del self._rows.tokens[digest]
        alive = {token.session.id for token in self._rows.tokens.values()}
        self._rows.sessions = {key: session for key, session in self._rows.sessions.items() if key in alive}
        return len(expired)


class InMemorySigningKeyStore:
    def __init__(self, rows: _Rows) -> None:
        self._rows = rows

    async def all(self) -> Sequence[SigningKey]:
        return [self._rows.keys[generation] for generation in sorted(self._rows.keys)]

    async def add(self, key: SigningKey) -> None:
        self._rows.keys.setdefault(key.generation, key)

    async def remove(self, generations: Sequence[int]) -> None:
        for generation in generations:
            self._rows.keys.pop(generation, None)


class InMemoryTransaction:
    def __init__(self, rows: _Rows) -> None:
        self.accounts = InMemoryAccountStore(rows)
        self.sessions = InMemorySessionStore(rows)
        self.signing_keys = InMemorySigningKeyStore(rows)


class InMemoryTransactions:
    """One at a time; a failing one leaves everything as it was."""

    def __init__(self) -> None:
        self._rows = _Rows()
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[InMemoryTransaction]:
        async with self._turn:
            draft = deepcopy(self._rows)
            yield InMemoryTransaction(draft)
            self._rows = draft


class PlainPasswords:
    """Hashes that tell everything, at once. `generation` stands for the parameters."""

    def __init__(self) -> None:
        self.generation = 1

    async def hash(self, password: str) -> str:
        return f"{self.generation}:{password}"

    async def check(self, password: str, password_hash: str | None) -> PasswordCheck:
        generation, _, kept = (password_hash or ":").partition(":")
        if password_hash is None or kept != password:
            return PasswordCheck(matches=False)
        outdated = generation != str(self.generation)
        return PasswordCheck(matches=True, new_hash=await self.hash(password) if outdated else None)
