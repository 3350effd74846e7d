"""`hiremesh`: run the mesh, parse files, match them with jobs."""

import sys

import typer

from hiremesh_cli.commands import dlq, down, logs, match, parse, status, up
from hiremesh_cli.console import fail
from hiremesh_cli.faults import EdgeFault
from localmesh.errors import MeshFault

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
for command in (up.up, down.down, status.status, logs.logs, parse.parse, match.match):
    app.command()(command)
app.add_typer(dlq.app, name="dlq")


def main() -> None:
    """Entry point. A fault that its user can act on is told in its own words, without a stack trace."""
    try:
        app()
    except (MeshFault, EdgeFault) as fault:
        fail(str(fault))
        sys.exit(1)


if __name__ == "__main__":
    main()
