"""`hiremesh match`."""

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from hiremesh_cli.analysis_view import analysis_view
from hiremesh_cli.commands.options import Token, Url
from hiremesh_cli.console import notes, results
from hiremesh_cli.edge import open_edge


def match(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The resume.")],
    job: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="Text file with the job description.")],
    anonymised: Annotated[
        bool, typer.Option("--anonymised", help="Judge without knowing who the resume is about.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The whole analysis as JSON.")] = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Hold a resume against a job: scores, what matches, what is missing, and what helps most."""
    answer = asyncio.run(_analysis(file, job.read_text(encoding="utf-8", errors="replace"), anonymised, url, token))
    if as_json:
        results.print(json.dumps(answer, ensure_ascii=False, indent=2), markup=False, soft_wrap=True)
        return
    results.print(f"{file.name} for {job.name}", style="bold", markup=False)
    results.print()
    results.print(analysis_view(answer))


async def _analysis(file: Path, job: str, anonymised: bool, url: str | None, token: str | None) -> dict[str, Any]:
    async with open_edge(url, token) as edge:
        with notes.status("Reading the resume, then holding it against the job"):
            return await edge.analyze(file, job, anonymised=anonymised)
