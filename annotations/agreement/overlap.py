"""How far two shapes are the same one, from 0 to 1, whatever shapes they are.

What covers something (boxes, turned or not, and polygons) is compared by intersection over union. Keypoints are by
object keypoint similarity as COCO has it, with one spread for all of them. Points and lines cover nothing: they are
compared by how far apart they are, against a reach at which they are half the same. A tag is said of the whole picture.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol

from annotations.geometry import ABSENT, Framed, Geometry, corners
from annotations.geometry import overlap as frames_overlap

COVERING = frozenset({"box", "polygon"})
# Horizontal lines along which outlines are compared: the share is right to three digits.
LINES = 256
# How far apart points and lines are that are half the same, in pixels and as a share of the picture's diagonal.
REACH, REACH_SHARE = 10.0, 0.01
# The spread of keypoints as a share of the object's side; COCO's (2 sigma) are from 0.05 to 0.21.
SPREAD = 0.1
# Places along a line where its distance from another one is measured.
PLACES = 32

Corner = tuple[float, float]


class Shaped(Framed, Protocol):
    """A shape in pixels of the picture, as a box of a canvas holds it."""

    @property
    def shape(self) -> str: ...
    @property
    def rotation(self) -> float: ...
    @property
    def points(self) -> Sequence[Sequence[float]]: ...


def reach_in(width: int, height: int) -> float:
    """The reach in a picture of that size: one percent of its diagonal, at least 10 px."""
    return max(REACH, REACH_SHARE * math.hypot(width, height))


def overlap(one: Shaped, other: Shaped, reach: float = REACH) -> float:
    """1 for the same shape, 0 for two that have nothing in common or can't be compared."""
    if one.shape in COVERING and other.shape in COVERING:
        return _covered(one, other)
    if one.shape != other.shape:
        return 0.0
    if one.shape == "tag":
        return 1.0
    if one.shape == "keypoints":
        return _keypoints(one, other)
    return max(0.0, 1 - _apart(one.points, other.points) / (2 * reach))


def margin_of(shape: Shaped, reach: float = REACH) -> float:
    """How far the shape may stick out of its frame, or meet something outside it, in pixels."""
    if shape.rotation or shape.shape == "keypoints":
        return max(shape.w, shape.h)
    return 0.0 if shape.shape in COVERING else 2 * reach


def may_meet(one: Shaped, other: Shaped, reach: float = REACH) -> bool:
    """Whether they are so near that the overlap can be above 0: a quick look before the exact one."""
    margin = margin_of(one, reach) + margin_of(other, reach)
    across = min(one.x + one.w, other.x + other.w) - max(one.x, other.x)
    down = min(one.y + one.h, other.y + other.h) - max(one.y, other.y)
    return across > -margin and down > -margin


def _covered(one: Shaped, other: Shaped) -> float:
    if _is_plain(one) and _is_plain(other):
        return frames_overlap(one, other)
    first, second = _outline(one), _outline(other)
    heights = [y for _, y in (*first, *second)]
    top, step = min(heights), (max(heights) - min(heights)) / LINES
    if step <= 0:
        return 0.0
    mine, theirs = _crossings(first, top, step), _crossings(second, top, step)
    shared = sum(_shared(a, b) for a, b in zip(mine, theirs, strict=True))
    either = sum(map(_length, mine)) + sum(map(_length, theirs)) - shared
    return shared / either if either > 0 else 0.0


def _is_plain(shape: Shaped) -> bool:
    return shape.shape == "box" and not shape.rotation


def _outline(shape: Shaped) -> list[Corner]:
    if shape.shape == "polygon":
        return [(point[0], point[1]) for point in shape.points]
    return corners(Geometry(shape.x, shape.y, shape.w, shape.h, shape.rotation))


