"""What was recognised on a picture, as cells of a layout: type sizes, bold, colours and gaps measured in the picture."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parser_service.adapters.ocr import Picture, Recognised, recognise
from parser_service.domain.layout import BULLET, Box, Cell, Page, Span, Style, cut

_LEAST_CONFIDENCE = 0.6  # below it, what was read are stains and ornaments
_INK = 0.4  # share of the full contrast from which a pixel is ink
_WIDE = 1.1  # gap inside a line that divides it, in type sizes
_NEAR = 0.75  # gap between two boxes that are one line
_LOST = 0.2  # white between letters that is a lost space
_HOLE = 1.7  # distance of two characters between which something stands that is none
_SAME_SIZE = 0.09  # sizes that differ less are one size
_MEASURABLE = 4  # characters whose strokes tell a weight
_DIVIDING = ",:|–—-•·("
_FOREIGN = 0.1  # share of ideographs from which they are text and not misread icons
_SUREST = 0.999  # a confidence of 1 is that of digital text
_LONE = 0.9  # least confidence of a character on its own
_BOLD = 1.22  # thickness of strokes in relation to that of most of the text
_PLAIN = 60  # how far the channels of black and grey ink may differ

# Heights of letters over the baseline, and depths below it, in type sizes.
_TALL, _LOW, _DEEP, _DIP = 0.72, 0.52, 0.21, 0.12
_FLAT = frozenset("acemnorsuvwxz.,:;-–—_+=~<>•·")
_DESCENDING = frozenset("gjpqyçşţ()[]{}|@/§µÇŞŢ")
_DIPPING = frozenset(",;Q")
_ROUND = {"。": "•", "○": "•", "o": "•", "◦": "•", "●": "•", "·": "•", "▪": "•", "■": "•", "›": "•", "»": "•"}


@dataclass(frozen=True, slots=True)
class Scan:
    """Cells of an upright page. Sizes in points; `turns` quarter turns set the picture upright."""

    cells: tuple[Cell, ...]
    width: float
    height: float
    turns: int


@dataclass(frozen=True, slots=True)
class _Part:
    """Text of one weight; `stroke` is the thickness of its strokes in type sizes."""

    text: str
    stroke: float


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of text and how it looks."""

    text: str
    box: Box
    size: float
    parts: tuple[_Part, ...]
    colour: int
    confidence: float


def read_scan(picture: Picture, points: float, *, left: float = 0.0, top: float = 0.0) -> Scan:
    """Reads a picture, of which a pixel is `points` wide, into cells moved by `left` and `top`."""
    found = recognise(picture)
    lines = [line for line in found.lines if line.confidence >= _LEAST_CONFIDENCE]
    foreign = sum(map(_is_ideograph, "".join(line.text for line in lines))) > _FOREIGN * sum(
        len(line.text) for line in lines
    )
    pieces = [piece for line in lines for piece in _pieces(line)]
    pieces = _joined([piece for piece in pieces if _says_something(piece, foreign=foreign)])
    usual = _usual([(part.stroke, len(part.text)) for piece in pieces for part in piece.parts])
    cells = []
    for piece in pieces:
        box = Box(*(value * points for value in (piece.box.x0, piece.box.y0, piece.box.x1, piece.box.y1)))
        size = max(round(piece.size * points, 2), 1.0)
        spans = tuple(
            Span(part.text, Style(size=size, bold=part.stroke > _BOLD * usual, colour=piece.colour))
            for part in _evened(piece.parts, usual)
        )
        spans = repaired(spans) if foreign else repaired(_without_icon(spans))
        moved = Box(box.x0 + left, box.y0 + top, box.x1 + left, box.y1 + top)
        cells.append(Cell(moved, spans, confidence=min(round(piece.confidence, 3), _SUREST)))
    return Scan(tuple(cells), found.width * points, found.height * points, found.turns)


