"""Settings of the inference service."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from meshkit.settings import ServiceSettings

# Most texts in one Embed request, by the contract.
REQUEST_TEXTS = 256
_NAME = r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$"


class _Part(BaseModel):
    model_config = {"frozen": True, "extra": "forbid", "hide_input_in_errors": True}


class PriceSettings(_Part):
    """US dollars a million tokens."""

    input: float = Field(default=0.0, ge=0)
    cached: float | None = Field(default=None, ge=0)
    output: float = Field(default=0.0, ge=0)


class _Engine(_Part):
    """What every engine that writes has."""

    id: str = Field(pattern=_NAME)
    context_tokens: int = Field(default=4096, ge=64)
    default_max_tokens: int = Field(default=512, ge=1)
    price: PriceSettings = PriceSettings()
    # Calls that wait while the engine is full; those beyond are told to retry.
    max_waiting: int = Field(default=64, ge=0)


class LlamaCppSettings(_Engine):
    """A GGUF file on llama.cpp."""

    engine: Literal["llama_cpp"]
    path: Path
    # Calls at a time; each has a window of its own in memory.
    max_running: int = Field(default=4, ge=1)
    # More than the CPUs that are really free make it slower, not faster.
    threads: int = Field(default=1, ge=1)
    gpu_layers: int = Field(default=0, ge=-1)
    # LoRA adapters in GGUF format, by the names that callers use.
    adapters: dict[str, Path] = {}


class OpenAiSettings(_Engine):
    """A model of a server that speaks the OpenAI protocol."""

    engine: Literal["openai"]
    # Up to and with the version, for example https://api.mistral.ai/v1
    base_url: str = Field(pattern=r"^https?://")
    # The server's name for it; empty: the id.
    model: str = ""
    api_key_file: Path | None = None
    max_running: int = Field(default=32, ge=1)
    connect_timeout: timedelta = timedelta(seconds=5)
    # Longest wait for the first token, and for each next.
    silence_timeout: timedelta = timedelta(seconds=60)
    # Adapters that the server serves as models of these names.
    adapters: tuple[str, ...] = ()


class VllmSettings(_Engine):
    """A model on vLLM in this process, on GPUs."""

    engine: Literal["vllm"]
    # Folder with weights, configuration and tokenizer, or a name in the local cache.
    path: str
    max_running: int = Field(default=256, ge=1)
    tensor_parallel_size: int = Field(default=1, ge=1)
    dtype: str = "auto"
    gpu_memory_utilization: float = Field(default=0.9, gt=0, le=1)
    quantization: str | None = None
    # `dummy`: random weights of the configuration's shape, for benches.
    load_format: str = "auto"
    enforce_eager: bool = False
    # LoRA adapters in PEFT format, by the names that callers use.
    adapters: dict[str, Path] = {}
    max_lora_rank: int = Field(default=16, ge=1)

    def engine_options(self) -> dict[str, object]:
        """Those that go to vLLM under the names that it has for them."""
        names = (
            "tensor_parallel_size",
            "dtype",
            "gpu_memory_utilization",
            "quantization",
            "load_format",
            "enforce_eager",
        )
        options = {name: getattr(self, name) for name in names}
        return options | ({"max_lora_rank": self.max_lora_rank} if self.adapters else {})


EngineSettings = Annotated[LlamaCppSettings | OpenAiSettings | VllmSettings, Field(discriminator="engine")]


class Settings(ServiceSettings):
    """Environment variables HIREMESH_INFERENCE_*."""

    model_config = SettingsConfigDict(env_prefix="HIREMESH_INFERENCE_")

    # What `python -m inference_service.weights build` wrote.
    embedder_path: Path = Path("build/embedder")
    # Folders of further embedding models, as a JSON list; calls name them by their ids.
    more_embedders: tuple[Path, ...] = ()
    # CPU threads that embed; each works on a batch of its own.
    threads: int = Field(default=1, ge=1)
    batch_texts: int = Field(default=32, ge=1)
    batch_window: timedelta = timedelta(milliseconds=2)
    # Texts admitted and not answered yet; callers beyond it are told to retry. Of full-window texts a thread embeds about 30 a second.
    pending_texts: int = Field(default=1024, ge=REQUEST_TEXTS)
    embedder_price: PriceSettings = PriceSettings()

    # Engines that write, as a JSON list. None is a legal state: callers use their built-in path.
    engines: tuple[EngineSettings, ...] = ()
    # Aliases and the engines to try for them, in this order, as JSON: {"default": ["local", "remote"]}. Calls that name none use `default`.
    routes: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    # An engine that failed so often in a row is left alone for so long.
    breaker_failures: int = Field(default=3, ge=1)
    breaker_rest: timedelta = timedelta(seconds=15)

    # Shortest time between two messages of a stream: tokens that come faster travel together. The first message and the last never wait.
    stream_interval: timedelta = Field(default=timedelta(milliseconds=20), ge=timedelta(0))

    # Folder of versioned prompts: NAME/vN/prompt.md and schema.json.
    prompts_path: Path = Path("prompts")

    # What a tenant may spend in a month, in US dollars; for some tenants another amount, as JSON.
    monthly_budget_usd: float | None = Field(default=None, ge=0)
    tenant_budgets_usd: dict[str, float] = Field(default_factory=dict)
    # Where instances share their usage totals (a JetStream key-value bucket). Empty: totals of this process only, until it ends.
    nats_url: SecretStr = SecretStr("")

    # Streams may take as long as the contract allows.
    drain_grace: timedelta = timedelta(seconds=120)

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        ids = [engine.id for engine in self.engines]
        if len(set(ids)) != len(ids):
            raise ValueError("engines: ids must differ")
        if unknown := {id_ for chain in self.routes.values() for id_ in chain} - set(ids):
            raise ValueError(f"routes: no engine is called {', '.join(sorted(unknown))}")
        if empty := [name for name, chain in self.routes.items() if not chain]:
            raise ValueError(f"routes: {', '.join(empty)} leads nowhere")
        return self
