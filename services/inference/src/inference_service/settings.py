"""Settings of the inference service."""

from datetime import timedelta
from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from meshkit.settings import ServiceSettings

# Most texts in one Embed request, by the contract.
REQUEST_TEXTS = 256


class Settings(ServiceSettings):
    """Environment variables HIREMESH_INFERENCE_*."""

    model_config = SettingsConfigDict(env_prefix="HIREMESH_INFERENCE_")

    # What `python -m inference_service.weights build` wrote.
    embedder_path: Path = Path("build/embedder")
    # CPU threads that embed; each works on a batch of its own.
    threads: int = Field(default=1, ge=1)
    batch_texts: int = Field(default=32, ge=1)
    batch_window: timedelta = timedelta(milliseconds=2)
    # Texts admitted and not answered yet; callers beyond it are told to retry. Of full-window texts a thread embeds about 30 a second.
    pending_texts: int = Field(default=1024, ge=REQUEST_TEXTS)
