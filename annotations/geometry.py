"""Where a shape lies: finite numbers in pixels of the upright original, inside the picture."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

SHAPES = ("box", "polygon", "polyline", "point", "keypoints", "tag")
# The fewest points of each shape that is made of points.
POINTED = {"polygon": 3, "polyline": 2, "point": 1, "keypoints": 1}
# How a keypoint is seen, as in COCO: absent ones keep their place in the list and have none in the picture.
ABSENT, OCCLUDED, VISIBLE = 0, 1, 2
MAX_POINTS = 2_000
# Browsers and models compute in floats and round differently; half a pixel outside is no mistake.
TOLERANCE = 0.5
DIGITS = 2
SMALLEST = 0.01

# [x, y]; of keypoints [x, y, v].
Point = tuple[float, ...]


class Framed(Protocol):
    """What has a frame in pixels of the picture."""

    @property
    def x(self) -> float: ...
    @property
    def y(self) -> float: ...
    @property
    def w(self) -> float: ...
    @property
    def h(self) -> float: ...


class BadGeometry(ValueError):
    """The shape can't be on this picture; the message says why."""


@dataclass(frozen=True, slots=True)
class Geometry:
    """The frame of a shape (its bounding rectangle before rotation) and its points, if it has any."""

    x: float
    y: float
    w: float
    h: float
    rotation: float = 0.0
    points: tuple[Point, ...] = ()

    def as_patch(self) -> dict[str, Any]:
        return {
            "x": self.x,
            "y": self.y,
            "w": self.w,
            "h": self.h,
            "rotation": self.rotation,
            "points": [list(point) for point in self.points],
        }


def fit(shape: str, geometry: Geometry, width: int, height: int) -> Geometry:
    """The geometry rounded to 0.01 px and clipped to the picture.

    Raises BadGeometry where it lies further outside than the tolerance or has no extent. The
    frame of a shape with points is computed from them, so the two never disagree.
    """
    if shape == "tag":
        # It says something about the whole picture, wherever its sender thought it lies.
        return Geometry(0.0, 0.0, float(width), float(height))
    if shape in POINTED:
        return _fit_points(shape, geometry, width, height)
    if geometry.points:
        raise BadGeometry("A box has no points.")
    if geometry.w <= 0 or geometry.h <= 0:
        raise BadGeometry("Width and height must be above 0.")
    if geometry.rotation:
        return _fit_rotated(geometry, width, height)
    x, w = _fit_side(geometry.x, geometry.w, width)
    y, h = _fit_side(geometry.y, geometry.h, height)
    return Geometry(x, y, w, h)


def overlap(one: Framed, other: Framed) -> float:
    """Intersection over union of two frames: 1 for the same, 0 for what does not meet."""
    across = min(one.x + one.w, other.x + other.w) - max(one.x, other.x)
    down = min(one.y + one.h, other.y + other.h) - max(one.y, other.y)
    if across <= 0 or down <= 0:
        return 0.0
    shared = across * down
    return shared / (one.w * one.h + other.w * other.h - shared)


def turn(degrees: float) -> float:
    """A clockwise turn from 0 up to, not including, 360 degrees."""
    if not 0 <= degrees <= 360:
        raise BadGeometry("The rotation must be from 0 to 360 degrees.")
    return _rounded(degrees) % 360


def corners(geometry: Geometry) -> list[tuple[float, float]]:
    """The four corners of the frame, clockwise from the top left, after its rotation."""
    middle_x, middle_y = geometry.x + geometry.w / 2, geometry.y + geometry.h / 2
    angle = math.radians(geometry.rotation)
    cos, sin = math.cos(angle), math.sin(angle)
    offsets = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
    halves = [(sx * geometry.w / 2, sy * geometry.h / 2) for sx, sy in offsets]
    return [(middle_x + dx * cos - dy * sin, middle_y + dx * sin + dy * cos) for dx, dy in halves]


def _fit_side(start: float, length: float, limit: int) -> tuple[float, float]:
    end = start + length
    if not _within(start, limit) or not _within(end, limit):
        raise BadGeometry("The box lies outside the picture.")
    start, end = _clipped(start, limit), _clipped(end, limit)
    if end - start < SMALLEST:
        raise BadGeometry("The box is smaller than 0.01 px.")
    return start, _rounded(end - start)


def _fit_rotated(geometry: Geometry, width: int, height: int) -> Geometry:
    """Corners of a turned box may stick out of the picture; its middle may not."""
    middle_x, middle_y = geometry.x + geometry.w / 2, geometry.y + geometry.h / 2
    if not _within(middle_x, width) or not _within(middle_y, height):
        raise BadGeometry("The middle of the box lies outside the picture.")
    if max(geometry.w, geometry.h) > math.hypot(width, height) + TOLERANCE:
        raise BadGeometry("The box is larger than the picture.")
    w, h = _rounded(geometry.w), _rounded(geometry.h)
    if min(w, h) < SMALLEST:
        raise BadGeometry("The box is smaller than 0.01 px.")
    return Geometry(_rounded(geometry.x), _rounded(geometry.y), w, h, turn(geometry.rotation))


def _fit_points(shape: str, geometry: Geometry, width: int, height: int) -> Geometry:
    least = POINTED[shape]
    most = 1 if shape == "point" else MAX_POINTS
    if not least <= len(geometry.points) <= most:
        raise BadGeometry(
            f"A {shape} needs {least} to {most} points." if most > 1 else "A point needs 1 point."
        )
    if geometry.rotation:
        raise BadGeometry(f"A {shape} is turned by moving its points.")
    fit_point = _fit_keypoint if shape == "keypoints" else _fit_point
    points = tuple(fit_point(point, width, height) for point in geometry.points)
    seen = points if shape != "keypoints" else tuple(point for point in points if point[2] != ABSENT)
    if not seen:
        raise BadGeometry("At least one keypoint must be in the picture.")
    left, frame_w = _frame_side([point[0] for point in seen], width)
    top, frame_h = _frame_side([point[1] for point in seen], height)
    return Geometry(left, top, frame_w, frame_h, 0.0, points)


def _fit_point(point: Point, width: int, height: int) -> Point:
    if len(point) != 2:
        raise BadGeometry("Each point is [x, y].")
    x, y = point
    if not _within(x, width) or not _within(y, height):
        raise BadGeometry("A point lies outside the picture.")
    return _clipped(x, width), _clipped(y, height)


def _fit_keypoint(point: Point, width: int, height: int) -> Point:
    """An absent keypoint lies at 0, 0, wherever it was said to be."""
    if len(point) != 3 or point[2] not in (ABSENT, OCCLUDED, VISIBLE):
        raise BadGeometry("Each keypoint is [x, y, v], with v 0 (absent), 1 (occluded) or 2 (visible).")
    seen = int(point[2])
    return (0.0, 0.0, ABSENT) if seen == ABSENT else (*_fit_point(point[:2], width, height), seen)


def _frame_side(values: Sequence[float], limit: int) -> tuple[float, float]:
    """A lone point or a straight line has no extent; its frame gets the smallest one."""
    start, end = min(values), max(values)
    if end - start < SMALLEST:
        start = min(start, _rounded(limit - SMALLEST))
        return start, SMALLEST
    return start, _rounded(end - start)


def _within(value: float, limit: int) -> bool:
    return -TOLERANCE <= value <= limit + TOLERANCE


def _clipped(value: float, limit: int) -> float:
    return _rounded(min(max(value, 0.0), float(limit)))


def _rounded(value: float) -> float:
    """Adding zero turns -0.0 into 0.0, so that equal places are equal text."""
    return round(value, DIGITS) + 0.0
