"""A mesh in this process, with its output in a log: what `hiremesh up` leaves in the background."""

import asyncio
import os
import sys

from localmesh.errors import MeshFault
from localmesh.mesh import mesh_parts
from localmesh.run import run_mesh
from localmesh.settings import read_settings


def main() -> int:
    """Gives the exit status."""
    settings = read_settings()

    try:
        asyncio.run(run_mesh(settings, make_parts=lambda folder: mesh_parts(settings, folder, os.environ)))
    except MeshFault as fault:
        print(fault, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
