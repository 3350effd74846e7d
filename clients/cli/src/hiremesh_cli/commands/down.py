"""`hiremesh down`."""

from hiremesh_cli.console import notes, results
from localmesh.control import stop
from localmesh.errors import NotRunning
from localmesh.settings import read_settings


def down() -> None:
    """Stop the mesh and wait until nothing of it is left."""
    try:
        with notes.status("Stopping the mesh"):
            stop(read_settings())
    except NotRunning as fault:
        results.print(str(fault), markup=False, soft_wrap=True)
    else:
        results.print("The mesh is down. Its data is kept.")
