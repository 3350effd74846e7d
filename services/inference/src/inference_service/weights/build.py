"""From the published weights to a model folder."""

from pathlib import Path

from inference_service.adapters.minilm_onnx import Encoder
from inference_service.adapters.model_folder import (
    GRAPH,
    MANIFEST,
    TOKENIZER,
    Manifest,
    sha256,
)
from inference_service.weights.agreement import check_against_published, check_formats_agree
from inference_service.weights.folder import Report, is_current, recipe_digest, write_folder
from inference_service.weights.graph import BertConfig, Float32, Int8Blocks, Tensors, WeightFormat, build_graph
from inference_service.weights.source import CHECKSUMS, read_published_model

# The format is part of the id: vectors of different ids must not be compared.
MODEL_ID = "all-minilm-l6-v2-int8"
ALIASES = ("all-minilm-l6-v2",)
# `max_seq_length` of the published sentence encoder.
CONTEXT_TOKENS = 256


def build_embedder(out: Path, report: Report) -> None:
    """Builds the folder unless it is there already. Equal inputs give equal bytes."""
    recipe = recipe_digest(CHECKSUMS)
    if is_current(out, recipe):
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
    write_folder(out, {GRAPH: graph, TOKENIZER: published.tokenizer, MANIFEST: manifest.to_json().encode()})
    report(f"wrote {out}, {len(graph) / 1e6:.0f} MB")


def _serialized(tensors: Tensors, config: BertConfig, weights: WeightFormat) -> bytes:
    return build_graph(tensors, config, weights).SerializeToString(deterministic=True)
