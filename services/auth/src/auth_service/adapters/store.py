"""The stores, in Postgres. What is personal or secret is sealed here and opened here."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from pydantic import SecretStr
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

import meshkit.database
from auth_service.adapters.tables import refresh_tokens, sessions, signing_keys, users
from auth_service.domain.accounts import Account, User
from auth_service.domain.errors import EmailTaken
from auth_service.domain.keys import SigningKey
from auth_service.domain.sessions import RefreshToken, Session
from meshkit.encryption import Cipher


class WrongEncryptionSecret(Exception):
    """The stored keys were sealed with another secret, or tampered with."""

    def __init__(self) -> None:
        super().__init__(
            "HIREMESH_AUTH_KEY_ENCRYPTION_SECRET does not open the stored signing keys: they were sealed with another one"
        )


class SqlAccountStore:
    """The real `AccountStore`."""

    def __init__(self, connection: AsyncConnection, cipher: Cipher) -> None:
        self._connection = connection
        self._cipher = cipher

    async def add(self, account: Account) -> None:
        """Raises EmailTaken."""
        user = account.user
        statement = insert(users).values(
            id=user.id,
            email_sealed=self._cipher.encrypt(user.email.encode(), context=f"email of {user.id}"),
            email_index=self._cipher.index(user.email),
            name_sealed=self._cipher.encrypt(user.name.encode(), context=f"name of {user.id}"),
            password_hash=account.password_hash,
            created_at=user.created_at,
        )
        unless_taken = statement.on_conflict_do_nothing(index_elements=[users.c.email_index])
        if (await self._connection.execute(unless_taken.returning(users.c.id))).first() is None:
            raise EmailTaken

    async def find_by_email(self, email: str) -> Account | None:
        """By the keyed hash: equal addresses have equal ones."""
        query = sa.select(users).where(users.c.email_index == self._cipher.index(email))
        row = (await self._connection.execute(query)).first()
        if row is None:
            return None
        user = User(
            id=row.id,
            email=self._cipher.decrypt(row.email_sealed, context=f"email of {row.id}").decode(),
            name=self._cipher.decrypt(row.name_sealed, context=f"name of {row.id}").decode(),
            created_at=row.created_at,
        )
        return Account(user, row.password_hash)

    async def replace_password_hash(self, user_id: UUID, *, old: str, new: str) -> None:
        """Compares and sets in one statement."""
        statement = sa.update(users).where(users.c.id == user_id, users.c.password_hash == old)
        await self._connection.execute(statement.values(password_hash=new))


class SqlSessionStore:
    """The real `SessionStore`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, session: Session) -> None:
        """Starts a session."""
        values = {
            "id": session.id,
            "user_id": session.user_id,
            "started_at": session.started_at,
            "ended_at": session.ended_at,
        }
        await self._connection.execute(sa.insert(sessions).values(values))

    async def add_token(self, token: RefreshToken) -> None:
        """Adds a token to the session that it names."""
        values = {
            "digest": token.digest,
            "session_id": token.session.id,
            "expires_at": token.expires_at,
            "used_at": token.used_at,
        }
        await self._connection.execute(sa.insert(refresh_tokens).values(values))

    async def lock_token(self, digest: bytes) -> RefreshToken | None:
        """Locks both rows: after a wait, Postgres reads again only the rows that it locks."""
        query = (
            sa.select(refresh_tokens, sessions)
            .join(sessions)
            .where(refresh_tokens.c.digest == digest)
            .with_for_update()
        )
        row = (await self._connection.execute(query)).first()
        if row is None:
            return None
        session = Session(row.id, row.user_id, row.started_at, row.ended_at)
        return RefreshToken(row.digest, session, row.expires_at, row.used_at)

    async def mark_used(self, digest: bytes, now: datetime) -> None:
        """The token cannot be used again."""
        statement = sa.update(refresh_tokens).where(refresh_tokens.c.digest == digest)
        await self._connection.execute(statement.values(used_at=now))

    async def end(self, session_id: UUID, now: datetime) -> None:
        """The time of the first end is kept."""
        statement = sa.update(sessions).where(sessions.c.id == session_id, sessions.c.ended_at.is_(None))
        await self._connection.execute(statement.values(ended_at=now))

    async def remove_expired(self, now: datetime) -> int:
        """Tokens first: their sessions are those without any that is left."""
        tokens = sa.delete(refresh_tokens).where(refresh_tokens.c.expires_at <= now)
        removed = await self._connection.execute(tokens)
        # A session gets its first token in the transaction that starts it, so nobody sees a living one without any.
        alive = sa.exists().where(refresh_tokens.c.session_id == sessions.c.id)
        await self._connection.execute(sa.delete(sessions).where(~alive))
        return removed.rowcount


class SqlSigningKeyStore:
    """The real `SigningKeyStore`."""

    def __init__(self, connection: AsyncConnection, cipher: Cipher) -> None:
        self._connection = connection
        self._cipher = cipher

    async def all(self) -> Sequence[SigningKey]:
        """Raises WrongEncryptionSecret."""
        rows = await self._connection.execute(sa.select(signing_keys).order_by(signing_keys.c.generation))
        return [
            SigningKey(
                row.generation, row.kid, row.x, row.y, self._open(row.private_key_sealed, row.kid), row.signs_from
            )
            for row in rows
        ]

    async def add(self, key: SigningKey) -> None:
        """Waits for a replica that is adding the same generation."""
        statement = insert(signing_keys).values(
            generation=key.generation,
            kid=key.kid,
            x=key.x,
            y=key.y,
            private_key_sealed=self._cipher.encrypt(key.private_key, context=key.kid),
            signs_from=key.signs_from,
        )
        await self._connection.execute(statement.on_conflict_do_nothing(index_elements=[signing_keys.c.generation]))

    def _open(self, sealed: bytes, kid: str) -> bytes:
        try:
            return self._cipher.decrypt(sealed, context=kid)
        except InvalidTag:
            raise WrongEncryptionSecret from None

    async def remove(self, generations: Sequence[int]) -> None:
        """Removes keys for good."""
        await self._connection.execute(sa.delete(signing_keys).where(signing_keys.c.generation.in_(generations)))


class SqlTransaction:
    """The real `Transaction`."""

    def __init__(self, connection: AsyncConnection, *, account_cipher: Cipher, key_cipher: Cipher) -> None:
        self.accounts = SqlAccountStore(connection, account_cipher)
        self.sessions = SqlSessionStore(connection)
        self.signing_keys = SqlSigningKeyStore(connection, key_cipher)


class SqlTransactions:
    """The real `Transactions`. `secret` seals what the tables must not tell."""

    def __init__(self, engine: AsyncEngine, secret: SecretStr) -> None:
        self._begin = meshkit.database.SqlTransactions(engine)
        self._account_cipher = Cipher(secret, purpose="accounts")
        self._key_cipher = Cipher(secret, purpose="signing keys")

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[SqlTransaction]:
        """Raises ServiceUnavailable."""
        async with self._begin() as connection:
            yield SqlTransaction(connection, account_cipher=self._account_cipher, key_cipher=self._key_cipher)