def levelled(pages: Sequence[Page]) -> tuple[Page, ...]:
    """The pages with type sizes of recognised text that differ only by the error of measuring made equal."""
    weights: dict[float, int] = {}
    for cell in (cell for page in pages for cell in page.cells):
        weights[cell.style.size] = weights.get(cell.style.size, 0) + len(cell.text)
    levels: dict[float, float] = {}
    for size in sorted(weights, key=lambda size: -sum(w for s, w in weights.items() if abs(s / size - 1) < 0.03)):
        near = [s for s in weights if s not in levels and abs(s / size - 1) < _SAME_SIZE]
        if near:
            level = max(round(_usual([(s, weights[s]) for s in near]) * 2) / 2, 1.0)
            levels.update(dict.fromkeys(near, level))
    return tuple(replace(page, cells=tuple(_at_level(cell, levels) for cell in page.cells)) for page in pages)


def _at_level(cell: Cell, levels: dict[float, float]) -> Cell:
    if cell.confidence == 1:
        return cell
    size = levels[cell.style.size]
    return replace(cell, spans=tuple(replace(span, style=replace(span.style, size=size)) for span in cell.spans))


def _is_ideograph(character: str) -> bool:
    return "\u2e80" <= character <= "\u9fff" or "\uac00" <= character <= "\ud7af"


def _says_something(piece: _Piece, *, foreign: bool) -> bool:
    """Whether a piece is text: icons are read as lone symbols or as ideographs."""
    text = piece.text
    if BULLET.match(text):
        return True
    return any(c.isalnum() and (foreign or c.isascii() or not _is_ideograph(c)) for c in text) and not (
        len(text) == 1 and piece.confidence < _LONE
    )


def _pieces(line: Recognised) -> list[_Piece]:
    """The line, divided where its ink leaves a gap too wide for a word space, or where an icon stands."""
    ink, colour = _ink(line.crop)
    columns: NDArray[np.bool_] = np.any(ink, axis=0)
    if not columns.any():
        return []
    size = _size(ink, line.text)
    positions = [(edge - line.box[0]) * line.scale for edge in line.edges[:-1]]
    text = _spaced(line.text, positions, columns, size)
    pieces: list[_Piece] = []
    for start, end in _stretches(text, positions, columns, size):
        part = ink[:, start:end]
        # The recogniser places a character only to within a third of its height.
        chosen = [i for i, x in enumerate(positions) if start - 0.4 * size <= x < end - 0.1 * size]
        if not chosen or not part.any():
            continue
        written = "".join(text[i] for i in chosen).strip()
        if not written:
            continue
        rows = np.flatnonzero(part.any(axis=1))
        marks = np.flatnonzero(part.any(axis=0)) + start
        x0, y0 = line.box[0], line.box[1]
        box = Box(
            x0 + float(marks[0]) / line.scale,
            y0 + float(rows[0]) / line.scale,
            x0 + float(marks[-1] + 1) / line.scale,
            y0 + float(rows[-1] + 1) / line.scale,
        )
        own = _size(part, written)
        parts = _parts([(text[i], positions[i]) for i in chosen], ink, end, own)
        pieces.append(_Piece(written, box, own / line.scale, parts, colour, line.confidence))
    return pieces


def _spaced(text: str, positions: list[float], columns: NDArray[np.bool_], size: float) -> list[str]:
    """The characters, each with the space after it that the recogniser lost; it loses narrow ones."""
    gaps = [_white(columns, positions[i], positions[i + 1]) for i in range(len(positions) - 1)]
    between = [gap for i, gap in enumerate(gaps) if text[i] != " " and text[i + 1] != " "]
    across = [
        _white(columns, positions[i - 1], positions[i + 1])
        for i in range(1, len(positions) - 1)
        if text[i] == " " and text[i - 1] != " "
    ]
    least = max(_LOST * size, 0.75 * float(np.median(across)) if across else 0.0)
    # In letter-spaced text no gap tells anything.
    if not between or float(np.percentile(between, 75)) > 0.6 * least:
        return list(text)
    return [
        c + " "
        if i < len(gaps) and gaps[i] >= least and c.isalnum() and text[i + 1].isalpha() and not _in_address(text, i)
        else c
        for i, c in enumerate(text)
    ]


def _in_address(text: str, position: int) -> bool:
    start = text.rfind(" ", 0, position) + 1
    end = text.find(" ", position)
    return bool(re.search(r"@|www\.|://", text[start : end if end >= 0 else None]))


def _white(columns: NDArray[np.bool_], start: float, end: float) -> int:
    """Longest run of columns without ink between two positions."""
    stretch = np.flatnonzero(np.concatenate(([True], columns[max(int(start), 0) : int(end) + 1], [True])))
    return int(np.diff(stretch).max()) - 1 if len(stretch) > 1 else 0


