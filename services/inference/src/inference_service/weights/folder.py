"""Model folders as a build leaves them."""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path

from inference_service.adapters.model_folder import BrokenModelFolder, read_model_folder

Report = Callable[[str], None]


def recipe_digest(sources: object) -> str:
    """Changes with everything that a folder depends on: what it is made from, this code, the libraries that write the graph."""
    digest = hashlib.sha256(json.dumps(sources, sort_keys=True).encode())
    for module in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(module.read_bytes())
    for package in ("numpy", "onnx", "onnxruntime", "tokenizers"):
        digest.update(f"{package}=={version(package)}".encode())
    return digest.hexdigest()


def is_current(folder: Path, recipe: str) -> bool:
    """Whether the folder is whole and was made by this recipe."""
    try:
        return read_model_folder(folder).manifest.recipe == recipe
    except BrokenModelFolder:
        return False


def write_folder(out: Path, files: Mapping[str, bytes]) -> None:
    """Puts complete files in place one by one; the manifest comes last, so that an interrupted build is never taken for a good one."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix=".build-") as scratch:
        for name, content in files.items():
            (Path(scratch) / name).write_bytes(content)
        for name in files:
            os.replace(Path(scratch) / name, out / name)
