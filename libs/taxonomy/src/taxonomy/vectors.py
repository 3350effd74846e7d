"""Vectors of texts, and what is done with them here. Embeddings come from outside: this library runs no model."""

from collections.abc import Callable, Sequence
from importlib.resources import files

import numpy as np
from numpy.typing import ArrayLike, NDArray

Matrix = NDArray[np.float32]
# Texts in, a row a text out, in their order.
Embed = Callable[[Sequence[str]], ArrayLike]


def unit(rows: ArrayLike) -> Matrix:
    """The rows at length 1; rows of zeros stay."""
    matrix = np.asarray(rows, dtype=np.float32)
    lengths = np.maximum(np.linalg.norm(matrix, axis=-1, keepdims=True), 1e-9)
    result: Matrix = (matrix / lengths).astype(np.float32)
    return result


def stored(name: str) -> Matrix:
    """An array of this package's data. Raises FileNotFoundError."""
    with (files("taxonomy") / "data" / name).open("rb") as file:
        rows: NDArray[np.generic] = np.load(file, allow_pickle=False)
    return rows.astype(np.float32)
