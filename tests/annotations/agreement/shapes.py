"""Marks for tests of agreement."""

from typing import Any

from annotations.edits import BoxState


def box(
    uid: str, kind: str | None, x: float, y: float, w: float = 10, h: float = 10, **more: Any
) -> BoxState:
    return BoxState(uid, kind, "box", x, y, w, h, **more)


def of_points(shape: str, points: list[list[float]], *, uid: str = "a", kind: str | None = "cat") -> BoxState:
    xs, ys = [point[0] for point in points], [point[1] for point in points]
    frame = (min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))
    return BoxState(uid, kind, shape, *frame, points=points)
