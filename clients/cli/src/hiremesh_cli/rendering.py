"""Resumes, for people to read."""

from collections.abc import Mapping
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.text import Text

Json = Mapping[str, Any]


def resume_view(resume: Json) -> RenderableType:
    """A resume on one screen: who, then the sections that are not empty, then how it was read."""
    sections = (
        ("Summary", [Text(resume["summary"])] if resume.get("summary") else []),
        ("Experience", [_position(entry) for entry in resume.get("experience", [])]),
        ("Education", [_studies(entry) for entry in resume.get("education", [])]),
        ("Skills", [Text(" · ".join(resume["skills"]))] if resume.get("skills") else []),
        ("Languages", [Text(" · ".join(_with(entry, "name", "level") for entry in resume.get("languages", [])))]),
        ("Certifications", [_line(entry, "name", "issuer", "date") for entry in resume.get("certifications", [])]),
        ("Projects", [_project(entry) for entry in resume.get("projects", [])]),
        ("Awards", [_line(entry, "name", "issuer", "date") for entry in resume.get("awards", [])]),
        ("Publications", [_line(entry, "name", "publisher", "date") for entry in resume.get("publications", [])]),
        ("Volunteering", [_position(entry) for entry in resume.get("volunteering", [])]),
    )
    shown = [
        Group(Rule(Text(title, "bold cyan"), align="left", style="dim"), *map(_indented, bodies))
        for title, bodies in sections
        if any(str(body) or not isinstance(body, Text) for body in bodies)
    ]
    return Group(_heading(resume.get("personal", {})), *shown, Text(_origin(resume), "dim"))


def _heading(personal: Json) -> Panel:
    contact = [personal.get(key, "") for key in ("email", "phone", "location")] + list(personal.get("links", []))
    lines = (personal.get("headline", ""), " · ".join(filter(None, contact)))
    name = Text(personal.get("name", "") or "(no name found)", "bold")
    return Panel(Text("\n").join(Text(line) for line in lines if line), title=name, title_align="left", box=box.ROUNDED)


def _position(entry: Json) -> RenderableType:
    what = ", ".join(filter(None, (entry.get("title"), entry.get("company"), entry.get("location"))))
    when = entry.get("duration") or _period(entry)
    head = Text.assemble((what, "bold"), (f"  {when}" if when else "", "dim"))
    years = entry.get("years")
    if years is not None:
        head.append(f"  ({years:g} y)", "dim")
    notes = [Text(entry["description"])] if entry.get("description") else []
    return Group(head, *notes, *(Padding(Text(f"• {item}"), (0, 0, 0, 2)) for item in entry.get("highlights", [])))


def _studies(entry: Json) -> Text:
    what = ", ".join(filter(None, (_joined(entry, "degree", "field"), entry.get("institution"), entry.get("location"))))
    rest = " · ".join(filter(None, (_period(entry), entry.get("score"))))
    return Text.assemble((what, "bold"), (f"  {rest}" if rest else "", "dim"))


def _project(entry: Json) -> RenderableType:
    head = Text.assemble((entry.get("name", ""), "bold"), (f"  {entry['url']}" if entry.get("url") else "", "dim"))
    return Group(head, Text(entry["description"])) if entry.get("description") else head


def _line(entry: Json, *keys: str) -> Text:
    return Text(", ".join(filter(None, (entry.get(key) for key in keys))))


def _with(entry: Json, key: str, note: str) -> str:
    return f"{entry.get(key, '')} ({entry[note]})" if entry.get(note) else str(entry.get(key, ""))


def _joined(entry: Json, *keys: str) -> str:
    return " in ".join(filter(None, (entry.get(key) for key in keys)))


def _period(entry: Json) -> str:
    return " – ".join(filter(None, (entry.get("start_date"), entry.get("end_date"))))


def _origin(resume: Json) -> str:
    metadata = resume.get("metadata", {})
    document = metadata.get("document", {})
    facts = (
        f"{resume['total_years_experience']:g} years of experience" if resume.get("total_years_experience") else "",
        document.get("kind", ""),
        _count(document.get("pages", 0), "page"),
        f"read by {metadata['engine']} in {metadata.get('parseTime', 0) * 1000:.0f} ms"
        if metadata.get("engine")
        else "",
        "from the cache" if metadata.get("cache", {}).get("hit") else "",
        f"id {metadata['resume_id']}" if metadata.get("resume_id") else "",
    )
    return " · ".join(filter(None, facts))


def _indented(body: RenderableType) -> Padding:
    return Padding(body, (0, 0, 0, 2))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number > 1 else ''}" if number else ""
