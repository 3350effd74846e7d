"""Values with the places where they were found."""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from parser_service.domain.layout import Cell, Line

Value = TypeVar("Value", covariant=True)


@dataclass(frozen=True, slots=True)
class Source:
    """A place in the document and how sure the reader is of what was read there."""

    page: int
    box: tuple[float, float, float, float]
    text: str
    confidence: float

    @classmethod
    def of(cls, where: Line | Cell, confidence: float, *, page: int | None = None) -> "Source":
        """The place of a line, or of a cell on a page."""
        number = where.page if isinstance(where, Line) else page or 0
        box = where.box
        corners = (round(box.x0, 1), round(box.y0, 1), round(box.x1, 1), round(box.y1, 1))
        return cls(number, corners, where.text, round(confidence * where.confidence, 2))


@dataclass(frozen=True, slots=True)
class Finding(Generic[Value]):
    """A value, and the sources of its fields by name; the source of the value as a whole is under ``."""

    value: Value
    sources: dict[str, Source] = field(default_factory=dict)
