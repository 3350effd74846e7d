"""`hiremesh match`."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from hiremesh_cli.commands.options import Token, Url
from hiremesh_cli.console import notes, results
from hiremesh_cli.edge import open_edge
from hiremesh_cli.rendering import match_view


def match(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The resume.")],
    job: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="Text file with the job description.")],
    url: Url = None,
    token: Token = None,
) -> None:
    """Score a resume against a job description."""
    resume, answer = asyncio.run(_match(file, job.read_text(encoding="utf-8"), url, token))
    results.print(f"{resume['personal'].get('name') or file.name} and {job.name}", style="bold", markup=False)
    results.print(match_view(answer))


async def _match(file: Path, job: str, url: str | None, token: str | None) -> tuple[dict[str, Any], dict[str, Any]]:
    async with open_edge(url, token) as edge:
        with notes.status("Reading the resume, then weighing it against the job"):
            resume = await edge.parse(file, fresh=False)
            return resume, await edge.match(resume["metadata"]["resume_id"], job)
