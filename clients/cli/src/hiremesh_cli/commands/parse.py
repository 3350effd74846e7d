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
from hiremesh_cli.edge import Edge, batches, open_edge
from hiremesh_cli.faults import EdgeFault, EdgeUnreachable, Refused
from hiremesh_cli.files import result_names, resumes_in, write_result
from hiremesh_cli.rendering import resume_view

# A resume, or why there is none.
Outcome = dict[str, Any] | EdgeFault | OSError


def parse(
    paths: Annotated[list[Path], typer.Argument(exists=True, help="Files, or folders of files.")],
    out: Annotated[Path | None, typer.Option(file_okay=False, help="Folder for one JSON file a resume.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Parse again what was parsed before.")] = False,
    batch: Annotated[bool, typer.Option("--batch", help="Send all files at once; the fast way for many.")] = False,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, envvar="HIREMESH_JOBS", help="Files at a time.")] = 4,
    url: Url = None,
    token: Token = None,
) -> None:
    """Turn resumes into structured data; exit status 1 if any of them failed."""
    files = resumes_in(paths)
    if not files:
        raise typer.BadParameter("no resumes there (pdf, docx, doc, txt, png, jpg)")
    if batch and any(file.suffix.lower() == ".zip" for file in files):
        raise typer.BadParameter("unpack archives first: each file is told of by its name")
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
    names = dict(zip(files, result_names(files), strict=True))

    def keep(file: Path, outcome: Outcome) -> None:
        if out is not None and isinstance(outcome, dict):
            write_result(out / names[file], json.dumps(outcome, ensure_ascii=False, indent=2))

    outcomes = asyncio.run(_parse_all(files, fresh=fresh, jobs=0 if batch else jobs, url=url, token=token, keep=keep))
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
    """`jobs`: files at a time; 0: all of them, as batches."""
    outcomes: dict[Path, Outcome] = {}
    columns = (TextColumn("Parsing"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    async with open_edge(url, token) as edge:
        with Progress(*columns, console=notes, disable=len(files) == 1) as progress:
            bar = progress.add_task("", total=len(files))

            def settle(file: Path, outcome: Outcome) -> None:
                outcomes[file] = outcome
                keep(file, outcome)
                progress.advance(bar)

            if jobs:
                await _one_by_one(edge, files, jobs=jobs, fresh=fresh, settle=settle)
            else:
                for some in batches(files):
                    await _as_batch(edge, some, fresh=fresh, settle=settle)
    return {file: outcomes[file] for file in files}


async def _one_by_one(
    edge: Edge, files: Sequence[Path], *, jobs: int, fresh: bool, settle: Callable[[Path, Outcome], None]
) -> None:
    gone: EdgeUnreachable | None = None
    waiting = iter(files)

    async def work() -> None:
        nonlocal gone
        for file in waiting:
            try:
                # Once the mesh is gone for one file, it is for all the others.
                settle(file, gone or await edge.parse(file, fresh=fresh))
            except EdgeUnreachable as fault:
                gone = fault
                settle(file, fault)
            except (EdgeFault, OSError) as fault:
                settle(file, fault)

    async with asyncio.TaskGroup() as group:
        for _ in range(min(jobs, len(files))):
            group.create_task(work())


async def _as_batch(edge: Edge, files: Sequence[Path], *, fresh: bool, settle: Callable[[Path, Outcome], None]) -> None:
    settled: set[int] = set()

    async def ended(index: int, entry: dict[str, Any]) -> None:
        if index in settled:
            return
        settled.add(index)
        if entry["status"] == "completed":
            job = await edge.get(entry["status_url"])
            settle(files[index], job["result"])
        else:
            settle(files[index], Refused(0, entry["code"], entry["error"], None))

    try:
        await edge.parse_batch(files, fresh=fresh, ended=ended)
    except (EdgeFault, OSError) as fault:
        for index in set(range(len(files))) - settled:
            settle(files[index], fault)


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
