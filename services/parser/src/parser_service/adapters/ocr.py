"""Optical character recognition of a page's picture: PP-OCRv6 by ONNX Runtime, from the weights in the rapidocr wheel.

Only the wheel's weights are used. Its own code wants a desktop OpenCV and four more libraries, and does not tell where
in a line a character stands, which is needed to tell a wide gap from a word space.
"""

from dataclasses import dataclass
from functools import cache
from importlib.metadata import distribution
from typing import Any

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

Picture = NDArray[np.uint8]  # height, width, 3; RGB
_Array = NDArray[Any]

_cv: Any = cv2  # its types know neither uint8 nor what a call returns
_cv.setNumThreads(1)

_DETECTED_SIDE = 1280  # the longer side of what the detector sees: 8 pt is still 12 pixels high on A4
_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
_DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)
_IS_TEXT = 0.3  # probability of a pixel
_IS_LINE = 0.5  # mean probability inside a box
_GROWTH = 1.6  # the detector is trained on shrunken lines; area over perimeter times this undoes it
_SMALLEST = 3  # pixels
_MAX_LINES = 600  # a page of text has a tenth of it; a halftone has thousands
_HEIGHT = 48  # of the line that the recogniser sees
_LONGEST = 3200  # pixels of such a line
_NARROWEST = 16
_LONG = 2.5  # width over height from which a box tells the direction of writing
_SURE = 0.85  # mean confidence of text that is not upside down
_SAMPLE = 5  # lines read to tell which way is up


@dataclass(frozen=True, slots=True)
class Recognised:
    """A line of text. Pixels of the upright picture; `edges` are the left edges of the characters, and the last one's right."""

    text: str
    confidence: float
    box: tuple[float, float, float, float]
    edges: tuple[float, ...]
    crop: Picture  # the line, `_HEIGHT` pixels high
    scale: float  # pixels of the crop for one of the picture


@dataclass(frozen=True, slots=True)
class Recognition:
    """What stands on a picture, after it was set upright."""

    lines: tuple[Recognised, ...]
    turns: int  # quarter turns, counter-clockwise, that set it upright
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class _Region:
    """Where a line stands: centre, extent along and across the line, slope in degrees (clockwise)."""

    x: float
    y: float
    width: float
    height: float
    slope: float


def recognise(picture: Picture) -> Recognition:
    """Reads all text, whichever way the picture lies and however it is tilted."""
    models = _models()
    regions = models.detect(picture)
    turns = 0
    long = [r for r in regions if r.width > _LONG * r.height]
    if sum(r.width for r in long if abs(r.slope) > 45) > sum(r.width for r in long if abs(r.slope) <= 45):
        turns, picture = 1, np.ascontiguousarray(np.rot90(picture))
        regions = models.detect(picture)
    sample = sorted(regions, key=lambda r: -min(r.width / r.height, 25))[:_SAMPLE]
    if models.confidence(picture, sample) < _SURE:
        flipped = np.ascontiguousarray(np.rot90(picture, 2))
        turned = [_Region(flipped.shape[1] - r.x, flipped.shape[0] - r.y, r.width, r.height, r.slope) for r in sample]
        if models.confidence(flipped, turned) > models.confidence(picture, sample) + 0.05:
            turns, picture = turns + 2, flipped
            regions = models.detect(picture)
    height, width = picture.shape[:2]
    straight = _straightened(regions, width, height)
    lines = [line for region in straight if (line := models.read(picture, *region))]
    return Recognition(tuple(lines), turns, width, height)


def _straightened(
    regions: list[_Region], width: int, height: int
) -> list[tuple[_Region, tuple[float, float, float, float]]]:
    """The regions, each with its box on the page as it is after the tilt of the whole is undone."""
    telling = sorted((r.slope, r.width) for r in regions if r.width > 2 * _LONG * r.height and abs(r.slope) < 30)
    tilt = _weighted_median(telling)
    turn = np.deg2rad(-tilt)
    cosine, sine = float(np.cos(turn)), float(np.sin(turn))
    placed = []
    for region in regions:
        # A short line's own slope is noise.
        own = region.slope if region.width > 2 * _LONG * region.height and abs(region.slope - tilt) < 8 else tilt
        dx, dy = region.x - width / 2, region.y - height / 2
        x, y = width / 2 + dx * cosine - dy * sine, height / 2 + dx * sine + dy * cosine
        box = (x - region.width / 2, y - region.height / 2, x + region.width / 2, y + region.height / 2)
        placed.append((_Region(region.x, region.y, region.width, region.height, own), box))
    return placed