def _stretches(
    text: list[str], positions: list[float], columns: NDArray[np.bool_], size: float
) -> list[tuple[int, int]]:
    """From where to where the parts of a line reach."""
    cuts = [0]
    marks = np.flatnonzero(columns)
    breaks = np.flatnonzero(np.diff(marks) > max(_WIDE * size, 6))
    cuts += [int(marks[b] + marks[b + 1]) // 2 for b in breaks]
    printed = [(x, c) for x, c in zip(positions, text, strict=True) if c.strip()]
    # An icon is no character: it leaves a hole between two.
    for (before, _), (after, _) in pairwise(printed):
        if after - before > _HOLE * size and not any(before < cut < after for cut in cuts):
            cuts.append(int(after - 0.4 * size))
    cuts = sorted(cuts)
    return list(zip(cuts, [*cuts[1:], len(columns)], strict=True))


def _parts(written: list[tuple[str, float]], ink: NDArray[np.bool_], end: int, size: float) -> tuple[_Part, ...]:
    """The text divided at punctuation, after which its weight may change."""
    parts: list[_Part] = []
    start = 0
    for i, (character, _) in enumerate(written):
        last = i == len(written) - 1
        ends = character[0] in _DIVIDING and i + 1 < len(written) and written[i + 1][0] == " "
        if not (ends or last):
            continue
        right = end if last else int(written[i + 1][1])
        text = "".join(c for c, _ in written[start : i + 1])
        parts.append(_Part(text, _stroke(ink[:, max(int(written[start][1]), 0) : right]) / size))
        start = i + 1
    return tuple(parts)


def _evened(parts: tuple[_Part, ...], usual: float) -> list[_Part]:
    """Neighbours of one weight joined; a part too short to be measured has the weight of what stands before."""
    evened: list[_Part] = []
    for part in parts:
        last = evened[-1] if evened else None
        short = len(part.text.strip()) < _MEASURABLE
        if last and (short or (part.stroke > _BOLD * usual) == (last.stroke > _BOLD * usual)):
            total = len(last.text) + len(part.text)
            stroke = last.stroke if short else (last.stroke * len(last.text) + part.stroke * len(part.text)) / total
            evened[-1] = _Part(last.text + part.text, stroke)
        else:
            evened.append(part)
    return evened


def _ink(crop: Picture) -> tuple[NDArray[np.bool_], int]:
    """Where the ink is, whether dark on light or light on dark, and its colour (0 for black and grey)."""
    paper = np.median(crop.reshape(-1, 3), axis=0)
    distance: NDArray[Any] = np.abs(crop.astype(np.int16) - paper).max(axis=2)
    contrast = max(float(np.percentile(distance, 99)), 30.0)
    ink = distance > _INK * contrast
    # Rows with a stray pixel belong to the lines above and below.
    ink[ink.sum(axis=1) < 2] = False
    strong = crop[distance > 0.8 * contrast]
    if not len(strong):
        return ink, 0
    red, green, blue = (int(channel) for channel in np.median(strong, axis=0))
    if max(red, green, blue) - min(red, green, blue) < _PLAIN:
        return ink, 0xFFFFFF if min(red, green, blue) > 200 else 0
    return ink, (red & 0xC0) << 16 | (green & 0xC0) << 8 | blue & 0xC0


def _size(ink: NDArray[np.bool_], text: str) -> float:
    """Type size from the height of the ink and the letters that it forms."""
    rows = np.flatnonzero(ink.any(axis=1))
    height = float(rows[-1] - rows[0] + 1) if len(rows) else 1.0
    letters = [c for c in text if not c.isspace()]
    above = _LOW if letters and all(c in _FLAT or c in _DESCENDING - set("()[]{}|@/§ÇŞŢ") for c in letters) else _TALL
    below = _DEEP if any(c in _DESCENDING for c in letters) else _DIP if any(c in _DIPPING for c in letters) else 0.0
    return max(height / (above + below), 1.0)


def _stroke(ink: NDArray[np.bool_]) -> float:
    """Width of strokes across the line, in pixels; bars of letters, longer than twice the median, are left out."""
    padded = np.pad(ink.astype(np.int8), ((0, 0), (1, 1)))
    edges = np.diff(padded, axis=1)
    lengths = np.nonzero(edges == -1)[1] - np.nonzero(edges == 1)[1]
    if not len(lengths):
        return 0.0
    return float(lengths[lengths <= 2 * np.median(lengths)].mean())


def _joined(pieces: Sequence[_Piece]) -> list[_Piece]:
    """Pieces of one line that the detector found apart, put together."""
    joined: list[_Piece] = []
    for piece in sorted(pieces, key=lambda piece: piece.box.x0):
        before = next((i for i, other in enumerate(joined) if _goes_on(other, piece)), None)
        if before is None:
            joined.append(piece)
            continue
        other = joined[before]
        total = len(other.text) + len(piece.text)
        confidence = (other.confidence * len(other.text) + piece.confidence * len(piece.text)) / total
        wider = other if len(other.text) >= len(piece.text) else piece
        joined[before] = replace(
            wider,
            text=f"{other.text} {piece.text}",
            box=other.box.union(piece.box),
            parts=(*other.parts, _Part(" ", 0.0), *piece.parts),
            confidence=confidence,
        )
    return joined


def _goes_on(one: _Piece, other: _Piece) -> bool:
    gap = other.box.x0 - one.box.x1
    overlap = min(one.box.y1, other.box.y1) - max(one.box.y0, other.box.y0)
    size = min(one.size, other.size)
    alike = max(one.size, other.size) < 1.35 * size
    return alike and -0.3 * size < gap < _NEAR * size and overlap > 0.5 * min(one.box.height, other.box.height)


def _usual(measured: Iterable[tuple[float, int]]) -> float:
    """Median weighted by number of characters."""
    ordered = sorted(measured)
    half, passed = sum(count for _, count in ordered) / 2, 0
    for value, count in ordered:
        passed += count
        if passed >= half:
            return value
    return 1.0


_ADDRESS = re.compile(r"\S+\s?@\s?\S+(?:\s\.\s?[a-z]{2,6}\b)?")
_NUMERAL = re.compile(r"\b(?=[Il|]*I)(?=[Il|]*[l|])(?!Ill\b)[Il|]{2,3}(?=[\s,.;)]|$)")
_SPACED_DOT = re.compile(r"(?<=\w)\s?\.\s?(?=(?:com|org|net|edu|gov|io|dev|me|de|fr|es|uk|co)\b)")
_WIDE_SIGNS = {"，": ", ", "：": ": ", "（": " (", "）": ")", "。": ".", "；": "; ", "、": ", "}
_SRL = re.compile(r"\bS\.\s?r\.\s?I\.")
_ICON = re.compile(
    r"^(?:[\u2e80-\u9fff\uac00-\ud7af\u2190-\u21ff\u2300-\u25a9\u25b2-\u25bd\u2600-\u26ff\u2700-\u2712©®☐□▢θ]\s*)+(?=\w|\+)"
)
_WEB = re.compile(r"(?:https?\s?[:;]\s?/\s?/\s?|www\s?[.,]\s?)\S+", re.I)


def repaired(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """The text without the confusions that its own pattern proves wrong: broken addresses, bullets read as letters."""
    first = spans[0].text
    if first[:1] in _ROUND and len(first) > 1 and (first[0] not in "o" or first[1] == " "):
        spans = (replace(spans[0], text="• " + first[1:].lstrip()), *spans[1:])
    return tuple(replace(span, text=_repaired(span.text)) for span in spans)


def _repaired(text: str) -> str:
    for wide, plain in _WIDE_SIGNS.items():
        text = text.replace(wide, plain)
    text = _ADDRESS.sub(lambda match: _SPACED_DOT.sub(".", re.sub(r"\s?@\s?", "@", match[0])), text)
    text = _WEB.sub(lambda match: re.sub(r"\s", "", match[0]).replace(";", ":", 1), text)
    text = _SRL.sub("S.r.l.", text)
    return re.sub(r"\s+", " ", _NUMERAL.sub(lambda match: "I" * len(match[0]), text))


def _without_icon(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """The text without the symbols or ideographs before it, as which icons are read."""
    icon = _ICON.match("".join(span.text for span in spans))
    return cut(spans, icon.end()) if icon else spans
