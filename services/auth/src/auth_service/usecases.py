"""What callers can do: register, log in, stay logged in; and what keeps the service going: fresh keys, no dead sessions."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from auth_service.domain.accounts import Account, User, normalise_email
from auth_service.domain.errors import InvalidCredentials, RefreshTokenReused
from auth_service.domain.keys import KeyPolicy, KeyRing, SigningKey
from auth_service.domain.passwords import normalise_password, require_strong
from auth_service.domain.sessions import (
    Redemption,
    RefreshToken,
    Session,
    TokenPair,
    TokenPolicy,
    access_claims,
    redeem,
    token_digest,
)
from auth_service.ports import Clock, NewId, NewKey, NewSecret, Passwords, SignClaims, Transaction, Transactions
from meshkit.errors import InvalidToken, ServiceUnavailable

_log = structlog.get_logger()

# Until the keys are read for the first time, they are asked for this often.
FIRST_KEYS_RETRY = timedelta(seconds=1)


class SigningKeys:
    """The key ring of this replica: a copy of the stored one, rotated when it is time."""

    def __init__(self, transactions: Transactions, new_key: NewKey, policy: KeyPolicy, clock: Clock) -> None:
        self._transactions = transactions
        self._new_key = new_key
        self._policy = policy
        self._clock = clock
        self._ring = KeyRing(())

    def signer(self) -> SigningKey:
        """The key to sign with now. Raises ServiceUnavailable before the first `refresh`."""
        signer = self._ring.signer(self._clock())
        if signer is None:
            raise ServiceUnavailable(service="The signing key")
        return signer

    def published(self) -> Sequence[SigningKey]:
        """The keys that verifiers need, the signing one first. Raises ServiceUnavailable before the first `refresh`."""
        self.signer()
        return self._ring.published(self._clock())

    async def refresh(self) -> None:
        """Reads the stored keys; adds the next one when it is due, removes those that nothing needs any more."""
        now = self._clock()
        async with self._transactions() as tx:
            ring = KeyRing(await tx.signing_keys.all())
            due = ring.next_generation(self._policy, now)
            expired = ring.expired(self._policy, now)
            if due is not None:
                await tx.signing_keys.add(self._new_key(*due))
            if expired:
                await tx.signing_keys.remove([key.generation for key in expired])
            if due is not None or expired:
                ring = KeyRing(await tx.signing_keys.all())
        if due is not None:
            _log.info("signing_key_published", generation=due[0], signs_from=due[1].isoformat())
        self._ring = ring

    async def keep_fresh(self, interval: timedelta) -> None:
        """Refreshes for ever. A replica must read new keys well within the lead that they are published with."""
        while True:
            await asyncio.sleep((interval if self._ring.keys else min(interval, FIRST_KEYS_RETRY)).total_seconds())
            await _survive("signing_keys_refresh", self.refresh)

    async def check(self) -> None:
        """Health check: raises ServiceUnavailable while there is no key."""
        self.signer()


class TokenGrants:
    """Hands out pairs of tokens."""

    def __init__(
        self,
        keys: SigningKeys,
        policy: TokenPolicy,
        *,
        sign: SignClaims,
        clock: Clock,
        new_id: NewId,
        new_secret: NewSecret,
    ) -> None:
        self._keys = keys
        self._policy = policy
        self._sign = sign
        self._clock = clock
        self._new_id = new_id
        self._new_secret = new_secret

    async def issue(self, tx: Transaction, session: Session) -> TokenPair:
        """The next pair of a session."""
        now = self._clock()
        refresh_token = self._new_secret()
        kept = RefreshToken(token_digest(refresh_token), session, expires_at=now + self._policy.refresh_life)
        await tx.sessions.add_token(kept)
        claims = access_claims(session.user_id, token_id=self._new_id(), policy=self._policy, now=now)
        return TokenPair(self._sign(claims, self._keys.signer()), refresh_token, self._policy.access_life)


@dataclass(frozen=True, slots=True)
class Register:
    """Creates an account."""

    transactions: Transactions
    passwords: Passwords
    clock: Clock
    new_id: NewId

    async def __call__(self, *, email: str, password: str, name: str) -> User:
        """Raises PasswordTooWeak, EmailTaken, Overloaded."""
        user = User(self.new_id(), normalise_email(email), name.strip(), self.clock())
        password = normalise_password(password)
        require_strong(password, email=user.email, name=user.name)
        account = Account(user, await self.passwords.hash(password))
        async with self.transactions() as tx:
            await tx.accounts.add(account)
        _log.info("user_registered", user=str(user.id))
        return user


@dataclass(frozen=True, slots=True)
class LogIn:
    """Exchanges e-mail and password for the first token pair of a new session."""

    transactions: Transactions
    passwords: Passwords
    grants: TokenGrants
    clock: Clock
    new_id: NewId

    async def __call__(self, *, email: str, password: str) -> TokenPair:
        """Raises InvalidCredentials, Overloaded."""
        async with self.transactions() as tx:
            account = await tx.accounts.find_by_email(normalise_email(email))
        # No transaction is open during the slow part: connections are scarcer than time.
        check = await self.passwords.check(normalise_password(password), account.password_hash if account else None)
        if account is None or not check.matches:
            raise InvalidCredentials
        session = Session(self.new_id(), account.user.id, started_at=self.clock())
        async with self.transactions() as tx:
            if check.new_hash is not None:
                await tx.accounts.replace_password_hash(account.user.id, old=account.password_hash, new=check.new_hash)
            await tx.sessions.add(session)
            pair = await self.grants.issue(tx, session)
        _log.info("session_started", user=str(account.user.id), session=str(session.id))
        return pair


@dataclass(frozen=True, slots=True)
class RefreshSession:
    """Exchanges a refresh token for the next pair of its session. Each works once."""

    transactions: Transactions
    grants: TokenGrants
    clock: Clock

    async def __call__(self, refresh_token: str) -> TokenPair:
        """Raises InvalidToken, and RefreshTokenReused for a second use, which ends the session."""
        now = self.clock()
        digest = token_digest(refresh_token)
        async with self.transactions() as tx:
            token = await tx.sessions.lock_token(digest)
            redemption = redeem(token, now)
            if token is not None and redemption is Redemption.GRANTED:
                await tx.sessions.mark_used(digest, now)
                return await self.grants.issue(tx, token.session)
            if token is not None and redemption is Redemption.REUSED:
                await tx.sessions.end(token.session.id, now)
        # Raised outside of the transaction: the end of the session has to stay.
        if token is not None and redemption is Redemption.REUSED:
            _log.warning("refresh_token_reused", user=str(token.session.user_id), session=str(token.session.id))
            raise RefreshTokenReused
        raise InvalidToken


@dataclass(frozen=True, slots=True)
class RemoveExpiredSessions:
    """Deletes what can no longer be used. Used tokens stay until they expire: their reuse has to be noticed."""

    transactions: Transactions
    clock: Clock

    async def __call__(self) -> None:
        """One sweep. Several replicas may sweep at once."""
        async with self.transactions() as tx:
            removed = await tx.sessions.remove_expired(self.clock())
        if removed:
            _log.info("expired_sessions_removed", tokens=removed)

    async def keep_sweeping(self, interval: timedelta) -> None:
        """Sweeps for ever."""
        while True:
            await asyncio.sleep(interval.total_seconds())
            await _survive("expired_sessions_removal", self)


async def _survive(work: str, step: Callable[[], Awaitable[None]]) -> None:
    """A step that fails is logged and done again next time: the loop around it must outlive any fault."""
    try:
        await step()
    except Exception as fault:
        _log.error("recurring_work_failed", work=work, kind=type(fault).__name__)
