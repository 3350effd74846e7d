"""Settings of matching; environment prefix `HIREMESH_MATCHING_`."""

from datetime import timedelta

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from meshkit import settings as chassis

_PREFIX = "HIREMESH_MATCHING_"


class DatabaseSettings(chassis.DatabaseSettings):
    """All that the migration step needs."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX)


class Settings(chassis.ServiceSettings):
    """Read once at start."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX)

    # postgresql+asyncpg://USER:PASSWORD@HOST:PORT/DATABASE
    database_url: SecretStr
    database_pool_size: int = Field(default=10, ge=1)
    nats_url: str
    auth_target: str
    gateway_target: str
    inference_target: str
    parser_target: str

    # Signs page tokens and encrypts kept analyses; losing it loses them.
    encryption_secret: SecretStr

    # A resume to analyse of 16 MB, and room for its form.
    max_message_bytes: int = 17 * 1024 * 1024

    # An answer does without the semantic component when its embedding takes longer.
    embedding_timeout: timedelta = Field(default=timedelta(seconds=5), gt=timedelta(0))
    # An analysis is worded by templates when a model takes longer.
    wording_timeout: timedelta = Field(default=timedelta(seconds=20), gt=timedelta(0))
    # An unknown resume that is younger than this is on its way: RESUME_NOT_READY instead of NOT_FOUND.
    arrival_grace: timedelta = Field(default=timedelta(seconds=30), ge=timedelta(0))
    # Events handled at a time.
    consumer_concurrency: int = Field(default=8, ge=1)
    # Between looks for matches that are a day old and jobs that expired.
    sweep_interval: timedelta = Field(default=timedelta(minutes=1), gt=timedelta(0))
