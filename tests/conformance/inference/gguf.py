"""Enough of the GGUF format to read SmolLM2's weights and to write a LoRA adapter for it."""

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

_SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_STRING, _ARRAY = 8, 9
F32, Q4_1, Q8_0 = 0, 3, 8
BLOCK = 32
_ALIGNMENT = 32


class GgufReader:
    """Reads a file from its beginning."""

    def __init__(self, path: Path) -> None:
        self._data = memoryview(path.read_bytes())
        self._at = 8
        tensors, fields = self._scalar("<Q"), self._scalar("<Q")
        self.fields: dict[str, Any] = {}
        for _ in range(fields):
            name = self._string()
            self.fields[name] = self._value(self._scalar("<I"))
        entries = [self._entry() for _ in range(tensors)]
        start = -(-self._at // _ALIGNMENT) * _ALIGNMENT
        self.kinds = {name: kind for name, _, kind, _ in entries}
        self.tensors = {
            name: _dequantised(self._data[start + offset :], kind, shape) for name, shape, kind, offset in entries
        }

    def _scalar(self, layout: str) -> Any:
        (value,) = struct.unpack_from(layout, self._data, self._at)
        self._at += struct.calcsize(layout)
        return value

    def _string(self) -> str:
        length = self._scalar("<Q")
        self._at += length
        return bytes(self._data[self._at - length : self._at]).decode(errors="replace")

    def _value(self, kind: int) -> Any:
        if kind == _STRING:
            return self._string()
        if kind == _ARRAY:
            inner, count = self._scalar("<I"), self._scalar("<Q")
            return [self._value(inner) for _ in range(count)]
        return self._scalar(_SCALARS[kind])

    def _entry(self) -> tuple[str, tuple[int, ...], int, int]:
        name = self._string()
        dimensions = [self._scalar("<Q") for _ in range(self._scalar("<I"))]
        return name, tuple(reversed(dimensions)), self._scalar("<I"), self._scalar("<Q")


def _dequantised(data: memoryview, kind: int, shape: tuple[int, ...]) -> Array:
    count = int(np.prod(shape))
    if kind == F32:
        return np.frombuffer(data, np.float32, count).reshape(shape)
    if kind == Q8_0:
        blocks = np.frombuffer(data, np.dtype([("scale", "<f2"), ("values", "i1", BLOCK)]), count // BLOCK)
        return (blocks["values"] * blocks["scale"].astype(np.float32)[:, None]).reshape(shape).astype(np.float32)
    if kind == Q4_1:
        layout = np.dtype([("scale", "<f2"), ("least", "<f2"), ("values", "u1", BLOCK // 2)])
        blocks = np.frombuffer(data, layout, count // BLOCK)
        values = np.concatenate([blocks["values"] & 15, blocks["values"] >> 4], axis=1).astype(np.float32)
        scale, least = (blocks[name].astype(np.float32)[:, None] for name in ("scale", "least"))
        return (values * scale + least).reshape(shape)
    raise ValueError(f"tensor type {kind}")


def write_lora(path: Path, factors: Mapping[str, tuple[Array, Array]], *, alpha: float) -> None:
    """An adapter for a Llama: weight name to its factors A (rank x in) and B (out x rank)."""
    tensors = {
        f"{name}.lora_{part}": factor for name, pair in factors.items() for part, factor in zip("ab", pair, strict=True)
    }
    strings = {"general.type": "adapter", "general.architecture": "llama", "adapter.type": "lora"}
    out = bytearray(b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(strings) + 1))
    for name, value in strings.items():
        out += _packed(name) + struct.pack("<I", _STRING) + _packed(value)
    out += _packed("adapter.lora.alpha") + struct.pack("<If", 6, alpha)
    offset = 0
    for name, tensor in tensors.items():
        out += _packed(name) + struct.pack("<IQQIQ", 2, *reversed(tensor.shape), F32, offset)
        offset += -(-tensor.nbytes // _ALIGNMENT) * _ALIGNMENT
    for tensor in tensors.values():
        out += bytes(-len(out) % _ALIGNMENT) + tensor.astype("<f4").tobytes()
    path.write_bytes(out)


def _packed(text: str) -> bytes:
    return struct.pack("<Q", len(text)) + text.encode()
