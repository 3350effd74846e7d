"""Who calls: the principal behind a token, and how tokens are verified."""

import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization

from meshkit.errors import DomainError, InvalidToken

ALGORITHM = "ES256"
MESH_TOKEN_HEADER = "x-mesh-token"  # noqa: S105  # the header's name
LEEWAY_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller whose token was verified."""

    user_id: str
    tenant: str
    scopes: frozenset[str]


_principal: ContextVar[Principal] = ContextVar("principal")
_token: ContextVar[str] = ContextVar("token")


def set_current_principal(principal: Principal, token: str) -> None:
    """Binds the caller and their token to the call in progress. Only the auth interceptor calls this."""
    _principal.set(principal)
    _token.set(token)


def current_principal() -> Principal:
    """The caller of the RPC in progress, for servicers; use cases get it as an argument. Raises InvalidToken for public calls."""
    try:
        return _principal.get()
    except LookupError:
        raise InvalidToken from None


def current_token() -> str | None:
    """The verified token of the caller, for calls to other services on their behalf. None for calls of the mesh and of anybody."""
    return _token.get(None)


class TokenVerifier:
    """Verifies access tokens offline against a key set that is fetched once and again when a token names an unknown key."""

    # A stranger's tokens with invented key ids must not turn into a stream of fetches.
    refetch_seconds = 10.0
    # A key that auth no longer publishes is trusted no longer than this; less than auth publishes a key before it signs.
    max_age_seconds = 300.0

    def __init__(self, fetch_keys: Callable[[], Awaitable[KeySetSerialization]], *, issuer: str, audience: str) -> None:
        self._fetch_keys = fetch_keys
        self._keys: KeySet | None = None
        self._fetched_at = float("-inf")
        self._claims = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            sub={"essential": True},
            exp={"essential": True},
        )

    async def verify(self, token: str) -> Principal:
        """The principal of a token. Raises InvalidToken, whatever the fault is: callers learn nothing from it."""
        try:
            return self._decode(token, await self._known_keys())
        except JoseError:
            if time.monotonic() - self._fetched_at < self.refetch_seconds:
                raise InvalidToken from None
        # The keys may have rotated since they were fetched.
        try:
            return self._decode(token, await self._fetch())
        except JoseError:
            raise InvalidToken from None

    async def _known_keys(self) -> KeySet:
        if self._keys is None:
            return await self._fetch()
        if time.monotonic() - self._fetched_at > self.max_age_seconds:
            with suppress(DomainError):  # auth is away: the known keys stay
                return await self._fetch()
        return self._keys

    async def _fetch(self) -> KeySet:
        self._fetched_at = time.monotonic()
        self._keys = KeySet.import_key_set(await self._fetch_keys())
        return self._keys

    def _decode(self, token: str, keys: KeySet) -> Principal:
        try:
            decoded = jwt.decode(token, keys, algorithms=[ALGORITHM])
            self._claims.validate(decoded.claims)
        except (ValueError, TypeError) as fault:  # joserfc lets these through for malformed segments
            raise InvalidToken from fault
        claims = decoded.claims
        return Principal(
            user_id=str(claims["sub"]),
            tenant=str(claims.get("tenant", claims["sub"])),
            scopes=frozenset(_words(claims.get("scope", ""))),
        )


def _words(scope: object) -> Sequence[str]:
    return scope.split() if isinstance(scope, str) else ()
