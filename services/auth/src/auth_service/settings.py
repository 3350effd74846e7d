"""Settings of auth, from the environment."""

from datetime import timedelta
from typing import Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from meshkit import settings as base

_PREFIX = "HIREMESH_AUTH_"


class DatabaseSettings(base.DatabaseSettings):
    """All that the migration step needs."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX)


class Settings(base.ServiceSettings):
    """Read once at start."""

    # Errors would quote what was set: secrets.
    model_config = SettingsConfigDict(env_prefix=_PREFIX)

    # postgresql+asyncpg://USER:PASSWORD@HOST:PORT/DATABASE
    database_url: SecretStr
    database_pool_size: int = Field(default=10, ge=1)
    # Seals private keys, e-mail addresses and names. Losing it loses them.
    key_encryption_secret: SecretStr = Field(min_length=32)

    access_token_life: timedelta = Field(default=timedelta(minutes=15), gt=timedelta(0))
    refresh_token_life: timedelta = Field(default=timedelta(days=30), gt=timedelta(0))

    # How long a key signs, and how long it is published before it does: longer than any verifier caches the key set.
    signing_key_life: timedelta = Field(default=timedelta(days=30), gt=timedelta(0))
    signing_key_lead: timedelta = Field(default=timedelta(minutes=15), gt=timedelta(0))
    signing_keys_refresh: timedelta = Field(default=timedelta(seconds=30), gt=timedelta(0))
    expired_sessions_sweep: timedelta = Field(default=timedelta(hours=1), gt=timedelta(0))

    # Argon2id; the defaults are the second choice of RFC 9106 §4. Stored hashes follow at the next login.
    password_memory_kib: int = Field(default=64 * 1024, ge=8 * 1024)
    password_time_cost: int = Field(default=3, ge=1)
    password_parallelism: int = Field(default=4, ge=1)
    # Hashes at a time, each with the memory above; and how many more may wait.
    password_workers: int = Field(default=2, ge=1)
    password_waiting: int = Field(default=32, ge=0)

    @model_validator(mode="after")
    def _keys_are_published_in_time(self) -> Self:
        if not self.signing_keys_refresh < self.signing_key_lead < self.signing_key_life:
            raise ValueError("signing_keys_refresh < signing_key_lead < signing_key_life must hold")
        return self
