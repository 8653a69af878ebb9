"""A workflow as a picture: where its states and arrows are drawn, in units of the picture's own."""

import math
from dataclasses import dataclass
from typing import NamedTuple

from annotations.workflow.graph import APPROVED, CHANGES_REQUESTED, OPEN, SUBMITTED, Workflow

WIDTH, HEIGHT = 360, 330
NODE_WIDTH, NODE_HEIGHT = 118, 40
# Middles of the states: the way goes down, what is sent back stands aside.
PLACES = {OPEN: (110, 40), SUBMITTED: (110, 165), APPROVED: (110, 290), CHANGES_REQUESTED: (290, 165)}
BEND, PAST_A_STATE, APART = 20, 130, 16
HEAD = 8


class Node(NamedTuple):
    """A state as a rectangle, with the place of its name."""

    state: str
    x: float
    y: float
    width: int
    height: int
    middle: float
    baseline: float


class Arrow(NamedTuple):
    """One way of a step: `line` is an SVG path, `head` the points of a triangle."""

    action: str
    source: str
    target: str
    line: str
    head: str


@dataclass(frozen=True, slots=True)
class Picture:
    """All of it, for a `viewBox` of that size."""

    width: int
    height: int
    nodes: list[Node]
    arrows: list[Arrow]


def picture_of(workflow: Workflow) -> Picture:
    nodes = [_node(state) for state in workflow.states]
    arrows, seen = [], dict[tuple[str, str], int]()
    for step in workflow.steps.values():
        for source in step.sources:
            pair = source, step.target
            seen[pair] = seen.get(pair, -1) + 1
            arrows.append(_arrow(step.action, *pair, seen[pair]))
    return Picture(WIDTH, HEIGHT, nodes, arrows)


def _node(state: str) -> Node:
    x, y = PLACES[state]
    return Node(state, x - NODE_WIDTH / 2, y - NODE_HEIGHT / 2, NODE_WIDTH, NODE_HEIGHT, x, y + 5)


def _arrow(action: str, source: str, target: str, number: int) -> Arrow:
    """A curve to the right of the straight line, so that the way back has a side of its own."""
    (x1, y1), (x2, y2) = PLACES[source], PLACES[target]
    length = math.hypot(x2 - x1, y2 - y1)
    across = (y1 - y2) / length, (x2 - x1) / length
    bend = BEND + number * APART
    if {source, target} == {OPEN, APPROVED}:
        # Past the state in between: down on the left, up even further out.
        bend = PAST_A_STATE + (number + (source == APPROVED)) * 2 * APART
        across = (-1.0, 0.0)
    middle = (x1 + x2) / 2 + across[0] * bend, (y1 + y2) / 2 + across[1] * bend
    start, end = _edge(source, middle), _edge(target, middle)
    line = f"M{start[0]:.1f} {start[1]:.1f}Q{middle[0]:.1f} {middle[1]:.1f} {end[0]:.1f} {end[1]:.1f}"
    return Arrow(action, source, target, line, _head(middle, end))


def _edge(state: str, towards: tuple[float, float]) -> tuple[float, float]:
    """Where the line from the middle of the state leaves its rectangle."""
    x, y = PLACES[state]
    dx, dy = towards[0] - x, towards[1] - y
    scale = min(
        (NODE_WIDTH / 2 + 2) / abs(dx) if dx else math.inf,
        (NODE_HEIGHT / 2 + 2) / abs(dy) if dy else math.inf,
    )
    return x + dx * scale, y + dy * scale


def _head(start: tuple[float, float], end: tuple[float, float]) -> str:
    angle = math.atan2(end[1] - start[1], end[0] - start[0])
    corners = [end] + [
        (end[0] - HEAD * math.cos(angle + turn), end[1] - HEAD * math.sin(angle + turn))
        for turn in (0.4, -0.4)
    ]
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