def _crossings(outline: Sequence[Corner], top: float, step: float) -> list[list[float]]:
    """Where each line runs into the outline and out of it again: even-odd, as the editor fills it."""
    found: list[list[float]] = [[] for _ in range(LINES)]
    for (x, y), (next_x, next_y) in zip(outline, (*outline[1:], outline[0]), strict=True):
        if y == next_y:
            continue
        upper, lower = (y, next_y) if y < next_y else (next_y, y)
        slope = (next_x - x) / (next_y - y)
        # Lines lie in the middle of their strip; an edge has its upper end and not its lower one.
        first = max(0, math.ceil((upper - top) / step - 0.5))
        last = min(LINES, math.ceil((lower - top) / step - 0.5))
        for line in range(first, last):
            found[line].append(x + slope * (top + (line + 0.5) * step - y))
    for places in found:
        places.sort()
    return found


def _length(places: Sequence[float]) -> float:
    return sum(places[1::2]) - sum(places[::2])


def _shared(one: Sequence[float], other: Sequence[float]) -> float:
    """How much of a line lies inside both outlines."""
    total, at, to = 0.0, 0, 0
    while at < len(one) - 1 and to < len(other) - 1:
        start, end = max(one[at], other[to]), min(one[at + 1], other[to + 1])
        total += max(0.0, end - start)
        if one[at + 1] < other[to + 1]:
            at += 2
        else:
            to += 2
    return total


def _keypoints(one: Shaped, other: Shaped) -> float:
    """OKS over the keypoints that either has; one that only one of them has counts nothing."""
    scale = math.sqrt(max(one.w * one.h, other.w * other.h)) * SPREAD
    longer = max(len(one.points), len(other.points))
    similar, counted = 0.0, 0
    for at in range(longer):
        mine, theirs = _seen(one.points, at), _seen(other.points, at)
        if mine is None and theirs is None:
            continue
        counted += 1
        if mine is not None and theirs is not None:
            distance = math.dist(mine, theirs)
            similar += math.exp(-(distance**2) / (2 * scale**2)) if scale else float(distance == 0)
    return similar / counted if counted else 0.0


def _seen(points: Sequence[Sequence[float]], at: int) -> Corner | None:
    if at >= len(points) or points[at][2] == ABSENT:
        return None
    return points[at][0], points[at][1]


def _apart(one: Sequence[Sequence[float]], other: Sequence[Sequence[float]]) -> float:
    """The modified Hausdorff distance in pixels (Dubuisson and Jain 1994); a point is a line of one place.

    That is the mean distance of places along one line from the other line, whichever way it is larger.
    """
    return max(_mean_distance(one, other), _mean_distance(other, one))


def _mean_distance(one: Sequence[Sequence[float]], other: Sequence[Sequence[float]]) -> float:
    places = _places(one)
    return sum(_distance(place, other) for place in places) / len(places)


def _places(points: Sequence[Sequence[float]]) -> list[Corner]:
    """Places at equal distances along the line, its ends among them."""
    line = [(point[0], point[1]) for point in points]
    lengths = [math.dist(a, b) for a, b in pairwise(line)]
    whole = sum(lengths)
    if not whole:
        return line[:1]
    found, at, walked = [], 0, 0.0
    for place in range(PLACES + 1):
        wanted = whole * place / PLACES
        while at < len(lengths) - 1 and walked + lengths[at] < wanted:
            walked += lengths[at]
            at += 1
        share = min(1.0, (wanted - walked) / lengths[at]) if lengths[at] else 0.0
        (x, y), (next_x, next_y) = line[at], line[at + 1]
        found.append((x + share * (next_x - x), y + share * (next_y - y)))
    return found


def _distance(place: Corner, points: Sequence[Sequence[float]]) -> float:
    """From a place to the nearest one of the line."""
    line = [(point[0], point[1]) for point in points]
    if len(line) == 1:
        return math.dist(place, line[0])
    return min(_to_piece(place, a, b) for a, b in pairwise(line))


def _to_piece(place: Corner, start: Corner, end: Corner) -> float:
    across, down = end[0] - start[0], end[1] - start[1]
    long = across**2 + down**2
    if not long:
        return math.dist(place, start)
    share = ((place[0] - start[0]) * across + (place[1] - start[1]) * down) / long
    share = min(1.0, max(0.0, share))
    return math.dist(place, (start[0] + share * across, start[1] + share * down))
