"""What auth needs of the outside."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from auth_service.domain.accounts import Account
from auth_service.domain.keys import SigningKey
from auth_service.domain.sessions import RefreshToken, Session

Clock = Callable[[], datetime]
NewId = Callable[[], UUID]
# A random text of at least 256 bits.
NewSecret = Callable[[], str]
# A key of a generation that signs from a time on.
NewKey = Callable[[int, datetime], SigningKey]
SignClaims = Callable[[Mapping[str, object], SigningKey], str]


class AccountStore(Protocol):
    """Users and their credentials."""

    async def add(self, account: Account) -> None:
        """Raises EmailTaken."""

    async def find_by_email(self, email: str) -> Account | None:
        """The account of a normalised e-mail address."""

    async def replace_password_hash(self, user_id: UUID, *, old: str, new: str) -> None:
        """Does nothing when the hash is no longer the old one: the password was changed meanwhile."""


class SessionStore(Protocol):
    """Sessions and their refresh tokens."""

    async def add(self, session: Session) -> None:
        """Starts a session."""

    async def add_token(self, token: RefreshToken) -> None:
        """Adds a token to the session that it names."""

    async def lock_token(self, digest: bytes) -> RefreshToken | None:
        """The token of a digest. Others that ask for a token of its session wait until this transaction ends."""

    async def mark_used(self, digest: bytes, now: datetime) -> None:
        """The token cannot be used again."""

    async def end(self, session_id: UUID, now: datetime) -> None:
        """No token of the session can be used again. The time of the first end is kept."""

    async def remove_expired(self, now: datetime) -> int:
        """Removes expired tokens and the sessions that are left without any; returns how many tokens."""


class SigningKeyStore(Protocol):
    """Signing keys; how they are protected at rest is the store's business."""

    async def all(self) -> Sequence[SigningKey]:
        """By generation."""

    async def add(self, key: SigningKey) -> None:
        """Does nothing when another replica has added a key of this generation."""

    async def remove(self, generations: Sequence[int]) -> None:
        """Removes keys for good."""


class Transaction(Protocol):
    """The stores, in one transaction."""

    @property
    def accounts(self) -> AccountStore: ...
    @property
    def sessions(self) -> SessionStore: ...
    @property
    def signing_keys(self) -> SigningKeyStore: ...


class Transactions(Protocol):
    """`async with transactions() as tx:` commits at the end, rolls back on errors. Raises ServiceUnavailable."""

    def __call__(self) -> AbstractAsyncContextManager[Transaction]: ...


@dataclass(frozen=True, slots=True)
class PasswordCheck:
    """Whether a password is right, and the hash to keep from now on when the old one is of outdated parameters."""

    matches: bool
    new_hash: str | None = None


class Passwords(Protocol):
    """Slow hashing. Both raise Overloaded when too many passwords are waiting."""

    async def hash(self, password: str) -> str:
        """A salted hash that names its own parameters."""

    async def check(self, password: str, password_hash: str | None) -> PasswordCheck:
        """Takes as long without a hash, and never matches: an unknown account looks like a wrong password."""
