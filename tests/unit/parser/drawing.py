"""Small documents, drawn line by line. All people and employers are invented."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pymupdf

PdfMaker = Callable[..., bytes]
mupdf: Any = pymupdf  # ships no types
TODAY = date(2026, 11, 1)


@dataclass(frozen=True)
class Text:
    x: float
    y: float
    text: str
    size: float = 10
    font: str = "helv"  # hebo: bold, heit: italic
    page: int = 0


def one_column() -> list[Text]:
    """A plain resume: title and dates on one line, employer below."""
    return [
        Text(60, 60, "Orla Fenwick-Diaz", 22, "hebo"),
        Text(60, 80, "orla.fenwick@example.org | +44 20 7946 0958 | Leeds, West Yorkshire"),
        Text(60, 110, "Experience", 14, "hebo"),
        Text(60, 130, "Senior Hydrologist", 11, "hebo"),
        Text(430, 130, "Mar 2020 - Present"),
        Text(60, 145, "Calder Water Services Ltd", 10, "heit"),
        Text(70, 160, "• Modelled flood risk for nine towns in the upper valley."),
        Text(60, 190, "Field Technician", 11, "hebo"),
        Text(430, 190, "Jun 2016 - Feb 2020"),
        Text(60, 205, "Pennine Survey Group", 10, "heit"),
        Text(70, 220, "• Kept forty gauges running through two winters."),
        Text(60, 250, "Education", 14, "hebo"),
        Text(60, 270, "University of Lancaster", 11, "hebo"),
        Text(430, 270, "2012 - 2016"),
        Text(60, 285, "BSc in Physical Geography"),
        Text(60, 315, "Skills", 14, "hebo"),
        Text(60, 335, "QGIS, Python, HEC-RAS, Report writing"),
        Text(60, 365, "Languages", 14, "hebo"),
        Text(60, 385, "English (native), Spanish (B2)"),
    ]
