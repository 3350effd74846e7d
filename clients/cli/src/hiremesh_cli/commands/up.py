"""`hiremesh up`."""

import asyncio
import os
from typing import Annotated

import typer

from hiremesh_cli.console import notes, results
from hiremesh_cli.mesh_display import MeshDisplay
from localmesh.control import start_in_background
from localmesh.settings import read_settings


def up(
    foreground: Annotated[
        bool, typer.Option("--foreground", help="Stay, show what happens, and stop the mesh with Ctrl-C.")
    ] = False,
) -> None:
    """Start the mesh on this machine; returns when everything is healthy."""
    settings = read_settings()
    with MeshDisplay() as display:
        if foreground:
            # Only the process that supervises needs these.
            from localmesh.mesh import mesh_parts
            from localmesh.run import run_mesh

            notes.print(f"Starting the mesh at {settings.address}; Ctrl-C stops it.")
            asyncio.run(
                run_mesh(
                    settings, make_parts=lambda folder: mesh_parts(settings, folder, os.environ), show=display.show
                )
            )
            return
        start_in_background(settings, display.show)
    results.print(f"Data and logs: {settings.data}", markup=False, soft_wrap=True)
    results.print("Next: [bold]hiremesh parse FILE[/bold], [bold]hiremesh status[/bold], [bold]hiremesh down[/bold]")
