"""llama.cpp's server in a process of its own: `python -m inference_service.adapters.llama_server`, started by `llama_cpp`.

A fault in native code ends this process and not the service. It reads its configuration from the first line of standard input and ends
when that closes, so it cannot outlive its parent.
"""

import json
import os
import sys
from dataclasses import asdict, dataclass, field

READY = "ready"


@dataclass(frozen=True, slots=True)
class LlamaServerConfig:
    """What the server needs to know."""

    model: str
    # Path of the Unix socket that it listens on, or an address.
    host: str
    api_key: str
    # Calls at a time; each has the whole window.
    slots: int
    context_tokens: int
    threads: int
    gpu_layers: int = 0
    port: int = 0
    # LoRA adapters in GGUF format, in the order of their ids.
    adapters: tuple[str, ...] = field(default=())

    def to_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "LlamaServerConfig":
        """What `to_json` wrote."""
        stored = json.loads(text)
        return cls(**stored | {"adapters": tuple(stored["adapters"])})


def serve(config: LlamaServerConfig) -> None:
    """Serves until standard input closes."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = config.model
    params.n_parallel = config.slots
    params.n_ctx = config.slots * config.context_tokens
    params.cpuparams.n_threads = config.threads
    params.cpuparams_batch.n_threads = config.threads
    params.n_gpu_layers = config.gpu_layers
    params.hostnames = [config.host]
    params.port = config.port
    params.api_keys = [config.api_key]
    params.ui = False
    # Prompts are personal data: none in the log, none kept in memory beyond the slots.
    params.verbosity = -1
    params.cache_ram_mib = 0
    # Adapters apply to the calls that name them, to no others.
    params.lora_init_without_apply = True
    adapters = []
    for path in config.adapters:
        adapter = xllamacpp.CommonAdapterLoraInfo()
        adapter.path = path
        adapter.scale = 1.0
        adapters.append(adapter)
    params.lora_adapters = adapters
    server = xllamacpp.Server(params)  # noqa: F841  # serves while it is referenced
    print(READY, flush=True)
    sys.stdin.read()
    # Its destructor waits for connections that nobody closes any more.
    os._exit(0)


if __name__ == "__main__":
    serve(LlamaServerConfig.from_json(sys.stdin.readline()))
