"""Settings of gateway; environment prefix `HIREMESH_GATEWAY_`."""

from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import AliasChoices, Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from meshkit import settings as chassis

_PREFIX = "HIREMESH_GATEWAY_"


class DatabaseSettings(chassis.DatabaseSettings):
    """What the migration step needs."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX)


def _shared(name: str, default: Any) -> Any:
    """A setting that is also read under the name that everybody else gives it."""
    return Field(default=default, validation_alias=AliasChoices(_PREFIX + name, name))


class Settings(chassis.ServiceSettings):
    """What the service needs."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX)

    database_url: SecretStr
    nats_url: str
    auth_target: str
    parser_target: str
    # Asked for the figures of models only. Empty: there is none.
    inference_target: str = ""

    # Encrypts stored resumes and documents; losing it loses them.
    encryption_secret: SecretStr

    # Documents larger than this are refused (seed 002: 10 MB).
    max_document_bytes: int = 10 * 1024 * 1024
    # A result answers for the same bytes, of the same owner, this long (seed 002: 4 hours).
    cache_lifetime: timedelta = timedelta(hours=4)

    # Where documents lie. Several replicas need S3, or a folder that they share.
    storage_type: Literal["local", "s3"] = _shared("STORAGE_TYPE", "local")
    storage_folder: Path = Path("documents")
    aws_bucket_name: str = _shared("AWS_BUCKET_NAME", "")
    aws_region: str = _shared("AWS_REGION", "us-east-1")
    # S3 servers other than Amazon's, for example http://127.0.0.1:8333.
    aws_endpoint_url: str | None = _shared("AWS_ENDPOINT_URL", None)
    aws_access_key_id: str | None = _shared("AWS_ACCESS_KEY_ID", None)
    aws_secret_access_key: SecretStr | None = _shared("AWS_SECRET_ACCESS_KEY", None)

    # Jobs that may be open at a time; more are refused with TOO_MANY_JOBS.
    max_open_jobs_per_user: int = Field(default=100, ge=1)
    max_open_jobs: int = Field(default=10_000, ge=1)
    # The same for files of batches, which wait behind all other jobs.
    max_open_batch_files_per_user: int = Field(default=2_000, ge=1)
    max_open_batch_files: int = Field(default=20_000, ge=1)
    # What one batch may hold: files, and bytes of all of them unpacked.
    max_batch_files: int = Field(default=1_000, ge=1)
    max_batch_bytes: int = 512 * 1024 * 1024
    too_many_jobs_retry_after: timedelta = timedelta(seconds=10)
    # What a job is taken to last until some have ended.
    usual_job_duration: timedelta = timedelta(seconds=15)
    # Workers that may end, or fail for no fault of the document, before a job is given up.
    max_job_attempts: int = Field(default=5, ge=1)
    # A job in a worker's hands of which nothing is heard this long is queued again.
    job_lost_after: timedelta = timedelta(seconds=60)
    # A job that waits this long is queued again, should the broker have lost it.
    job_forgotten_after: timedelta = timedelta(minutes=5)

    # How long things are kept; none: until their owner removes them.
    document_retention: timedelta | None = None
    resume_retention: timedelta | None = None
    job_retention: timedelta = timedelta(days=30)
    # Uploads that nothing refers to: not accepted in the end, or of failed jobs.
    released_document_retention: timedelta = timedelta(minutes=10)
    upkeep_interval: timedelta = timedelta(seconds=15)

    max_webhooks_per_user: int = Field(default=10, ge=1)
    webhook_timeout: timedelta = timedelta(seconds=10)
    # Before each next call of a webhook that failed; after the last the delivery has failed.
    webhook_retry_delays: tuple[timedelta, ...] = (
        timedelta(seconds=5),
        timedelta(seconds=30),
        timedelta(minutes=2),
        timedelta(minutes=10),
        timedelta(hours=1),
        timedelta(hours=6),
    )
    # For tests and closed networks only: webhooks may be at addresses inside, and without TLS.
    webhook_private_addresses: bool = False
    # How long what was sent to webhooks can be listed.
    webhook_delivery_retention: timedelta = timedelta(days=7)

    @model_validator(mode="after")
    def _check_storage(self) -> "Settings":
        if self.storage_type == "s3" and not self.aws_bucket_name:
            raise ValueError("AWS_BUCKET_NAME is needed when STORAGE_TYPE is s3")
        return self
