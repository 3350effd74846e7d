"""The graph against BERT written down a second time, in float64 and without tricks."""

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import onnxruntime
import pytest

from inference_service.weights.graph import BertConfig, Float32, Int8Blocks, WeightFormat, build_graph

CONFIG = BertConfig(num_hidden_layers=2, num_attention_heads=4, hidden_size=128, layer_norm_eps=1e-12)
VOCABULARY, POSITIONS, INNER = 50, 16, 256

Array = npt.NDArray[np.float64]


@pytest.fixture(scope="module")
def tensors() -> dict[str, npt.NDArray[np.float32]]:
    random = np.random.default_rng(7)

    def draw(*shape: int) -> npt.NDArray[np.float32]:
        return random.normal(0, 0.3, shape).astype(np.float32)

    hidden = CONFIG.hidden_size
    drawn = {
        "embeddings.word_embeddings.weight": draw(VOCABULARY, hidden),
        "embeddings.position_embeddings.weight": draw(POSITIONS, hidden),
        "embeddings.token_type_embeddings.weight": draw(2, hidden),
    }
    norms = ["embeddings.LayerNorm"]
    for index in range(CONFIG.num_hidden_layers):
        layer = f"encoder.layer.{index}"
        dense = {f"attention.self.{part}": (hidden, hidden) for part in ("query", "key", "value")}
        dense |= {
            "attention.output.dense": (hidden, hidden),
            "intermediate.dense": (INNER, hidden),
            "output.dense": (hidden, INNER),
        }
        for name, (outputs, inputs) in dense.items():
            drawn[f"{layer}.{name}.weight"] = draw(outputs, inputs)
            drawn[f"{layer}.{name}.bias"] = draw(outputs)
        norms += [f"{layer}.attention.output.LayerNorm", f"{layer}.output.LayerNorm"]
    for name in norms:
        drawn[f"{name}.weight"] = 1 + draw(hidden)
        drawn[f"{name}.bias"] = draw(hidden)
    return drawn


def bert(tensors: dict[str, npt.NDArray[np.float32]], ids: list[int]) -> Array:
    """The sentence vector of one text."""

    def get(name: str) -> Array:
        return tensors[name].astype(np.float64)

    def dense(name: str, x: Array) -> Array:
        return np.asarray(x @ get(f"{name}.weight").T + get(f"{name}.bias"))

    def norm(name: str, x: Array) -> Array:
        centred = x - x.mean(-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + CONFIG.layer_norm_eps)
        return np.asarray(scaled * get(f"{name}.weight") + get(f"{name}.bias"))

    gelu: Callable[[Array], Array] = np.vectorize(lambda x: 0.5 * x * (1 + math.erf(x / math.sqrt(2))))
    x = get("embeddings.word_embeddings.weight")[ids]
    x = x + get("embeddings.position_embeddings.weight")[: len(ids)]
    x = norm("embeddings.LayerNorm", x + get("embeddings.token_type_embeddings.weight")[0])
    size = CONFIG.hidden_size // CONFIG.num_attention_heads
    for index in range(CONFIG.num_hidden_layers):
        layer = f"encoder.layer.{index}"
        query, key, value = (dense(f"{layer}.attention.self.{part}", x) for part in ("query", "key", "value"))
        heads = []
        for start in range(0, CONFIG.hidden_size, size):
            part = slice(start, start + size)
            scores = np.exp(query[:, part] @ key[:, part].T / math.sqrt(size))
            heads.append(scores / scores.sum(-1, keepdims=True) @ value[:, part])
        attended = dense(f"{layer}.attention.output.dense", np.concatenate(heads, axis=-1))
        x = norm(f"{layer}.attention.output.LayerNorm", x + attended)
        inner = gelu(dense(f"{layer}.intermediate.dense", x))
        x = norm(f"{layer}.output.LayerNorm", x + dense(f"{layer}.output.dense", inner))
    mean = x.mean(0)
    return np.asarray(mean / np.linalg.norm(mean))


@pytest.mark.parametrize(("weights", "least_cosine"), [(Float32(), 0.999999), (Int8Blocks(), 0.999)])
def test_the_graph_computes_bert_with_mean_pooling_and_unit_length_whatever_the_padding(
    tensors: dict[str, npt.NDArray[np.float32]], weights: WeightFormat, least_cosine: float
) -> None:
    texts = [[1, 9, 30, 2], [1, 2], [1, *range(20, 34), 2]]
    ids = np.array([text + [0] * (POSITIONS - len(text)) for text in texts])
    mask = np.array([[1] * len(text) + [0] * (POSITIONS - len(text)) for text in texts])
    session = onnxruntime.InferenceSession(
        build_graph(tensors, CONFIG, weights).SerializeToString(), providers=["CPUExecutionProvider"]
    )
    (vectors,) = session.run(None, {"input_ids": ids, "attention_mask": mask})
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    for text, vector in zip(texts, vectors, strict=True):
        assert bert(tensors, text) @ vector > least_cosine


def test_equal_weights_give_equal_bytes(tensors: dict[str, npt.NDArray[np.float32]]) -> None:
    first, second = (build_graph(tensors, CONFIG, Int8Blocks()).SerializeToString(deterministic=True) for _ in range(2))
    assert first == second