def _weighted_median(pairs: list[tuple[float, float]]) -> float:
    half, passed = sum(weight for _, weight in pairs) / 2, 0.0
    for value, weight in pairs:
        passed += weight
        if passed >= half:
            return value
    return 0.0


@cache
def _models() -> "_Models":
    return _Models()


class _Models:
    """The detector and the recogniser; loaded once in a process, shared by all that are forked from it."""

    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        # One thread: the pool has a worker for each core, and a session without threads survives a fork.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        # The arena would keep the memory of the largest page for ever.
        options.enable_cpu_mem_arena = False
        options.enable_mem_pattern = False
        options.log_severity_level = 4
        folder = distribution("rapidocr").locate_file("rapidocr/models")
        self._detector, self._recogniser = (
            onnxruntime.InferenceSession(
                str(folder / name),
                options,
                providers=["CPUExecutionProvider"],
            )
            for name in ("PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx")
        )
        characters = self._recogniser.get_modelmeta().custom_metadata_map["character"].split("\n")
        self._characters = ["", *characters, " "]

    def detect(self, picture: Picture) -> list[_Region]:
        """Where text stands."""
        height, width = picture.shape[:2]
        ratio = min(1.0, _DETECTED_SIDE / max(height, width))
        seen = (max(32, round(width * ratio / 32) * 32), max(32, round(height * ratio / 32) * 32))
        image = _cv.resize(picture, seen, interpolation=_cv.INTER_AREA).astype(np.float32) / 255
        tensor = np.ascontiguousarray(((image - _MEAN) / _DEVIATION).transpose(2, 0, 1)[None])
        likely = self._detector.run(None, {"x": tensor})[0][0, 0]
        contours, _ = _cv.findContours((likely > _IS_TEXT).astype(np.uint8), _cv.RETR_LIST, _cv.CHAIN_APPROX_SIMPLE)
        x_scale, y_scale = width / seen[0], height / seen[1]
        regions = [
            region
            for contour in sorted(contours, key=len, reverse=True)[:_MAX_LINES]
            if (region := _region(contour, likely, x_scale, y_scale))
        ]
        return sorted(regions, key=lambda region: (region.y, region.x))

    def confidence(self, picture: Picture, regions: list[_Region]) -> float:
        """Mean confidence of the text in some regions; 1 when there are none."""
        lines = [self.read(picture, region, (0, 0, region.width, region.height)) for region in regions]
        return sum(line.confidence for line in lines if line) / len(lines) if lines else 1.0

    def read(self, picture: Picture, region: _Region, box: tuple[float, float, float, float]) -> Recognised | None:
        """The text of a region, or None when there is none."""
        scale = _HEIGHT / region.height
        length = int(np.clip(round(region.width * scale), _NARROWEST, _LONGEST))
        turn = _cv.getRotationMatrix2D((region.x, region.y), region.slope, scale)
        turn[:, 2] += (length / 2 - region.x, _HEIGHT / 2 - region.y)
        crop = _cv.warpAffine(
            picture, turn, (length, _HEIGHT), flags=_cv.INTER_AREA if scale < 1 else _cv.INTER_CUBIC,
            borderMode=_cv.BORDER_REPLICATE,
        )  # fmt: skip
        tensor = np.ascontiguousarray(((crop.astype(np.float32) / 255 - 0.5) / 0.5).transpose(2, 0, 1)[None])
        scores: _Array = self._recogniser.run(None, {"x": tensor})[0][0]
        best, sure = scores.argmax(axis=1), scores.max(axis=1)
        kept = [t for t, c in enumerate(best) if c and (t == 0 or c != best[t - 1])]
        text = "".join(self._characters[best[t]] for t in kept)
        if not text.strip():
            return None
        step = length / scale / len(best)
        edges = (*(box[0] + t * step for t in kept), box[2])
        return Recognised(text, float(np.mean(sure[kept])), box, edges, crop, scale)


def _region(contour: _Array, likely: _Array, x_scale: float, y_scale: float) -> _Region | None:
    left, top, width, height = _cv.boundingRect(contour)
    if max(width, height) < _SMALLEST:
        return None
    inside = np.zeros((height, width), np.uint8)
    _cv.fillPoly(inside, [contour - (left, top)], 1)
    if likely[top : top + height, left : left + width][inside > 0].mean() < _IS_LINE:
        return None
    (x, y), (along, across), slope = _cv.minAreaRect(contour)
    if along < across:
        along, across, slope = across, along, slope + 90
    slope = (slope + 90) % 180 - 90
    grown = along * across * _GROWTH / (2 * (along + across))
    if across < _SMALLEST - 1:
        return None
    return _Region(x * x_scale, y * y_scale, (along + 2 * grown) * x_scale, (across + 2 * grown) * y_scale, slope)
