"""A page as blocks, before a writer turns it into a file."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True)
class Run:
    """Text in one look: plain, `strong`, `em` or `muted`."""

    text: str
    look: str = ""


@dataclass(frozen=True)
class Line:
    """Runs at the left and, if any, at the right edge; `size` in body sizes."""

    left: tuple[Run, ...]
    right: tuple[Run, ...] = ()
    size: float = 1.0
    centred: bool = False


@dataclass(frozen=True)
class Heading:
    text: str


@dataclass(frozen=True)
class Item:
    text: str


@dataclass(frozen=True)
class Paragraph:
    text: str


@dataclass(frozen=True)
class Pills:
    """Short texts beside each other, each in a box."""

    texts: tuple[str, ...]


@dataclass(frozen=True)
class Bar:
    """A text with a drawn bar that shows `share`."""

    text: str
    share: float


@dataclass(frozen=True)
class Gap:
    height: float = 0.6


@dataclass(frozen=True)
class Side:
    """Blocks beside each other; `widths` are shares of the column."""

    parts: tuple[tuple["Block", ...], ...]
    widths: tuple[float, ...]
    ruled: bool = False


Block: TypeAlias = Line | Heading | Item | Paragraph | Pills | Bar | Gap | Side


@dataclass(frozen=True)
class Looks:
    """Type and ornament of a whole document."""

    font: str = "Libertinus Serif"
    size: float = 10.0
    heading_size: float = 1.3
    heading_case: str = ""  # upper, tracked
    heading_bold: bool = True
    heading_rule: bool = False
    name_size: float = 2.2
    bullet: str = "•"
    accent: str = "#1a4a6e"
    margin: float = 54.0


@dataclass(frozen=True)
class Sheet:
    """Header over the whole width, then one or more columns with their shares of the width."""

    header: tuple[Block, ...]
    columns: tuple[tuple[float, tuple[Block, ...]], ...]
    looks: Looks
    tinted: int | None = None  # the column on a coloured ground
    running: str = ""
    footer: str = ""  # with {} for page and pages
    language: str = "en"
    extras: dict[str, str] = field(default_factory=dict)


def plain(runs: Sequence[Run]) -> str:
    """The text of runs."""
    return "".join(run.text for run in runs)


def cased(text: str, case: str) -> str:
    """A heading's text as printed."""
    if case == "upper":
        return text.upper()
    if case == "tracked":
        return "   ".join(" ".join(word) for word in text.upper().split())
    return text
