"""What an operator may set at the edge, and where its neighbours are."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class EdgeSettings(BaseSettings):
    """Read from `HIREMESH_...`; every field has a safe default."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_prefix="HIREMESH_")

    # Of one user, or of one address for calls without a token. Each Envoy process counts for itself.
    rate_limit_per_minute: int = 100
    # Sites whose pages may call; comma-separated in the environment. The edge's own address is always allowed.
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = ("http://localhost:5173", "http://localhost:3000")
    # For methods whose contract names no limit: requests without files.
    default_max_request_bytes: int = 1024 * 1024

    # Largest request bodies that differ from the contract, by RPC: `SubmitParseBatch=1073741824`; comma-separated in the environment.
    request_limits: Annotated[dict[str, int], NoDecode] = Field(default_factory=dict)

    token_issuer: str = "hiremesh"  # noqa: S105  # not a secret
    token_audience: str = "hiremesh-api"  # noqa: S105  # not a secret
    # Auth publishes a key at least this long before it signs with it.
    jwks_cache: timedelta = timedelta(seconds=60)

    # Proxies in front of the edge that append to X-Forwarded-For.
    trusted_hops: int = 0
    max_connections: int = 10_000
    # OTLP collector, for example http://127.0.0.1:4317. Empty: spans are not sent; trace ids are still made and passed on.
    otlp_endpoint: str = ""

    @field_validator("request_limits", mode="before")
    @classmethod
    def _by_name(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        parts = [part.partition("=") for part in value.split(",") if part.strip()]
        return {name.strip(): number for name, _, number in parts}

    @field_validator("allowed_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(filter(None, (part.strip() for part in value.split(",")))) if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class EdgeAddresses:
    """Where the edge listens and where its services are: `host:port`, or `host:port,host:port` for replicas."""

    listen_host: str
    listen_port: int
    admin_port: int
    gateway: str
    auth: str
    matching: str
    # A path; /dev/stdout in containers.
    access_log: str

    def services(self) -> dict[str, tuple[str, ...]]:
        """The addresses of each public service by its name, the second part of its package."""
        listed = {"gateway": self.gateway, "auth": self.auth, "matching": self.matching}
        return {name: tuple(addresses.split(",")) for name, addresses in listed.items()}
