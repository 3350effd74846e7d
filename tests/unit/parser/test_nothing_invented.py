"""Over documents of many layouts: every value is printed in the document, or derived from what is."""

import dataclasses
import re
from collections.abc import Iterator

import pytest

from bench.synthetic.corpus import make
from parser_service.adapters.reader import lay_out, read_bytes
from parser_service.domain.folding import fold
from parser_service.domain.model import Resume
from tests.unit.parser.drawing import TODAY

# Computed from printed values, not printed themselves.
DERIVED = frozenset(
    {
        "years",
        "total_years_experience",
        "level",
        "code",
        "country_code",
        "phone_e164",
        "start_date",
        "end_date",
        "date",
        "year",
    }
)


def letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", fold(text))


def texts(value: object, name: str = "") -> Iterator[str]:
    if name in DERIVED:
        return
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from texts(item)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            if not isinstance(value, Resume) or field.name not in ("reading", "provenance", "doubts"):
                yield from texts(getattr(value, field.name), field.name)


def dates(resume: Resume) -> Iterator[str]:
    for entry in (*resume.experience, *resume.education, *resume.projects):
        yield from (entry.start_date, entry.end_date)


FAMILIES = (
    "plain",
    "sidebar-left",
    "word-table",
    "text-pasted",
    "print-grid",
    "roles",
    "linkedin",
    "academic",
    "held-commas",
)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_value_is_printed(family: str) -> None:
    for made in make(family, each=2, seed=55):
        kind = made.suffix
        document = lay_out(made.data, kind)
        cells = [cell.text for page in document.pages for cell in page.cells]
        printed = letters("".join(cells) + "".join(link.target for link in document.links))
        words = {letters(word) for cell in cells for word in cell.split()}
        resume = read_bytes(made.data, TODAY)
        for text in texts(resume):
            whole = letters(text) in printed
            assert whole or all(w in words or w in printed for w in map(letters, text.split())), (made.name, text)
        for date in dates(resume):
            assert not date[:4].isdigit() or date[:4] in printed, (made.name, date)
