"""Shapes that are stored as others: ellipses as polygons, boxes turned around a corner as boxes turned around their middle."""

import math
from typing import Any

ELLIPSE_POINTS = 48


def ellipse(cx: float, cy: float, rx: float, ry: float, rotation: float = 0.0) -> list[tuple[float, float]]:
    """Points on an ellipse, clockwise, turned clockwise by degrees. At most 0.3 % of the radius is cut off."""
    cos, sin = math.cos(math.radians(rotation)), math.sin(math.radians(rotation))
    points = []
    for at in range(ELLIPSE_POINTS):
        angle = 2 * math.pi * at / ELLIPSE_POINTS
        x, y = rx * math.cos(angle), ry * math.sin(angle)
        points.append((cx + x * cos - y * sin, cy + x * sin + y * cos))
    return points


def around_middle(x: float, y: float, w: float, h: float, rotation: float) -> dict[str, Any]:
    """The same box, of which x and y are the corner that it was turned around."""
    angle = math.radians(rotation)
    middle_x = x + w / 2 * math.cos(angle) - h / 2 * math.sin(angle)
    middle_y = y + w / 2 * math.sin(angle) + h / 2 * math.cos(angle)
    return {"x": middle_x - w / 2, "y": middle_y - h / 2, "w": w, "h": h, "rotation": rotation % 360}
