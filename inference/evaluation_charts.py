"""Charts of an evaluation as places in an SVG: a template draws them, the style sheet gives them colours and dashes."""

from collections.abc import Sequence
from typing import Any

WIDTH, HEIGHT = 640, 300
LEFT, RIGHT, TOP, BOTTOM = 62, 26, 12, 40
STEPS = tuple(step / 5 for step in range(6))
# Rows of a curve that are told as a table: each tenth of recall.
TOLD = tuple(step / 10 for step in range(11))

Point = Sequence[float]


def precision_recall(lines: Sequence[tuple[str, Sequence[Point]]]) -> dict[str, Any]:
    """Lines of recall and precision, both from 0 to 1, told in per cent."""
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "right": WIDTH - RIGHT,
        "rows": [{"at": _down(step), "baseline": _down(step) + 4, "label": f"{step:.0%}"} for step in STEPS],
        "columns": [{"at": _across(step), "label": f"{step:.0%}"} for step in STEPS],
        "below": HEIGHT - BOTTOM + 18,
        "foot": HEIGHT - 3,
        "middle": (LEFT + WIDTH - RIGHT) // 2,
        "lines": [{"label": label, "points": _points(points)} for label, points in lines],
        "table": [
            {"recall": f"{recall:.0%}", "precisions": [_told(points, recall) for _, points in lines]}
            for recall in TOLD
        ],
    }


def _points(points: Sequence[Point]) -> str:
    return " ".join(f"{_across(recall):g},{_down(high):g}" for recall, high, *_ in points)


def _across(share: float) -> float:
    return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)


def _down(share: float) -> float:
    return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)


def _told(points: Sequence[Point], recall: float) -> str:
    """The precision there; a dash beyond the last recall that was reached."""
    found = next((high for at, high, *_ in points if abs(at - recall) < 0.005), None)
    return f"{found:.1%}" if found is not None else "–"


def heat(count: int, total: int) -> int:
    """How dark a cell is, from 0 for none to 5."""
    return 0 if not count or not total else min(5, 1 + count * 5 // (total + 1))
