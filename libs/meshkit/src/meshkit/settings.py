"""Settings that every service has. A service adds its own in a subclass with its environment prefix."""

from datetime import timedelta

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

# Messages about a bad setting must not quote it: it may be a secret.
CONFIG = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class ServiceSettings(BaseSettings):
    """Read once at start, passed on as values. Every field has a safe default or is required."""

    model_config = CONFIG

    host: str = "127.0.0.1"
    port: int
    metrics_port: int

    # Proves that a caller belongs to the mesh. Services refuse mesh-only methods to callers without it.
    mesh_token: SecretStr
    token_issuer: str = "hiremesh"  # noqa: S105  # not a secret
    token_audience: str = "hiremesh-api"  # noqa: S105  # not a secret

    # OTLP collector, for example http://127.0.0.1:4317. Empty: no traces.
    otlp_endpoint: str = ""
    log_level: str = "info"

    max_concurrent_rpcs: int = 200
    # Largest message in either direction: a 10 MB document and room for its form.
    max_message_bytes: int = 16 * 1024 * 1024
    # From NOT_SERVING to the end of accepting, so that load balancers notice.
    drain_delay: timedelta = timedelta(0)
    # For calls in flight to finish after that.
    drain_grace: timedelta = timedelta(seconds=10)


class DatabaseSettings(BaseSettings):
    """For the migration step, which needs nothing else. Services with a database subclass it with their environment prefix."""

    model_config = CONFIG

    # postgresql+asyncpg://USER:PASSWORD@HOST:PORT/DATABASE
    database_url: SecretStr
