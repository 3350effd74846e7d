"""Writes the stubs in libs/contracts/src and the descriptor image from protos/. Run by `make proto`.

The image (all files, imports and comments) feeds buf lint, buf breaking, Envoy's transcoder and the OpenAPI document.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from google.api import http_pb2
from google.protobuf import descriptor_pb2, duration_pb2, field_mask_pb2, timestamp_pb2
from grpc_tools import protoc
from protovalidate._gen.buf.validate import validate_pb as validate  # private: the wheel ships no validate.proto

ROOT = Path(__file__).resolve().parents[2]
PROTOS = ROOT / "protos"
STUBS = ROOT / "libs/contracts/src"
VALIDATE = "buf/validate/validate.proto"
IMAGE = "hiremesh/mesh.binpb"
GENERATED_ROOTS = ("hiremesh", "buf")


def validate_descriptors() -> bytes:
    """buf/validate/validate.proto and its imports, as a FileDescriptorSet."""
    image = descriptor_pb2.FileDescriptorSet()
    for module in (descriptor_pb2, duration_pb2, field_mask_pb2, timestamp_pb2):
        module.DESCRIPTOR.CopyToProto(image.file.add())
    image.file.add().MergeFromString(validate._DESC.proto.to_binary())
    return image.SerializeToString()


def run_protoc(*arguments: str) -> None:
    """Runs protoc over protos/; exits with its status when it fails."""
    with tempfile.NamedTemporaryFile(suffix=".binpb") as validate_image:
        validate_image.write(validate_descriptors())
        validate_image.flush()
        sources = [str(path.relative_to(PROTOS)) for path in sorted(PROTOS.rglob("*.proto"))]
        sources.append(VALIDATE)
        google_protos = Path(http_pb2.__file__).parents[2], Path(protoc.__file__).parent / "_proto"
        includes = [f"-I{folder}" for folder in (PROTOS, *google_protos)]
        status = protoc.main(["protoc", f"--descriptor_set_in={validate_image.name}", *includes, *arguments, *sources])
        if status:
            sys.exit(status)


def write_image(target: Path) -> None:
    """Writes the descriptor image to `target`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    run_protoc("--include_imports", "--include_source_info", f"--descriptor_set_out={target}")


def write_stubs(target: Path) -> None:
    """Writes messages, stubs and their types below `target`."""
    for root in GENERATED_ROOTS:
        shutil.rmtree(target / root, ignore_errors=True)
    target.mkdir(parents=True, exist_ok=True)
    outputs = ("python", "mypy", "grpc_python", "mypy_grpc")
    run_protoc(*(f"--{plugin}_out={target}" for plugin in outputs))
    for root in GENERATED_ROOTS:
        if (target / root).is_dir():
            (target / root / "py.typed").touch()
    write_image(target / IMAGE)


if __name__ == "__main__":
    write_stubs(Path(sys.argv[1]).resolve())
