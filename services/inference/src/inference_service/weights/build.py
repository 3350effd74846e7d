"""From the published weights to a model folder."""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from inference_service.adapters.minilm_onnx import Encoder
from inference_service.adapters.model_folder import (
    GRAPH,
    MANIFEST,
    TOKENIZER,
    BrokenModelFolder,
    Manifest,
    read_model_folder,
    sha256,
)
from inference_service.weights.agreement import check_against_published, check_formats_agree
from inference_service.weights.graph import BertConfig, Float32, Int8Blocks, Tensors, WeightFormat, build_graph
from inference_service.weights.source import CHECKSUMS, read_published_model

# The format is part of the id: vectors of different ids must not be compared.
MODEL_ID = "all-minilm-l6-v2-int8"
ALIASES = ("all-minilm-l6-v2",)
# `max_seq_length` of the published sentence encoder.
CONTEXT_TOKENS = 256

Report = Callable[[str], None]


def build_embedder(out: Path, report: Report) -> None:
    """Builds the folder unless it is there already. Equal inputs give equal bytes."""
    recipe = recipe_digest()
    if _is_current(out, recipe):
        report(f"{out} is up to date")
        return
    report("reading the published weights")
    published = read_published_model()
    config = BertConfig.from_json(published.config)

    def encoder(graph: bytes) -> Encoder:
        return Encoder(graph, published.tokenizer, context_tokens=CONTEXT_TOKENS)

    report("building the graph in float32, the reference")
    reference = encoder(_serialized(published.tensors, config, Float32()))
    difference = check_against_published(reference)
    report(f"agrees with the published vector to {difference:.0e}")
    report("building the graph in int8")
    graph = _serialized(published.tensors, config, Int8Blocks())
    cosine = check_formats_agree(reference, encoder(graph))
    report(f"agrees with float32: least cosine {cosine:.4f}")
    manifest = Manifest(
        id=MODEL_ID,
        aliases=ALIASES,
        dimensions=config.hidden_size,
        context_tokens=CONTEXT_TOKENS,
        recipe=recipe,
        files={GRAPH: sha256(graph), TOKENIZER: sha256(published.tokenizer)},
    )
    _write(out, {GRAPH: graph, TOKENIZER: published.tokenizer, MANIFEST: manifest.to_json().encode()})
    report(f"wrote {out}, {len(graph) / 1e6:.0f} MB")


def recipe_digest() -> str:
    """Changes with everything that the result depends on: weights, this code, the libraries that write the graph."""
    digest = hashlib.sha256(json.dumps(CHECKSUMS, sort_keys=True).encode())
    for module in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(module.read_bytes())
    for package in ("numpy", "onnx", "onnxruntime"):
        digest.update(f"{package}=={version(package)}".encode())
    return digest.hexdigest()


def _is_current(folder: Path, recipe: str) -> bool:
    try:
        return read_model_folder(folder).manifest.recipe == recipe
    except BrokenModelFolder:
        return False


def _serialized(tensors: Tensors, config: BertConfig, weights: WeightFormat) -> bytes:
    return build_graph(tensors, config, weights).SerializeToString(deterministic=True)


def _write(out: Path, files: dict[str, bytes]) -> None:
    """Puts complete files in place one by one; the manifest comes last, so that an interrupted build is never taken for a good one."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix=".build-") as scratch:
        for name, content in files.items():
            (Path(scratch) / name).write_bytes(content)
        for name in files:
            os.replace(Path(scratch) / name, out / name)
