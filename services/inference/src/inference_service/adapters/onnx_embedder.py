"""Embedders on onnxruntime, off the event loop."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from typing import Protocol

import structlog

from inference_service.adapters.minilm_onnx import Encoder as MinilmEncoder
from inference_service.adapters.model_folder import Manifest, ModelFolder
from inference_service.adapters.use_onnx import UseEncoder
from inference_service.domain.model import Embedding, EmbeddingModel
from meshkit.errors import ServiceUnavailable

_log = structlog.get_logger()

ENGINE = "onnxruntime"


class Encoder(Protocol):
    """Texts to vectors, synchronously. Threads may share it."""

    def encode(self, texts: Sequence[str]) -> Sequence[Embedding]:
        """One embedding a text, in the order of the texts."""
        ...


# By the manifest's name for it.
ENCODERS: Mapping[str, Callable[..., Encoder]] = {"minilm": MinilmEncoder, "use": UseEncoder}


class OnnxEmbedder:
    """An encoder off the event loop, on the threads of a pool. Loading is a step of its own, because it takes time."""

    def __init__(self, manifest: Manifest, pool: Executor) -> None:
        self.model = EmbeddingModel(
            id=manifest.id,
            aliases=manifest.aliases,
            engine=ENGINE,
            dimensions=manifest.dimensions,
            context_tokens=manifest.context_tokens,
        )
        self._pool = pool
        self._encoder: Encoder | None = None

    async def load(self, folder: ModelFolder) -> None:
        """Loads and warms the model."""
        started = time.perf_counter()
        loop = asyncio.get_running_loop()
        self._encoder = await loop.run_in_executor(self._pool, _warm_encoder, folder)
        _log.info("embedder_loaded", model=self.model.id, seconds=round(time.perf_counter() - started, 3))

    async def check_ready(self) -> None:
        """Readiness check. Raises ServiceUnavailable until the model is warm."""
        self._loaded()

    async def embed(self, texts: Sequence[str]) -> Sequence[Embedding]:
        """As the port says. A caller that is cancelled leaves at once; a run that has begun ends on its thread, unseen."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._loaded().encode, texts)

    def _loaded(self) -> Encoder:
        if self._encoder is None:
            raise ServiceUnavailable(service="inference")
        return self._encoder


def _warm_encoder(folder: ModelFolder) -> Encoder:
    new_encoder = ENCODERS[folder.manifest.encoder]
    encoder = new_encoder(folder.graph, folder.tokenizer, context_tokens=folder.manifest.context_tokens)
    # The first run of a shape allocates; both ends of the range do it here, not in somebody's call.
    encoder.encode(["warm"])
    encoder.encode(["warm " * folder.manifest.context_tokens])
    return encoder
