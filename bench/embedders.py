"""The embedding models that title and skill matching are measured and trained with, as plain functions over texts."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inference_service.adapters.minilm_onnx import Encoder as MinilmEncoder
from inference_service.adapters.model_folder import read_model_folder
from inference_service.adapters.onnx_embedder import Encoder
from inference_service.adapters.use_onnx import UseEncoder

Matrix = NDArray[np.float32]
Embed = Callable[[Sequence[str]], Matrix]

MINILM = "all-minilm-l6-v2-int8"
MULTILINGUAL = "use-multilingual-3-int8"

MINILM_FOLDER = Path(__file__).resolve().parents[1] / "build/embedder"
MULTILINGUAL_FOLDER = Path(__file__).resolve().parents[1] / "build/multilingual"


def remembering(embed: Embed) -> Embed:
    """The same function, which computes each text once."""
    known: dict[str, NDArray[np.float32]] = {}

    def embed_new(texts: Sequence[str]) -> Matrix:
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            known.update(zip(new, embed(new), strict=True))
        return np.stack([known[text] for text in texts])

    return embed_new


def minilm() -> Embed:
    """all-MiniLM-L6-v2 as the inference service runs it; 384 dimensions."""
    folder = read_model_folder(MINILM_FOLDER)
    return _embed(MinilmEncoder(folder.graph, folder.tokenizer, context_tokens=folder.manifest.context_tokens))


def multilingual() -> Embed:
    """Universal sentence encoder, 16 languages, 512 dimensions, as the inference service runs it."""
    folder = read_model_folder(MULTILINGUAL_FOLDER)
    return _embed(UseEncoder(folder.graph, folder.tokenizer, context_tokens=folder.manifest.context_tokens))


def _embed(encoder: Encoder) -> Embed:
    def embed(texts: Sequence[str]) -> Matrix:
        return np.array([embedding.values for embedding in encoder.encode(texts)], dtype=np.float32)

    return embed
