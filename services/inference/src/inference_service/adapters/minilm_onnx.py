"""all-MiniLM-L6-v2 on onnxruntime."""

import asyncio
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor

import numpy as np
import onnxruntime
import structlog
from tokenizers import Tokenizer

from inference_service.adapters.model_folder import Manifest, ModelFolder
from inference_service.domain.model import Embedding, EmbeddingModel
from meshkit.errors import ServiceUnavailable

_log = structlog.get_logger()

ENGINE = "onnxruntime"
# Tokens of one run of the graph, padding included: attention memory grows with it, and speed does not beyond it.
RUN_TOKENS = 2048
# The longest text of a run has at most this many times the tokens of the shortest: the rest is padding that costs time.
RUN_SPREAD = 1.25


class Encoder:
    """Texts to vectors, synchronously. Threads may share it."""

    def __init__(self, graph: bytes, tokenizer: bytes, *, context_tokens: int) -> None:
        # Callers bring their own threads; the libraries' pools would multiply them.
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        self._tokenizer = Tokenizer.from_buffer(tokenizer)
        # The published file cuts at 128 tokens and pads to it.
        self._tokenizer.enable_truncation(context_tokens)
        self._tokenizer.no_padding()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])

    def encode(self, texts: Sequence[str]) -> list[Embedding]:
        """One embedding a text, in the order of the texts."""
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch_fast(list(texts))]
        vectors: list[list[float]] = [[]] * len(texts)
        for run in runs_of_similar_length([len(ids) for ids in tokens]):
            longest = len(tokens[run[-1]])
            input_ids = np.zeros((len(run), longest), dtype=np.int64)
            attention_mask = np.zeros_like(input_ids)
            for row, index in enumerate(run):
                input_ids[row, : len(tokens[index])] = tokens[index]
                attention_mask[row, : len(tokens[index])] = 1
            (embedded,) = self._session.run(None, {"input_ids": input_ids, "attention_mask": attention_mask})
            for index, vector in zip(run, embedded.tolist(), strict=True):
                vectors[index] = vector
        return [Embedding(vector, len(ids)) for vector, ids in zip(vectors, tokens, strict=True)]


def runs_of_similar_length(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Indices, shortest text first, cut into runs that bound padding and memory."""
    run: list[int] = []
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        length = lengths[index]
        if run and (length > RUN_SPREAD * lengths[run[0]] or length * (len(run) + 1) > RUN_TOKENS):
            yield run
            run = []
        run.append(index)
    if run:
        yield run


class MinilmEmbedder:
    """The encoder off the event loop, on the threads of a pool. Loading is a step of its own, because it takes time."""

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
    encoder = Encoder(folder.graph, folder.tokenizer, context_tokens=folder.manifest.context_tokens)
    # The first run of a shape allocates; both ends of the range do it here, not in somebody's call.
    encoder.encode(["warm"])
    encoder.encode(["warm " * folder.manifest.context_tokens])
    return encoder
