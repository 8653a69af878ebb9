"""The keypoints of a class: named points in a fixed order, and the edges that people see between them."""

from collections.abc import Mapping
from typing import Any

MAX_POINTS = 100
MAX_EDGES = 300
MAX_NAME = 64


class BadSkeleton(ValueError):
    """Not a skeleton; the message says which part, and what it must be."""


def read_skeleton(value: Any) -> dict[str, Any]:
    """`{"points": [name, …], "edges": [[from, to], …]}`, points counted from 0, or `{}` for none.

    Raises BadSkeleton.
    """
    if value is None or value == {}:
        return {}
    if not isinstance(value, Mapping) or set(value) - {"points", "edges"}:
        raise BadSkeleton("'skeleton' must be an object of points and edges, or {}.")
    points = _points(value.get("points"))
    return {"points": points, "edges": _edges(value.get("edges", []), len(points))}


def _points(value: Any) -> list[str]:
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_POINTS:
        raise BadSkeleton(f"skeleton.points must be a list of 1 to {MAX_POINTS} names.")
    found = []
    for at, name in enumerate(value):
        text = name.strip() if isinstance(name, str) else ""
        if not 1 <= len(text) <= MAX_NAME or not text.isprintable():
            raise BadSkeleton(f"skeleton.points[{at}] must be one line of 1 to {MAX_NAME} characters.")
        if text in found:
            raise BadSkeleton(f"skeleton.points[{at}]: two points are named {text}. Rename one.")
        found.append(text)
    return found


def _edges(value: Any, points: int) -> list[list[int]]:
    if not isinstance(value, list) or len(value) > MAX_EDGES:
        raise BadSkeleton(f"skeleton.edges must be a list of up to {MAX_EDGES} pairs.")
    found: list[list[int]] = []
    for at, edge in enumerate(value):
        if not _is_edge(edge, points):
            raise BadSkeleton(
                f"skeleton.edges[{at}] must be two different numbers of points, from 0 to {points - 1}."
            )
        if list(edge) not in found:
            found.append(list(edge))
    return found


def _is_edge(edge: Any, points: int) -> bool:
    if not isinstance(edge, list) or len(edge) != 2 or edge[0] == edge[1]:
        return False
    return all(isinstance(end, int) and not isinstance(end, bool) and 0 <= end < points for end in edge)
