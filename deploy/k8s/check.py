"""Renders kustomizations and holds every object to the API of Kubernetes, strictly: `python deploy/k8s/check.py [FOLDER...]`."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate
import yaml

Manifest = dict[str, Any]

# The oldest version that we support.
KUBERNETES = "1.33"
HERE = Path(__file__).resolve().parent
KUSTOMIZATIONS = (HERE / "base", *sorted((HERE / "overlays").iterdir()))
# The wheel puts it beside the interpreter, which need not be on the PATH.
_KUBECTL = Path(sys.executable).with_name("kubectl")


def render(folder: Path) -> list[Manifest]:
    """The objects of a kustomization. Raises CalledProcessError; kubectl says why on standard error."""
    rendered = subprocess.run([_KUBECTL, "kustomize", folder], stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603  # our own binary
    return list(yaml.safe_load_all(rendered.stdout))


def schema_fault(manifest: Manifest) -> str | None:
    """What is wrong with an object. Fields that the API does not know are faults too."""
    try:
        kubernetes_validate.validate(manifest, KUBERNETES, strict=True)
    except kubernetes_validate.ValidationError as fault:
        return f"{'.'.join(map(str, fault.path))}: {fault.message}"
    except kubernetes_validate.SchemaNotFoundError:
        return f"Kubernetes {KUBERNETES} knows no such kind"
    return None


def name_of(manifest: Manifest) -> str:
    """`Kind/name`."""
    return f"{manifest['kind']}/{manifest['metadata']['name']}"


def main(folders: list[Path]) -> int:
    """Exit status: 1 when there is a fault."""
    faults = 0
    for folder in folders:
        manifests = render(folder)
        for manifest in manifests:
            if fault := schema_fault(manifest):
                faults += 1
                print(f"{folder}: {name_of(manifest)}: {fault}", file=sys.stderr)
        print(f"{folder}: {len(manifests)} objects, held to Kubernetes {KUBERNETES}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main([Path(folder) for folder in sys.argv[1:]] or list(KUSTOMIZATIONS)))
