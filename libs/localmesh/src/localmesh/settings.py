"""What a user may choose about the mesh on this machine."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from localmesh.errors import InvalidSetting
from localmesh.replicas import parse_replicas


def repository() -> Path | None:
    """The checkout that this module runs from. None when it was installed as a wheel."""
    return next((folder for folder in Path(__file__).resolve().parents if (folder / "buf.yaml").exists()), None)


def default_data_folder() -> Path:
    """`.hiremesh` of the checkout, or of the home folder without one."""
    return (repository() or Path.home()) / ".hiremesh"


def default_embedder_path() -> Path:
    """Where `python -m inference_service.weights build` leaves the embedding model."""
    return (repository() or default_data_folder()) / "build" / "embedder"


class MeshSettings(BaseSettings):
    """Read from the environment: `EDGE_PORT` and `HIREMESH_...`."""

    model_config = SettingsConfigDict(env_prefix="HIREMESH_", frozen=True)

    # Databases, logs, secrets and state of this mesh.
    data: Path = Field(default_factory=default_data_folder)
    # The public port: REST, gRPC and grpc-web.
    edge_port: int = Field(default=8000, validation_alias="EDGE_PORT", ge=1, le=65535)
    edge_host: str = "127.0.0.1"
    # For one component to become healthy.
    start_timeout: timedelta = timedelta(seconds=90)
    # For one component to end when asked; then it is killed.
    stop_timeout: timedelta = timedelta(seconds=20)
    # Processes of a service or of the edge, `parser=3,gateway=2` in the environment. One of each by default.
    replicas: Annotated[dict[str, int], NoDecode] = Field(default_factory=dict)

    @field_validator("replicas", mode="before")
    @classmethod
    def _parse_replicas(cls, value: object) -> object:
        return parse_replicas(value) if isinstance(value, str) else value

    @property
    def address(self) -> str:
        """Where clients find the mesh."""
        return f"http://localhost:{self.edge_port}"


def read_settings() -> MeshSettings:
    """Raises InvalidSetting."""
    try:
        return MeshSettings()
    except ValidationError as fault:
        first = fault.errors()[0]
        name = str(first["loc"][0])
        raise InvalidSetting(name if name.isupper() else f"HIREMESH_{name.upper()}", first["msg"]) from fault
