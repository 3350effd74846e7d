"""all-MiniLM-L6-v2 on onnxruntime."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from inference_service.adapters.onnx_session import open_session, open_tokenizer
from inference_service.domain.model import Embedding

# Tokens of one run of the graph, padding included: attention memory grows with it, and speed does not beyond it.
RUN_TOKENS = 2048
# The longest text of a run has at most this many times the tokens of the shortest: the rest is padding that costs time.
RUN_SPREAD = 1.25


class Encoder:
    """Texts to vectors, synchronously. Threads may share it."""

    def __init__(self, graph: bytes | Path, tokenizer: bytes, *, context_tokens: int) -> None:
        self._tokenizer = open_tokenizer(tokenizer, context_tokens=context_tokens)
        self._session = open_session(graph)

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
