"""An analysis of a resume for a job, for the person it is about to read in a terminal."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

Json = Mapping[str, Any]

GOOD, FAIR = 70, 40
_BAR_CELLS = 20
_MOST_EDITS = 3
_WIDEST_NAME = 36

_PART_NAMES = {
    "skills": "Skills",
    "semantic": "Similarity",
    "experience": "Experience",
    "education": "Education",
    "keyword_density": "Keywords",
    "skills_match": "Skills",
    "experience_relevance": "Experience",
    "education_match": "Education",
    "format_optimization": "File",
}


def analysis_view(data: Json) -> RenderableType:
    """Scores, what matches, what is missing and the edits that help most; then what the scores are made of."""
    analysis = data.get("analysis", {})
    role, ats = analysis.get("role_compatibility", {}), data.get("ats_score", {})
    shown, missing = _skills(analysis)
    asked = len(shown) + len(missing)
    return Group(
        _score("Fit for the role", role.get("score", 0)),
        _score("Application software", ats.get("overall_score", 0)),
        _heading(f"What matches ({len(shown)} of {asked})" if asked else "What matches"),
        _matching(shown),
        _heading(f"What is missing ({len(missing)})"),
        _missing(missing),
        _heading("What helps most"),
        _edits(data.get("insights", {}).get("edits", [])),
        _heading("How the fit for the role comes about"),
        _components(role.get("components", [])),
        _heading("How application software sees it"),
        _components(ats.get("components", [])),
        Text(_origin(data.get("metadata", {})), "dim"),
    )


def colour_of(score: float) -> str:
    """Of a score from 0 to 100."""
    return "green" if score >= GOOD else "yellow" if score >= FAIR else "red"


def _score(title: str, score: float) -> RenderableType:
    row = Table.grid(padding=(0, 2))
    row.add_column(width=22)
    row.add_column(width=10, justify="right")
    row.add_column(width=_BAR_CELLS)
    row.add_row(Text(title, "bold"), Text.assemble((f"{score:g}", f"bold {colour_of(score)}"), " of 100"), _bar(score))
    return row


def _bar(score: float) -> Text:
    filled = round(_BAR_CELLS * score / 100)
    return Text.assemble(("━" * filled, colour_of(score)), ("─" * (_BAR_CELLS - filled), "dim"))


def _heading(title: str) -> RenderableType:
    return Group(Text(), Rule(Text(title, "bold cyan"), align="left", style="dim"))


def _components(components: Iterable[Json]) -> RenderableType:
    table = Table(box=None, padding=(0, 1), pad_edge=False, show_header=True, header_style="dim")
    table.add_column("part")
    table.add_column("points", justify="right")
    table.add_column("weight", justify="right")
    table.add_column("why", ratio=1)
    for part in components:
        points, weight = part.get("score", 0), part.get("weight", 0)
        name = _PART_NAMES.get(part.get("name", ""), part.get("name", ""))
        table.add_row(
            name,
            Text(f"{points:.0f}", colour_of(points) if weight else "dim"),
            Text(f"{weight:.0%}" if weight else "–", "" if weight else "dim"),
            Text(part.get("reason", ""), "" if weight else "dim"),
        )
    return Padding(table, (0, 0, 0, 2))


def _skills(analysis: Json) -> tuple[list[Json], list[tuple[str, bool, str]]]:
    """Evidence of the skills that match; and those missing by name, with whether they are required and where the job says so."""
    evidence = {entry.get("skill", ""): entry for entry in analysis.get("skill_evidence", [])}
    shown = [evidence.get(name, {"skill": name}) for name in analysis.get("matching_skills", [])]
    missing = []
    for name in analysis.get("missing_skills", []):
        # Alternatives of which one is enough are one entry.
        asked = [evidence[part] for part in (name, *name.split(" or ")) if part in evidence]
        quote = next((one.get("job", {}).get("quote", "") for one in asked), "")
        missing.append((name, any(one.get("required") for one in asked), quote))
    return shown, missing


def _matching(shown: Sequence[Json]) -> RenderableType:
    if not shown:
        return _indented(Text("None of the skills that the job names.", "dim"))
    return _list(
        (("✓", "green"), entry.get("skill", ""), entry.get("required", False), _where(entry.get("resume", [])))
        for entry in shown
    )


def _missing(missing: Sequence[tuple[str, bool, str]]) -> RenderableType:
    if not missing:
        return _indented(Text("Nothing: the resume shows all skills that the job names.", "green"))
    return _list(
        (("✗", "red" if required else "yellow"), name, required, f"asked for: {_quoted(quote)}" if quote else "")
        for name, required, quote in missing
    )


def _list(rows: Iterable[tuple[tuple[str, str], str, bool, str]]) -> RenderableType:
    """A row a skill: one line each, cut where the terminal ends."""
    labelled = [
        (mark, Text.assemble((name, "bold" if required else ""), ("" if required else " (a wish)", "dim")), where)
        for mark, name, required, where in rows
    ]
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(width=1)
    widest = max(label.cell_len for _, label, _ in labelled)
    table.add_column(width=min(widest, _WIDEST_NAME), no_wrap=True, overflow="ellipsis")
    table.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    for mark, label, where in labelled:
        table.add_row(Text(*mark), label, Text(where, "dim"))
    return _indented(table)


def _where(quotes: Sequence[Json]) -> str:
    if not quotes:
        return "shown by titles or field of study"
    words, pointer = quotes[0].get("quote", ""), quotes[0].get("pointer", "")
    place = pointer.strip("/").split("/")[0].replace("personal", "headline")
    return f"in the list of skills: {words}" if place == "skills" else f"{place}: {_quoted(words)}"


def _quoted(words: str) -> str:
    return f"“{words.lstrip('-–*• ')}”"


def _edits(edits: Sequence[Json]) -> RenderableType:
    if not edits:
        return _indented(Text("No edit that could be tried raises either score.", "dim"))
    table = Table.grid(padding=(0, 1))
    table.add_column(width=2)
    table.add_column(ratio=1)
    for number, edit in enumerate(edits[:_MOST_EDITS], start=1):
        table.add_row(f"{number}.", Group(Text(edit.get("text", "")), Text.assemble(*_gains(edit))))
    more = len(edits) - _MOST_EDITS
    rest = [Text(f"{more} more: hiremesh match --json", "dim")] if more > 0 else []
    return _indented(Group(table, *rest))


def _gains(edit: Json) -> Iterator[tuple[str, str] | str]:
    gains = [(edit.get("role_gain", 0), "for the role"), (edit.get("ats_gain", 0), "for application software")]
    for number, (gain, what) in enumerate(one for one in gains if one[0]):
        yield " · " if number else ""
        yield f"{gain:+.1f}", "bold green"
        yield f" {what}"


def _origin(metadata: Json) -> str:
    worded = metadata.get("engine", "")
    compared = metadata.get("embedding_model", "")
    return "\n" + " · ".join(
        filter(
            None,
            (
                "each gain was scored on an edited copy",
                f"rules {metadata.get('scorer_version', '')}",
                f"compared by {compared}" if compared else "meaning was not compared: no model could be reached",
                f"worded by {worded}" if worded and worded != "builtin" else "",
                "anonymised" if metadata.get("anonymised") else "",
            ),
        )
    )


def _indented(body: RenderableType) -> Padding:
    return Padding(body, (0, 0, 0, 2))
