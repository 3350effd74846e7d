"""Layouts of our own design, each a set of choices (`data/layouts.toml`). A third of them is held out."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from bench.synthetic.people import LANGUAGES
from bench.synthetic.sheet import Looks


@dataclass(frozen=True)
class Layout:
    """The choices that make a family of documents."""

    name: str
    held: bool = False  # never used for tuning
    writer: str = "typst"  # reportlab, docx, txt
    languages: tuple[str, ...] = LANGUAGES
    looks: Looks = field(default_factory=Looks)
    header: str = "centred"  # stacked, split, labelled, rows, banner, inline, bottom
    separator: str = " | "
    columns: str = "one"  # left, right, three
    narrow: tuple[str, ...] = ("contact", "skills", "languages", "certificates")
    sections: tuple[str, ...] = ("summary", "experience", "education", "skills", "languages", "certificates", "other")
    job: str = "*{title}*\t{dates}\n_{company}_, {place}"
    role: str = ""  # with it, jobs at one employer stand under one line of `job`
    degree: str = "*{degree_in_field}*\t{dates}\n{school}"
    dates_beside: str = ""  # left, right: a column of their own
    ruled: bool = False
    body: str = "bullets"  # prose, labelled, none, bare
    date: str = "Mon YYYY"
    dash: str = " – "
    degree_date: str = "YYYY"
    skills: str = "commas"  # bullets, grouped, pills, bars, table, lines, rated
    spoken: str = "brackets"  # rows, bullets, bars, inline, dash, labels
    certified: str = "bullets"  # lines, dashes
    running: bool = False
    footer: bool = False
    extras: tuple[tuple[str, str], ...] = ()
    headline: bool = True
    long: bool = False  # more jobs than a page holds
    short: bool = False


def _layout(name: str, choices: dict[str, object]) -> Layout:
    looks, extras = choices.pop("looks", {}), choices.pop("extras", {})
    assert isinstance(looks, dict)  # noqa: S101
    assert isinstance(extras, dict)  # noqa: S101
    fixed = {key: tuple(value) if isinstance(value, list) else value for key, value in choices.items()}
    return Layout(name, looks=Looks(**looks), extras=tuple(extras.items()), **fixed)  # type: ignore[arg-type]  # the file's names are the fields


_FILE = tomllib.loads((Path(__file__).parent / "data/layouts.toml").read_text("utf-8"))
FAMILIES = {name: _layout(name, choices) for name, choices in _FILE.items()}
TUNED = tuple(layout for layout in FAMILIES.values() if not layout.held)
HELD = tuple(layout for layout in FAMILIES.values() if layout.held)
