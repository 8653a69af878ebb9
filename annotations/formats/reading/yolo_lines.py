"""What a line of a YOLO label file says: a box, a turned box, an outline or a pose, in parts of the picture's size."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from annotations.formats.reading.records import ReadShape

# Corners this many pixels off a rectangle still make a turned box: files round their numbers.
SQUARE_PX = 1.5
# Beyond this a number is no part of a size: it is a pixel.
MOST_PART = 2.0


class BadLine(ValueError):
    """The line is none of a label file; the message says why."""


class Pose(NamedTuple):
    """How many keypoints there are, and how many numbers each has: 2, or 3 with its visibility."""

    points: int
    numbers: int


def shape_of(values: Sequence[float], size: tuple[int, int], pose: Pose | None) -> ReadShape:
    """The shape of the numbers behind the class, in pixels. Raises BadLine.

    4 numbers are a box, 8 a turned box, a longer even count an outline; one more is a score. With 8 numbers
    that are no rectangle it is an outline, too.
    """
    if any(not math.isfinite(value) for value in values):
        raise BadLine("a number is none")
    kind = pose or _pose_of(values)
    if kind and len(values) in (4 + kind.points * kind.numbers, 5 + kind.points * kind.numbers):
        return _pose(values, size, kind)
    score, parts = None, list(values)
    if len(parts) == 5 or (len(parts) > 6 and len(parts) % 2):
        score = parts.pop()
        if not 0 <= score <= 1:
            raise BadLine(f"the last number is no score from 0 to 1: {score:g}")
    _check_parts(parts)
    width, height = size
    judged: dict[str, Any] = {} if score is None else {"score": score, "state": "proposed", "source": "model"}
    if len(parts) == 4:
        return _box(parts, width, height)._replace(**judged)
    if len(parts) < 6:
        raise BadLine(f"it has {len(values) + 1} numbers; a box has 5, a turned box 9, an outline at least 7")
    points = [(x * width, y * height) for x, y in zip(parts[::2], parts[1::2], strict=True)]
    turned = rectangle_of(points) if len(points) == 4 else None
    found = turned or ReadShape("", "polygon", points=points)
    return found._replace(**judged)


def rectangle_of(points: Sequence[tuple[float, float]], slack: float = SQUARE_PX) -> ReadShape | None:
    """The box, turned clockwise, whose corners these four points are; None where they make no rectangle."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = points
    # The corners of a rectangle, and of nothing else, have equal diagonals that meet in the middle.
    is_centred = math.hypot(ax + cx - bx - dx, ay + cy - by - dy) / 2 <= slack
    if not is_centred or abs(math.hypot(cx - ax, cy - ay) - math.hypot(dx - bx, dy - by)) > slack:
        return None
    w = (math.hypot(bx - ax, by - ay) + math.hypot(cx - dx, cy - dy)) / 2
    h = (math.hypot(cx - bx, cy - by) + math.hypot(dx - ax, dy - ay)) / 2
    middle_x, middle_y = (ax + bx + cx + dx) / 4, (ay + by + cy + dy) / 4
    turn = math.degrees(math.atan2(by - ay, bx - ax)) % 360
    if (bx - ax) * (cy - by) - (by - ay) * (cx - bx) < 0:
        # Counted the other way round: its first side is the height.
        turn, w, h = math.degrees(math.atan2(dy - ay, dx - ax)) % 360, h, w
    turn = 0.0 if min(turn, 360 - turn) < 0.005 else turn
    return ReadShape("", x=middle_x - w / 2, y=middle_y - h / 2, w=w, h=h, rotation=turn)


def _box(parts: Sequence[float], width: int, height: int) -> ReadShape:
    cx, cy, w, h = parts
    return ReadShape("", x=(cx - w / 2) * width, y=(cy - h / 2) * height, w=w * width, h=h * height)


def _pose_of(values: Sequence[float]) -> Pose | None:
    """A pose that no data.yaml announced: every third number behind the box is 0, 1 or 2."""
    points, left = divmod(len(values) - 4, 3)
    is_pose = points > 0 and not left and all(value in (0, 1, 2) for value in values[6::3])
    return Pose(points, 3) if is_pose else None


def _pose(values: Sequence[float], size: tuple[int, int], kind: Pose) -> ReadShape:
    width, height = size
    numbers = values[4 : 4 + kind.points * kind.numbers]
    points = []
    for at in range(0, len(numbers), kind.numbers):
        x, y = numbers[at] * width, numbers[at + 1] * height
        seen = int(numbers[at + 2]) if kind.numbers == 3 else 2 if x or y else 0
        if seen not in (0, 1, 2):
            raise BadLine(f"a keypoint is seen as {numbers[at + 2]:g}; 0, 1 and 2 are known")
        points.append((x, y, seen))
    if not any(point[2] for point in points):
        # Nobody marked a point; the box is what is known.
        _check_parts(values[:4])
        return _box(values[:4], width, height)
    return ReadShape("", "keypoints", points=points)


def _check_parts(parts: Sequence[float]) -> None:
    if any(abs(value) > MOST_PART for value in parts):
        raise BadLine("its numbers are no parts of the picture's size from 0 to 1, but seem to be pixels")
