"""A model on disk: its files and the manifest that vouches for them."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

MANIFEST = "manifest.json"
GRAPH = "model.onnx"
TOKENIZER = "tokenizer.json"


class BrokenModelFolder(Exception):
    """The folder does not hold what its manifest says, or no manifest."""

    def __init__(self, folder: Path, fault: str) -> None:
        super().__init__(f"{folder}: {fault}; `python -m inference_service.weights --help` tells how to build it")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a model folder holds."""

    id: str
    aliases: tuple[str, ...]
    dimensions: int
    context_tokens: int
    # Digest of the weights and the code that made the folder.
    recipe: str
    # File name to SHA-256, in hexadecimal.
    files: Mapping[str, str]
    # Which code runs the graph: `minilm` or `use`.
    encoder: str = "minilm"

    def to_json(self) -> str:
        """As written to disk."""
        return json.dumps(asdict(self), indent=2) + "\n"


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A manifest and the files it vouches for. The graph stays where it is: read from there, it takes half the memory."""

    manifest: Manifest
    graph: Path
    tokenizer: bytes


def read_model_folder(folder: Path) -> ModelFolder:
    """Reads everything and checks it. Raises BrokenModelFolder."""
    try:
        stored = json.loads((folder / MANIFEST).read_bytes())
        manifest = Manifest(**stored | {"aliases": tuple(stored["aliases"])})
        contents = {name: (folder / name).read_bytes() for name in (GRAPH, TOKENIZER)}
    except FileNotFoundError as fault:
        raise BrokenModelFolder(folder, f"{Path(fault.filename).name} is missing") from fault
    except (ValueError, TypeError, KeyError) as fault:
        raise BrokenModelFolder(folder, f"{MANIFEST} is not readable") from fault
    for name, content in contents.items():
        if manifest.files.get(name) != sha256(content):
            raise BrokenModelFolder(folder, f"{name} is damaged")
    return ModelFolder(manifest, folder / GRAPH, contents[TOKENIZER])


def sha256(content: bytes) -> str:
    """In hexadecimal."""
    return hashlib.sha256(content).hexdigest()
