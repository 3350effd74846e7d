"""Options that several commands share."""

from typing import Annotated

import typer

Url = Annotated[
    str | None, typer.Option(envvar="HIREMESH_URL", help="Address of the mesh; the one on this machine without it.")
]
Token = Annotated[
    str | None, typer.Option(envvar="HIREMESH_TOKEN", help="Bearer token; a local account is used without it.")
]
