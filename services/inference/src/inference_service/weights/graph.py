"""The BERT encoder of all-MiniLM-L6-v2 as an ONNX graph, with mean pooling and L2 normalisation inside."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from onnx import ModelProto, TensorProto, checker, helper, numpy_helper

Array = npt.NDArray[Any]
Tensors = Mapping[str, npt.NDArray[np.float32]]

OPSET = 17
CONTRIB_DOMAIN = "com.microsoft"


@dataclass(frozen=True, slots=True)
class BertConfig:
    """Shape of the encoder; the fields of its `config.json` that the graph needs."""

    num_hidden_layers: int
    num_attention_heads: int
    hidden_size: int
    layer_norm_eps: float

    @classmethod
    def from_json(cls, text: bytes) -> "BertConfig":
        """Reads a `config.json`."""
        stored = json.loads(text)
        return cls(**{field.name: stored[field.name] for field in fields(cls)})


class GraphBuilder:
    """Nodes and initializers in the order they are asked for, so that equal input gives an equal file."""

    def __init__(self) -> None:
        self._nodes: list[Any] = []
        self._initializers: list[Any] = []

    def constant(self, value: Array) -> str:
        """An initializer; returns its name."""
        name = f"c{len(self._initializers)}"
        self._initializers.append(numpy_helper.from_array(np.asarray(value, order="C"), name))
        return name

    def scalar(self, value: float) -> str:
        """A float32 initializer without dimensions."""
        return self.constant(np.array(value, dtype=np.float32))

    def node(self, operator: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """A node with one output; returns the output's name."""
        (output,) = self.nodes(operator, *inputs, outputs=1, domain=domain, **attributes)
        return output

    def nodes(self, operator: str, *inputs: str, outputs: int, domain: str = "", **attributes: Any) -> list[str]:
        """A node with several outputs; returns their names."""
        names = [f"n{len(self._nodes)}_{index}" for index in range(outputs)]
        self._nodes.append(helper.make_node(operator, inputs, names, domain=domain, **attributes))
        return names

    def model(self, output: str, dimensions: int) -> ModelProto:
        """The finished model: `input_ids` and `attention_mask` in, `embedding` out."""
        self._nodes.append(helper.make_node("Identity", [output], ["embedding"]))
        ids = helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "tokens"])
        mask = helper.make_tensor_value_info("attention_mask", TensorProto.INT64, ["batch", "tokens"])
        embedding = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", dimensions])
        graph = helper.make_graph(self._nodes, "encoder", [ids, mask], [embedding], self._initializers)
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(CONTRIB_DOMAIN, 1)]
        model = helper.make_model(graph, opset_imports=opsets, producer_name="hiremesh", ir_version=8)
        checker.check_model(model)
        return model


class WeightFormat(Protocol):
    """How weights are stored and multiplied."""

    def lookup(self, graph: GraphBuilder, table: npt.NDArray[np.float32], ids: str) -> str:
        """Rows of a table."""

    def linear(
        self, graph: GraphBuilder, x: str, weight: npt.NDArray[np.float32], bias: npt.NDArray[np.float32]
    ) -> str:
        """`x @ weight.T + bias`; weight is (outputs, inputs)."""


class Float32:
    """As published; the reference that other formats are held to."""

    def lookup(self, graph: GraphBuilder, table: npt.NDArray[np.float32], ids: str) -> str:
        """Rows of a table."""
        return graph.node("Gather", graph.constant(table), ids)

    def linear(
        self, graph: GraphBuilder, x: str, weight: npt.NDArray[np.float32], bias: npt.NDArray[np.float32]
    ) -> str:
        """`x @ weight.T + bias`."""
        return graph.node("Add", graph.node("MatMul", x, graph.constant(weight.T)), graph.constant(bias))


