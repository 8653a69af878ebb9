"""What becomes of a shape where a format only knows upright rectangles with a class."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from annotations.formats.records import ExportBox, ExportDataset
from annotations.geometry import Geometry, corners

AREAS = ("box", "polygon")
# Why a shape has no place in a format that does not know its kind.
REASONS = {"tag": "image_tag"}


class Labelled(NamedTuple):
    """A box with the number of its class, from 0, and the upright rectangle around it, inside the picture."""

    box: ExportBox
    class_index: int
    left: float
    top: float
    right: float
    bottom: float


def labelled(
    dataset: ExportDataset,
    boxes: Iterable[ExportBox],
    size: tuple[int, int],
    skipped: Counter[str],
    shapes: Sequence[str] = AREAS,
) -> tuple[Labelled, ...]:
    """The boxes on a picture of that size that a format of classed `shapes` can hold.

    The others are counted in `skipped` by reason.
    """
    found, indexes, (width, height) = [], dataset.class_index, size
    for box in boxes:
        _, class_id, shape, left, top, w, h, rotation = box[:8]
        index = indexes.get(class_id.int) if class_id else None
        if index is None:
            skipped["without_class"] += 1
            continue
        if shape not in shapes:
            skipped[REASONS.get(shape, "not_an_area")] += 1
            continue
        right, bottom = left + w, top + h
        if rotation:
            left, top, right, bottom = _around(turned_corners(box))
        if left < 0 or top < 0 or right > width or bottom > height:
            left, top, right, bottom = max(left, 0.0), max(top, 0.0), min(right, width), min(bottom, height)
            if right <= left or bottom <= top:
                skipped["outside"] += 1
                continue
        found.append(Labelled(box, index, left, top, right, bottom))
    return tuple(found)


def _around(points: Sequence[Sequence[float]]) -> tuple[float, float, float, float]:
    """The upright rectangle around the points: left, top, right, bottom."""
    across, down = [x for x, _ in points], [y for _, y in points]
    return min(across), min(down), max(across), max(down)


def smallest_box(points: Sequence[Sequence[float]]) -> list[tuple[float, float]]:
    """The corners, clockwise, of the smallest turned box around a polygon: one side lies on an edge of its hull."""
    hull = _hull(points)
    best: tuple[float, list[tuple[float, float]]] | None = None
    for (ax, ay), (bx, by) in zip(hull, [*hull[1:], hull[0]], strict=True):
        length = math.hypot(bx - ax, by - ay)
        if not length:
            continue
        ux, uy = (bx - ax) / length, (by - ay) / length
        along = [x * ux + y * uy for x, y in hull]
        aside = [y * ux - x * uy for x, y in hull]
        low, high, near, far = min(along), max(along), min(aside), max(aside)
        area = (high - low) * (far - near)
        if best is None or area < best[0]:
            ends = ((low, near), (high, near), (high, far), (low, far))
            best = area, [(u * ux - v * uy, u * uy + v * ux) for u, v in ends]
    return best[1] if best else [(points[0][0], points[0][1])] * 4


def _hull(points: Sequence[Sequence[float]]) -> list[tuple[float, float]]:
    """The corners of the convex hull, by Andrew's monotone chain."""
    ordered = sorted({(point[0], point[1]) for point in points})
    if len(ordered) < 3:
        return ordered
    halves = []
    for row in (ordered, ordered[::-1]):
        chain: list[tuple[float, float]] = []
        for x, y in row:
            while len(chain) > 1 and _cross(chain[-2], chain[-1], (x, y)) <= 0:
                chain.pop()
            chain.append((x, y))
        halves += chain[:-1]
    return halves


def _cross(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def turned_corners(box: ExportBox) -> list[tuple[float, float]]:
    return corners(Geometry(box.x, box.y, box.w, box.h, box.rotation))
