"""Settings of gateway; environment prefix `HIREMESH_GATEWAY_`."""

from datetime import timedelta

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from meshkit import settings as chassis

_PREFIX = "HIREMESH_GATEWAY_"


class DatabaseSettings(chassis.DatabaseSettings):
    """What the migration step needs."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX)


class Settings(chassis.ServiceSettings):
    """What the service needs."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX)

    database_url: SecretStr
    nats_url: str
    auth_target: str
    parser_target: str

    # Encrypts stored resumes; losing it loses them.
    encryption_secret: SecretStr

    # Documents larger than this are refused (seed 002: 10 MB).
    max_document_bytes: int = 10 * 1024 * 1024
    # A result answers for the same bytes, of the same owner, this long (seed 002: 4 hours).
    cache_lifetime: timedelta = timedelta(hours=4)