class Int8Blocks:
    """Eight bits a weight with a scale for each block of a row: a quarter of the size, and faster.

    Activations are quantised row by row while multiplying, not with one scale for the whole batch as ONNX's dynamic quantisation does:
    the vector of a text must not depend on the texts that happen to share its batch.
    """

    bits = 8
    # Zero point of the unsigned storage.
    offset = 128
    # Larger blocks run another kernel of onnxruntime 1.31, whose results do depend on the batch.
    block = 64
    # Multiply in int8 with quantised activations.
    accuracy_level = 4

    def lookup(self, graph: GraphBuilder, table: npt.NDArray[np.float32], ids: str) -> str:
        """Rows of a table, one scale a row."""
        scale = _scales(table)
        stored = np.rint(table / scale).astype(np.int8)
        rows = graph.node("Cast", graph.node("Gather", graph.constant(stored), ids), to=TensorProto.FLOAT)
        return graph.node("Mul", rows, graph.node("Gather", graph.constant(scale), ids))

    def linear(
        self, graph: GraphBuilder, x: str, weight: npt.NDArray[np.float32], bias: npt.NDArray[np.float32]
    ) -> str:
        """`x @ weight.T + bias`."""
        outputs, inputs = weight.shape
        blocks = weight.reshape(outputs, inputs // self.block, self.block)
        scale = _scales(blocks)
        stored = (np.rint(blocks / scale) + self.offset).astype(np.uint8)
        product = graph.node(
            "MatMulNBits",
            x,
            graph.constant(stored),
            graph.constant(scale.squeeze(-1)),
            domain=CONTRIB_DOMAIN,
            K=inputs,
            N=outputs,
            bits=self.bits,
            block_size=self.block,
            accuracy_level=self.accuracy_level,
        )
        return graph.node("Add", product, graph.constant(bias))


def _scales(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    peaks = np.max(np.abs(values), axis=-1, keepdims=True)
    return np.asarray(np.maximum(peaks / 127, np.finfo(np.float32).tiny), dtype=np.float32)


def build_graph(tensors: Tensors, config: BertConfig, weights: WeightFormat) -> ModelProto:
    """The whole encoder. Dropout and the pooler's dense layer are not part of the sentence embedding."""
    graph = GraphBuilder()
    mask = graph.node("Cast", "attention_mask", to=TensorProto.FLOAT)
    x = _embeddings(graph, tensors, config, weights)
    # Added to the attention scores: minus infinity in effect, for padding.
    spread = graph.node("Unsqueeze", mask, graph.constant(np.array([1, 2])))
    bias = graph.node("Mul", graph.node("Sub", spread, graph.scalar(1)), graph.scalar(1e4))
    for index in range(config.num_hidden_layers):
        layer = _Scope(tensors, f"encoder.layer.{index}")
        x = _attention(graph, layer, config, weights, x, bias)
        x = _feed_forward(graph, layer, config, weights, x)
    return graph.model(_pooled(graph, x, mask), config.hidden_size)


@dataclass(frozen=True, slots=True)
class _Scope:
    tensors: Tensors
    prefix: str

    def __call__(self, name: str) -> npt.NDArray[np.float32]:
        return self.tensors[f"{self.prefix}.{name}"]


def _embeddings(graph: GraphBuilder, tensors: Tensors, config: BertConfig, weights: WeightFormat) -> str:
    scope = _Scope(tensors, "embeddings")
    words = weights.lookup(graph, scope("word_embeddings.weight"), "input_ids")
    # A single text is all of segment 0, whose vector is the same for every position.
    positions = scope("position_embeddings.weight") + scope("token_type_embeddings.weight")[0]
    length = graph.node("Gather", graph.node("Shape", "input_ids"), graph.constant(np.array([1])))
    here = graph.node("Slice", graph.constant(positions), graph.constant(np.array([0])), length)
    return _layer_norm(graph, scope, config, "LayerNorm", graph.node("Add", words, here))


def _attention(graph: GraphBuilder, layer: _Scope, config: BertConfig, weights: WeightFormat, x: str, bias: str) -> str:
    heads, size = config.num_attention_heads, config.hidden_size // config.num_attention_heads
    # One product for queries, keys and values; the division by sqrt(size) of the scores is folded into the queries.
    factor = np.float32(size**-0.5)
    parts = ("query", factor), ("key", np.float32(1)), ("value", np.float32(1))
    weight = np.concatenate([layer(f"attention.self.{part}.weight") * scale for part, scale in parts])
    offset = np.concatenate([layer(f"attention.self.{part}.bias") * scale for part, scale in parts])
    shape = graph.constant(np.array([0, 0, heads, size]))
    query, key, value = (
        graph.node("Reshape", part, shape)
        for part in graph.nodes("Split", weights.linear(graph, x, weight, offset), outputs=3, axis=-1)
    )
    scores = graph.node(
        "MatMul", graph.node("Transpose", query, perm=[0, 2, 1, 3]), graph.node("Transpose", key, perm=[0, 2, 3, 1])
    )
    chances = graph.node("Softmax", graph.node("Add", scores, bias), axis=-1)
    mixed = graph.node("MatMul", chances, graph.node("Transpose", value, perm=[0, 2, 1, 3]))
    joined = graph.node(
        "Reshape", graph.node("Transpose", mixed, perm=[0, 2, 1, 3]), graph.constant(np.array([0, 0, heads * size]))
    )
    dense = weights.linear(graph, joined, layer("attention.output.dense.weight"), layer("attention.output.dense.bias"))
    return _layer_norm(graph, layer, config, "attention.output.LayerNorm", graph.node("Add", dense, x))


def _feed_forward(graph: GraphBuilder, layer: _Scope, config: BertConfig, weights: WeightFormat, x: str) -> str:
    inner = weights.linear(graph, x, layer("intermediate.dense.weight"), layer("intermediate.dense.bias"))
    outer = weights.linear(graph, _gelu(graph, inner), layer("output.dense.weight"), layer("output.dense.bias"))
    return _layer_norm(graph, layer, config, "output.LayerNorm", graph.node("Add", outer, x))


def _gelu(graph: GraphBuilder, x: str) -> str:
    # The exact form, x/2 * (1 + erf(x / sqrt 2)), in the shape that onnxruntime fuses into one kernel.
    error = graph.node("Erf", graph.node("Div", x, graph.scalar(2**0.5)))
    grown = graph.node("Mul", x, graph.node("Add", error, graph.scalar(1)))
    return graph.node("Mul", grown, graph.scalar(0.5))


def _layer_norm(graph: GraphBuilder, scope: _Scope, config: BertConfig, name: str, x: str) -> str:
    weight, bias = graph.constant(scope(f"{name}.weight")), graph.constant(scope(f"{name}.bias"))
    return graph.node("LayerNormalization", x, weight, bias, axis=-1, epsilon=config.layer_norm_eps)


def _pooled(graph: GraphBuilder, x: str, mask: str) -> str:
    """Mean over the tokens that are no padding, scaled to unit length; the count of the mean cancels out in the scaling."""
    total = graph.node("MatMul", graph.node("Unsqueeze", mask, graph.constant(np.array([1]))), x)
    vector = graph.node("Squeeze", total, graph.constant(np.array([1])))
    return graph.node("Div", vector, graph.node("ReduceL2", vector, axes=[-1], keepdims=1))
