"""What was recognised on a picture, as cells of a layout: type sizes, bold, colours and gaps measured in the picture."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parser_service.adapters.ocr import Picture, Recognised, recognise
from parser_service.domain.layout import BULLET, Box, Cell, Span, Style

_LEAST_CONFIDENCE = 0.6  # below it, what was read are stains and ornaments
_INK = 0.4  # share of the full contrast from which a pixel is ink
_WIDE = 1.1  # gap inside a line that divides it, in type sizes
_NEAR = 0.75  # gap between two boxes that are one line
_SAME_SIZE = 0.12  # sizes that differ less are one size
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
class _Piece:
    """A stretch of text and how it looks. `stroke` is the thickness of its strokes in type sizes."""

    text: str
    box: Box
    size: float
    stroke: float
    colour: int
    confidence: float


def read_scan(picture: Picture, points: float, *, left: float = 0.0, top: float = 0.0) -> Scan:
    """Reads a picture, of which a pixel is `points` wide, into cells moved by `left` and `top`."""
    found = recognise(picture)
    pieces = [
        piece
        for line in found.lines
        if line.confidence >= _LEAST_CONFIDENCE
        for piece in _pieces(line)
        if re.search(r"\w", piece.text) or BULLET.match(piece.text)
    ]
    pieces = [replace(p, box=_scaled(p.box, points, left, top), size=p.size * points) for p in _joined(pieces)]
    sizes = _levelled([(piece.size, len(piece.text)) for piece in pieces])
    usual = _usual([(piece.stroke, len(piece.text)) for piece in pieces])
    cells = [
        Cell(
            piece.box,
            (Span(repaired(piece.text), Style(size=size, bold=piece.stroke > _BOLD * usual, colour=piece.colour)),),
            confidence=round(piece.confidence, 3),
        )
        for piece, size in zip(pieces, sizes, strict=True)
    ]
    return Scan(tuple(cells), found.width * points, found.height * points, found.turns)


def _scaled(box: Box, points: float, left: float, top: float) -> Box:
    return Box(box.x0 * points + left, box.y0 * points + top, box.x1 * points + left, box.y1 * points + top)


def _pieces(line: Recognised) -> list[_Piece]:
    """The line, divided where its ink leaves a gap too wide for a word space."""
    ink, colour = _ink(line.crop)
    columns: NDArray[np.bool_] = np.any(ink, axis=0)
    if not columns.any():
        return []
    size = _size(ink, line.text)
    runs = _runs(columns, max(_WIDE * size, 6))
    x0 = line.box[0]
    pieces: list[_Piece] = []
    for number, (start, end) in enumerate(runs):
        first = x0 + start / line.scale
        last = x0 + end / line.scale
        # The recogniser places a character only to within a third of its height.
        low = -np.inf if number == 0 else first - 0.35 * size / line.scale
        high = np.inf if number == len(runs) - 1 else x0 + runs[number + 1][0] / line.scale - 0.35 * size / line.scale
        text = "".join(c for c, edge in zip(line.text, line.edges, strict=False) if low <= edge < high).strip()
        if text:
            part = ink[:, start:end]
            rows = np.flatnonzero(part.any(axis=1))
            y0 = line.box[1] + float(rows[0]) / line.scale
            y1 = line.box[1] + float(rows[-1] + 1) / line.scale
            own = _size(part, text)
            pieces.append(
                _Piece(text, Box(first, y0, last, y1), own / line.scale, _stroke(part) / own, colour, line.confidence)
            )
    return pieces


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


def _runs(columns: NDArray[np.bool_], gap: float) -> list[tuple[int, int]]:
    """Stretches of inked columns with less than `gap` white columns inside."""
    marks = np.flatnonzero(columns)
    breaks = np.flatnonzero(np.diff(marks) > gap)
    starts = [int(marks[0]), *(int(marks[b + 1]) for b in breaks)]
    ends = [*(int(marks[b]) + 1 for b in breaks), int(marks[-1]) + 1]
    return list(zip(starts, ends, strict=True))


def _size(ink: NDArray[np.bool_], text: str) -> float:
    """Type size from the height of the ink and the letters that it forms."""
    rows = np.flatnonzero(ink.any(axis=1))
    height = float(rows[-1] - rows[0] + 1) if len(rows) else 1.0
    letters = [c for c in text if not c.isspace()]
    above = _LOW if letters and all(c in _FLAT or c in _DESCENDING - set("()[]{}|@/§ÇŞŢ") for c in letters) else _TALL
    below = _DEEP if any(c in _DESCENDING for c in letters) else _DIP if any(c in _DIPPING for c in letters) else 0.0
    return max(height / (above + below), 1.0)


def _stroke(ink: NDArray[np.bool_]) -> float:
    """Mean width of strokes across the line, in pixels."""
    starts = np.count_nonzero(np.diff(ink.astype(np.int8), axis=1, prepend=0) == 1)
    return float(np.count_nonzero(ink)) / max(int(starts), 1)


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
            wider, text=f"{other.text} {piece.text}", box=other.box.union(piece.box), confidence=confidence
        )
    return joined


def _goes_on(one: _Piece, other: _Piece) -> bool:
    gap = other.box.x0 - one.box.x1
    overlap = min(one.box.y1, other.box.y1) - max(one.box.y0, other.box.y0)
    size = min(one.size, other.size)
    alike = max(one.size, other.size) < 1.35 * size
    return alike and -0.3 * size < gap < _NEAR * size and overlap > 0.5 * min(one.box.height, other.box.height)


def _levelled(measured: Sequence[tuple[float, int]]) -> list[float]:
    """Sizes, with those that differ only by the error of measuring made equal; each comes with its number of characters."""
    levels: dict[int, float] = {}
    order = sorted(range(len(measured)), key=lambda i: measured[i][0])
    group: list[int] = []
    for i in [*order, -1]:
        if i >= 0 and (not group or measured[i][0] <= measured[group[0]][0] * (1 + _SAME_SIZE)):
            group.append(i)
            continue
        middle = round(_usual([measured[j] for j in group]) * 2) / 2
        levels.update(dict.fromkeys(group, max(middle, 1.0)))
        group = [i]
    return [levels[i] for i in range(len(measured))]


def _usual(measured: Iterable[tuple[float, int]]) -> float:
    """Median weighted by number of characters."""
    ordered = sorted(measured)
    half, passed = sum(count for _, count in ordered) / 2, 0
    for value, count in ordered:
        passed += count
        if passed >= half:
            return value
    return 1.0


_ADDRESS = re.compile(r"\S+\s?@\s?\S+")
_NUMERAL = re.compile(r"\b(?=[Il|]*I)(?=[Il|]*[l|])(?!Ill\b)[Il|]{2,3}(?=[\s,.;)]|$)")
_SPACED_DOT = re.compile(r"(?<=\w)\s?\.\s?(?=(?:com|org|net|edu|gov|io|dev|me|de|fr|es|uk|co)\b)")
_WEB = re.compile(r"(?:https?\s?[:;]\s?/\s?/\s?|www\s?[.,]\s?)\S+", re.I)


def repaired(text: str) -> str:
    """The text without the confusions that its own pattern proves wrong: broken addresses, bullets read as letters."""
    if text[0] in _ROUND and len(text) > 1 and (text[0] != "o" or text[1] == " "):
        text = "• " + text[1:].lstrip()
    text = text.replace("，", ", ").replace("：", ": ").replace("（", " (").replace("）", ")").replace("。", ".")
    text = _ADDRESS.sub(lambda match: _SPACED_DOT.sub(".", re.sub(r"\s?@\s?", "@", match[0])), text)
    text = _WEB.sub(lambda match: re.sub(r"\s", "", match[0]).replace(";", ":", 1), text)
    return re.sub(r"\s+", " ", _NUMERAL.sub(lambda match: "I" * len(match[0]), text))
