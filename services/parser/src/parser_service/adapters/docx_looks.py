"""How text in a DOCX looks: style sheet, paragraph and run properties, with their inheritance resolved."""

from dataclasses import dataclass, field, replace
from typing import Any

from parser_service.domain.layout import Style

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
DEFAULT_SIZE = 11.0
_SMALLEST_TYPE = 2.0  # points; smaller type is meant for machines, not for readers
# Letters this light, in every colour, can't be read on paper.
_LIGHTEST = 0xF0


@dataclass(frozen=True, slots=True)
class Look:
    """Resolved properties of a paragraph style or a run."""

    style: Style = field(default_factory=lambda: Style(size=DEFAULT_SIZE))
    heading: bool = False
    listed: bool = False
    capitals: bool = False
    hidden: bool = False
    # Whether a colour lies behind the letters.
    filled: bool = False
    before: float = 0.0
    after: float = 0.0
    indent: float = 0.0


@dataclass(frozen=True, slots=True)
class Styles:
    """The style sheet: paragraph and character styles with their inheritance resolved."""

    looks: dict[str, Look]
    default: Look

    @classmethod
    def of(cls, package: Any) -> "Styles":
        root = package.styles.element
        base = Look()
        defaults = root.find(f"{W}docDefaults")
        if defaults is not None:
            for properties in defaults.iter(f"{W}rPr"):
                base = with_run(base, properties)
        elements = {style.get(f"{W}styleId"): style for style in root.iter(f"{W}style")}
        looks: dict[str, Look] = {}

        def resolve(name: str, depth: int) -> Look:
            if name in looks or name not in elements or depth > 20:
                return looks.get(name, base)
            element = elements[name]
            parent = element.find(f"{W}basedOn")
            look = resolve(parent.get(f"{W}val"), depth + 1) if parent is not None else base
            label = element.find(f"{W}name")
            title = (label.get(f"{W}val") if label is not None else "").lower()
            if (properties := element.find(f"{W}pPr")) is not None:
                look = with_paragraph(look, properties)
            if (properties := element.find(f"{W}rPr")) is not None:
                look = with_run(look, properties)
            look = replace(look, heading=look.heading or title.startswith(("heading", "title", "überschrift")))
            looks[name] = look
            return look

        for name in elements:
            resolve(name, 0)
        normal = next(
            (n for n, e in elements.items() if e.get(f"{W}default") == "1" and e.get(f"{W}type") == "paragraph"), ""
        )
        return cls(looks, looks.get(normal, base))


def is_on(properties: Any, name: str, current: bool) -> bool:
    """A property that is on or off, and `current` where nothing is said of it."""
    element = properties.find(f"{W}{name}")
    return current if element is None else element.get(f"{W}val") not in ("0", "false", "off", "none")


def points(element: Any, attribute: str, unit: float) -> float | None:
    """A length, of which `unit` make a point; None for what is no number."""
    value = element.get(f"{W}{attribute}")
    try:
        return float(value) / unit
    except (TypeError, ValueError):
        return None


def with_run(look: Look, properties: Any) -> Look:
    """The look that an `rPr` makes of another."""
    style = look.style
    size, colour, font = style.size, style.colour, style.font
    if (element := properties.find(f"{W}sz")) is not None:
        size = points(element, "val", 2) or size
    if (element := properties.find(f"{W}color")) is not None:
        value = element.get(f"{W}val") or ""
        colour = int(value, 16) if len(value) == 6 and all(c in "0123456789abcdefABCDEF" for c in value) else 0
    if (element := properties.find(f"{W}rFonts")) is not None:
        font = element.get(f"{W}ascii") or font
    style = Style(font, size, is_on(properties, "b", style.bold), is_on(properties, "i", style.italic), colour)
    return replace(
        look,
        style=style,
        capitals=is_on(properties, "caps", look.capitals),
        hidden=is_on(properties, "vanish", look.hidden) or size < _SMALLEST_TYPE,
        filled=look.filled or is_filled(properties) or properties.find(f"{W}highlight") is not None,
    )


def is_filled(properties: Any) -> bool:
    """Whether there is a colour other than the paper's behind a run, paragraph, cell or table."""
    shading = properties.find(f"{W}shd")
    if shading is None:
        return False
    plain = shading.get(f"{W}val") in ("clear", "nil", None)
    return not plain or (shading.get(f"{W}fill") or "auto").lower() not in ("auto", "ffffff")


def with_paragraph(look: Look, properties: Any) -> Look:
    """The look that a `pPr` makes of another."""
    before, after, indent, listed = look.before, look.after, look.indent, look.listed
    if (spacing := properties.find(f"{W}spacing")) is not None:
        before = either(points(spacing, "before", 20), before)
        after = either(points(spacing, "after", 20), after)
    if (element := properties.find(f"{W}ind")) is not None:
        indent = either(points(element, "left", 20), either(points(element, "start", 20), indent))
    if (number := properties.find(f"{W}numPr/{W}numId")) is not None:
        listed = number.get(f"{W}val") != "0"
    filled = look.filled or is_filled(properties)
    return replace(look, before=before, after=after, indent=indent, listed=listed, filled=filled)


def either(value: float | None, other: float) -> float:
    """The value, if there is one."""
    return other if value is None else value


def is_unreadable(look: Look) -> bool:
    """Whether letters are as white as the paper that they stand on."""
    return not look.filled and min(look.style.colour.to_bytes(3, "big")) >= _LIGHTEST


def look_of_run(run: Any, look: Look, styles: Styles) -> Look:
    """Of a run in a paragraph of this look."""
    properties = run.find(f"{W}rPr")
    if properties is None:
        return look
    if (name := properties.find(f"{W}rStyle")) is not None and name.get(f"{W}val") in styles.looks:
        character = styles.looks[name.get(f"{W}val")].style
        bold, italic = look.style.bold or character.bold, look.style.italic or character.italic
        look = replace(look, style=replace(look.style, bold=bold, italic=italic))
    return with_run(look, properties)
