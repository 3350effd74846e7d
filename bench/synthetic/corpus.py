"""Documents of families: which person in which layout, by seed."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.synthetic import write_docx, write_reportlab, write_text, write_typst
from bench.synthetic.compose import compose
from bench.synthetic.layouts import FAMILIES, HELD, TUNED, Layout
from bench.synthetic.people import invent
from bench.synthetic.sheet import Sheet

_WRITERS = {
    "typst": (write_typst.write, "pdf"),
    "reportlab": (write_reportlab.write, "pdf"),
    "docx": (write_docx.write, "docx"),
    "txt": (write_text.write, "txt"),
}


@dataclass(frozen=True)
class Made:
    """A file and what it prints."""

    name: str
    data: bytes
    suffix: str
    label: dict[str, Any]


def layouts_of(families: str) -> tuple[Layout, ...]:
    """`tuned`, `held`, or families by name, divided by commas."""
    groups = {"tuned": TUNED, "held": HELD, "all": tuple(FAMILIES.values())}
    if families in groups:
        return groups[families]
    wanted = families.split(",")
    return tuple(layout for layout in groups["all"] if layout.name in wanted)


def make(families: str, *, each: int, seed: int, strangers: bool = False) -> Iterator[Made]:
    """The documents of the families, one after the other; with `strangers` of the people that are held out."""
    for layout in layouts_of(families):
        for number in range(each):
            name = f"{layout.name}-{number}"
            rng = random.Random(f"{seed}/{name}")  # noqa: S311 - reproducible, not secret
            language = layout.languages[0] if number % 3 == 0 else rng.choice(layout.languages)
            person = invent(rng, language, held=layout.held or strangers)
            sheet, truth = compose(person, layout, rng)
            writer = layout.writer
            if writer == "reportlab" and not _in_standard_fonts(sheet):
                writer = "typst"
            write, suffix = _WRITERS[writer]
            group = suffix if suffix != "pdf" else "pdf-1col" if layout.columns == "one" else "pdf-2col"
            label = {"id": name, "file": f"docs/{name}.{suffix}", "format": suffix, "group": group, "layout": layout.name,
                     "language": language, "truth": truth}  # fmt: skip
            yield Made(name, write(sheet), suffix, label)


def _in_standard_fonts(sheet: Sheet) -> bool:
    try:
        repr(sheet).encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def write_corpus(folder: Path, *, families: str, each: int, seed: int, strangers: bool = False) -> int:
    """Writes `docs/` and `labels/`; the number of documents."""
    for part in ("docs", "labels"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    count = 0
    for made in make(families, each=each, seed=seed, strangers=strangers):
        (folder / f"docs/{made.name}.{made.suffix}").write_bytes(made.data)
        (folder / f"labels/{made.name}.json").write_text(json.dumps(made.label, ensure_ascii=False, indent=1))
        count += 1
    return count
