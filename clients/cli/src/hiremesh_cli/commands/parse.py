"""`hiremesh parse`."""

import asyncio
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from hiremesh_cli.commands.options import Token, Url
from hiremesh_cli.console import notes, results
from hiremesh_cli.edge import open_edge
from hiremesh_cli.faults import EdgeFault, EdgeUnreachable
from hiremesh_cli.files import result_names, resumes_in, write_result
from hiremesh_cli.rendering import resume_view

# A resume, or why there is none.
Outcome = dict[str, Any] | EdgeFault | OSError


def parse(
    paths: Annotated[list[Path], typer.Argument(exists=True, help="Files, or folders of files.")],
    out: Annotated[Path | None, typer.Option(file_okay=False, help="Folder for one JSON file a resume.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Parse again what was parsed before.")] = False,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, envvar="HIREMESH_JOBS", help="Files at a time.")] = 4,
    url: Url = None,
    token: Token = None,
) -> None:
    """Turn resumes into structured data; exit status 1 if any of them failed."""
    files = resumes_in(paths)
    if not files:
        raise typer.BadParameter("no resumes there (pdf, docx, doc, txt, png, jpg)")
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
    names = dict(zip(files, result_names(files), strict=True))

    def keep(file: Path, outcome: Outcome) -> None:
        if out is not None and isinstance(outcome, dict):
            write_result(out / names[file], json.dumps(outcome, ensure_ascii=False, indent=2))

    outcomes = asyncio.run(_parse_all(files, fresh=fresh, jobs=jobs, url=url, token=token, keep=keep))
    _report(outcomes, out)
    if any(not isinstance(outcome, dict) for outcome in outcomes.values()):
        raise typer.Exit(1)


async def _parse_all(
    files: Sequence[Path],
    *,
    fresh: bool,
    jobs: int,
    url: str | None,
    token: str | None,
    keep: Callable[[Path, Outcome], None],
) -> dict[Path, Outcome]:
    outcomes: dict[Path, Outcome] = {}
    gone: EdgeUnreachable | None = None
    waiting = iter(files)
    columns = (TextColumn("Parsing"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    async with open_edge(url, token) as edge:
        with Progress(*columns, console=notes, disable=len(files) == 1) as progress:
            bar = progress.add_task("", total=len(files))

            async def work() -> None:
                nonlocal gone
                for file in waiting:
                    try:
                        # Once the mesh is gone for one file, it is for all the others.
                        outcomes[file] = gone or await edge.parse(file, fresh=fresh)
                    except EdgeUnreachable as fault:
                        outcomes[file] = gone = fault
                    except (EdgeFault, OSError) as fault:
                        outcomes[file] = fault
                    keep(file, outcomes[file])
                    progress.advance(bar)

            async with asyncio.TaskGroup() as group:
                for _ in range(min(jobs, len(files))):
                    group.create_task(work())
    return {file: outcomes[file] for file in files}


def _report(outcomes: dict[Path, Outcome], out: Path | None) -> None:
    resumes = {file: outcome for file, outcome in outcomes.items() if isinstance(outcome, dict)}
    failures = {file: outcome for file, outcome in outcomes.items() if not isinstance(outcome, dict)}
    if out is not None:
        results.print(f"{len(resumes)} of {len(outcomes)} parsed into {out}", markup=False)
    elif len(outcomes) == 1:
        for resume in resumes.values():
            results.print(resume_view(resume))
    else:
        for file, resume in resumes.items():
            results.print(f"{file}: {_in_a_line(resume)}", markup=False, soft_wrap=True)
    if failures:
        notes.print(f"{len(failures)} failed:", style="bold red")
        for file, fault in failures.items():
            notes.print(f"  {file}: {fault}", markup=False, soft_wrap=True)


def _in_a_line(resume: dict[str, Any]) -> str:
    personal = resume.get("personal", {})
    counts = (f"{len(resume.get(key, []))} {noun}" for key, noun in (("experience", "positions"), ("skills", "skills")))
    return ", ".join(filter(None, (personal.get("name"), personal.get("headline"), *counts)))
