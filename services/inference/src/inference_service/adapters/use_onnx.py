"""Google's multilingual universal sentence encoder on onnxruntime."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from inference_service.adapters.onnx_session import open_session, open_tokenizer
from inference_service.domain.model import Embedding


class UseEncoder:
    """Texts to vectors, synchronously. Threads may share it."""

    def __init__(self, graph: bytes | Path, tokenizer: bytes, *, context_tokens: int) -> None:
        self._tokenizer = open_tokenizer(tokenizer, context_tokens=context_tokens)
        self._session = open_session(graph)

    def encode(self, texts: Sequence[str]) -> list[Embedding]:
        """One embedding a text, in the order of the texts."""
        return [self._embedding(encoding.ids) for encoding in self._tokenizer.encode_batch_fast(list(texts))]

    def _embedding(self, ids: Sequence[int]) -> Embedding:
        """A run a text: the graph's int8 takes one scale for a whole batch, and a text's vector would depend on its neighbours."""
        tokens, splits = np.array(ids, dtype=np.int32), np.array([0, len(ids)], dtype=np.int64)
        (embedded,) = self._session.run(None, {"tokens": tokens, "row_splits": splits})
        vector = embedded[0] / np.linalg.norm(embedded[0])
        return Embedding(vector.tolist(), len(ids))
