"""The skills that are known, read from the two data files of this package."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from importlib.resources import files

ESCO_URI = "http://data.europa.eu/esco/skill/"


class Care(Enum):
    """How careful to be with a name in running text."""

    # Means the skill wherever it stands.
    NONE = ""
    # Is an ordinary word too (`React`, `Flask`): means the skill when written as the name is, or in the company of skills.
    WORD = "word"
    # Means something else more often than not (`R`, `C`, `Go`): needs the company of skills.
    SHORT = "short"
    # Too common a word to mean the skill in running text (`data`, `communication`): only as an item of a list of skills.
    ITEM = "item"


@dataclass(frozen=True, slots=True)
class Skill:
    """A skill: its id in a taxonomy (`hiremesh` or `esco`), its preferred name, and its kind (empty for ESCO)."""

    id: str
    taxonomy: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Name:
    """One way to write a skill."""

    skill: Skill
    written: str
    care: Care
    preferred: bool


def technology_names() -> Iterator[Name]:
    """Our own table: technologies, tools and methods that ESCO lacks or spells in a way that nobody writes."""
    for row in _rows("technologies.tsv"):
        skill = Skill(row["id"], "hiremesh", row["name"], row["kind"])
        care = Care(row["care"])
        for position, written in enumerate((row["name"], *filter(None, row["aliases"].split("|")))):
            yield Name(skill, written, _care_of(written, care), position == 0)


def esco_names() -> Iterator[Name]:
    """Preferred labels of ESCO v1.2."""
    for row in _rows("esco.tsv"):
        skill = Skill(f"{ESCO_URI}{row['id']}", "esco", row["name"], "")
        yield Name(skill, row["name"], Care.NONE if " " in row["name"] else Care.ITEM, preferred=True)


def _care_of(written: str, care: Care) -> Care:
    """The care of a row is about its one-word names; and short acronyms are words in lower case: `SAFe`, `REST`, `AI`."""
    if not written.isalpha():
        return Care.NONE
    if care is Care.NONE and len(written) <= 4 and any(letter.isupper() for letter in written[1:]):
        return Care.WORD
    return care


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (files("taxonomy") / "data" / name).open(encoding="utf-8") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
