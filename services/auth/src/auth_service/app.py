"""Composition root: settings to adapters, use cases and the servicer."""

import secrets
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from joserfc.jwk import KeySetSerialization
from uuid_utils.compat import uuid7

from auth_service.adapters.es256 import new_signing_key, sign_claims
from auth_service.adapters.passwords import Argon2Passwords
from auth_service.adapters.store import SqlTransactions
from auth_service.convert import jwks_response
from auth_service.domain.keys import KeyPolicy
from auth_service.domain.sessions import TokenPolicy
from auth_service.ports import Clock, Passwords, Transactions
from auth_service.servicer import AuthServicer
from auth_service.settings import Settings
from auth_service.usecases import LogIn, RefreshSession, Register, RemoveExpiredSessions, SigningKeys, TokenGrants
from hiremesh.auth.v1 import auth_service_pb2, auth_service_pb2_grpc
from meshkit.database import check_database, open_database
from meshkit.errors import ServiceUnavailable
from meshkit.identity import TokenVerifier
from meshkit.jwks import to_key_set
from meshkit.lifecycle import background
from meshkit.server import Service, Servicer, run_service


def utc_now() -> datetime:
    """The clock of the machine."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Auth:
    """The service without its outside: tests wire it to fakes."""

    servicer: Servicer
    verifier: TokenVerifier
    keys: SigningKeys
    remove_expired_sessions: RemoveExpiredSessions


def compose(settings: Settings, *, transactions: Transactions, passwords: Passwords, clock: Clock) -> Auth:
    """Wires the use cases."""
    tokens = TokenPolicy(
        issuer=settings.token_issuer,
        audience=settings.token_audience,
        access_life=settings.access_token_life,
        refresh_life=settings.refresh_token_life,
    )
    key_policy = KeyPolicy(
        life=settings.signing_key_life, lead=settings.signing_key_lead, token_life=settings.access_token_life
    )
    keys = SigningKeys(transactions, new_signing_key, key_policy, clock)
    grants = TokenGrants(
        keys, tokens, sign=sign_claims, clock=clock, new_id=uuid7, new_secret=partial(secrets.token_urlsafe, 32)
    )

    async def fetch_keys() -> KeySetSerialization:
        return to_key_set(jwks_response(keys.published()))

    servicer = AuthServicer(
        register=Register(transactions, passwords, clock, uuid7),
        log_in=LogIn(transactions, passwords, grants, clock, uuid7),
        refresh=RefreshSession(transactions, grants, clock),
        keys=keys,
    )
    return Auth(
        servicer=Servicer(
            auth_service_pb2.DESCRIPTOR.services_by_name["AuthService"],
            auth_service_pb2_grpc.add_AuthServiceServicer_to_server,
            servicer,
        ),
        verifier=TokenVerifier(fetch_keys, issuer=settings.token_issuer, audience=settings.token_audience),
        keys=keys,
        remove_expired_sessions=RemoveExpiredSessions(transactions, clock),
    )


async def build(stack: AsyncExitStack, settings: Settings) -> Service:
    """The real thing. Raises WrongEncryptionSecret; a database that is away is waited for, unready."""
    engine = open_database(settings.database_url.get_secret_value(), pool_size=settings.database_pool_size)
    stack.push_async_callback(engine.dispose)
    passwords = Argon2Passwords(
        memory_kib=settings.password_memory_kib,
        time_cost=settings.password_time_cost,
        parallelism=settings.password_parallelism,
        workers=settings.password_workers,
        waiting=settings.password_waiting,
    )
    stack.callback(passwords.close)
    transactions = SqlTransactions(engine, settings.key_encryption_secret)
    auth = compose(settings, transactions=transactions, passwords=passwords, clock=utc_now)

    with suppress(ServiceUnavailable):
        await auth.keys.refresh()
    keeping_keys = auth.keys.keep_fresh(settings.signing_keys_refresh)
    await stack.enter_async_context(background("signing_keys", keeping_keys))
    sweeping = auth.remove_expired_sessions.keep_sweeping(settings.expired_sessions_sweep)
    await stack.enter_async_context(background("expired_sessions", sweeping))
    return Service(
        servicers=[auth.servicer],
        verifier=auth.verifier,
        checks={"database": partial(check_database, engine), "signing_keys": auth.keys.check},
    )


async def serve() -> None:
    """Runs the service with settings from the environment."""
    settings = Settings()
    await run_service("auth", settings, partial(build, settings=settings))
