"""Charts of a project's analytics as places in an SVG: a template draws them, the style sheet gives them colours."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from annotations.analytics_queries import EDITS, REVIEW_STATES, SIDES, SIZES, STEPS

WIDTH, HEIGHT = 640, 240
LEFT, RIGHT, TOP, BOTTOM = 62, 30, 12, 28
MOST_BARS = 20
LABELS = {
    "submitted": "Handed in",
    "approved": "Approved",
    "sent_back": "Sent back",
    "edits_by_people": "By people",
    "edits_by_machines": "By machines",
    "open": "Open",
    "changes_requested": "Changes requested",
    "small": "Small",
    "medium": "Medium",
    "large": "Large",
    "tall": "Tall",
    "even": "Even",
    "wide": "Wide",
}
# As badges call them.
STATE_LABELS = {**LABELS, "submitted": "In review"}


def charts_of(analytics: Mapping[str, Any]) -> dict[str, Any]:
    days, over_time = analytics["throughput"], analytics["states"]["over_time"]
    return {
        "throughput": daily(days, STEPS, LABELS),
        "edits": daily(days, EDITS, LABELS),
        "states": daily(over_time, REVIEW_STATES, STATE_LABELS),
        "now": _states_now(analytics["states"]["now"]),
        **_of_classes(analytics["classes"]),
    }


def daily(
    days: Sequence[Mapping[str, Any]], series: Sequence[str], labels: Mapping[str, str]
) -> dict[str, Any]:
    """A line for each series over the days."""
    chart = drawn(days, series, labels, key="day")
    for column in chart["columns"]:
        column["label"] = f"{date.fromisoformat(column['label']):%-d %b}"
    return chart


def drawn(
    places: Sequence[Mapping[str, Any]], series: Sequence[str], labels: Mapping[str, str], *, key: str
) -> dict[str, Any]:
    """A line for each series, and the same as a table; `key` names the places, `is_empty` says that every number is 0."""
    most = max((place[name] for place in places for name in series), default=0)
    top = _round_up(most)
    rows = [(_down(step, top), f"{step:,}") for step in sorted({0, top // 2, top})]
    return {
        **{"width": WIDTH, "height": HEIGHT, "left": LEFT, "right": WIDTH - RIGHT, "below": HEIGHT - 6},
        "rows": [{"at": at, "baseline": at + 4, "label": label} for at, label in rows],
        "columns": _columns([place[key] for place in places]),
        "lines": [
            {"label": labels[name], "points": _points([place[name] for place in places], top)}
            for name in series
        ],
        "table": [
            {"day": place[key], "cells": [{"label": labels[name], "count": place[name]} for name in series]}
            for place in places
        ],
        "is_empty": most == 0,
    }


def _columns(names: Sequence[str]) -> list[dict[str, Any]]:
    """The first, the middle and the last place."""
    marked = sorted({0, (len(names) - 1) // 2, len(names) - 1})
    return [{"at": _across(at, len(names)), "label": names[at]} for at in marked]


def _points(values: Sequence[int], top: int) -> str:
    """A single day is drawn from side to side."""
    if len(values) == 1:
        values = [values[0], values[0]]
    return " ".join(f"{_across(at, len(values)):g},{_down(one, top):g}" for at, one in enumerate(values))


def _across(at: int, count: int) -> float:
    share = at / (count - 1) if count > 1 else 0.5
    return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)


def _down(value: float, top: int) -> float:
    return round(HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM), 1)


def _round_up(most: int) -> int:
    """The next 2, 4, 6, 10 or 20 times a power of ten: an axis whose middle is a whole number."""
    power = 1
    while True:
        for step in (2, 4, 6, 10):
            if most <= step * power:
                return step * power
        power *= 10


def _states_now(counts: Mapping[str, int]) -> dict[str, Any]:
    most = max(counts.values(), default=0)
    return {
        "rows": [
            {"state": state, "count": count, "segments": [_segment(0, count, most)]}
            for state, count in counts.items()
        ],
        "is_empty": most == 0,
    }


def _of_classes(classes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Bars of the classes with most, which say how many others the table has."""
    most = max((label["boxes"] for label in classes), default=0)
    balance = [_bar(label, label["boxes"], [_segment(0, label["boxes"], most)]) for label in classes]
    machine = [
        _bar(label, told["judged"], [_segment(0, told["accepted"], told["judged"])]) | {"told": told}
        for label in classes
        if (told := label["machine"])["judged"]
    ]
    return {
        "balance": _bars(balance),
        "sizes": _stacked(classes, "sizes", SIZES),
        "sides": _stacked(classes, "sides", SIDES),
        "machine": _bars(machine),
    }


def _stacked(classes: Sequence[Mapping[str, Any]], key: str, names: Sequence[str]) -> dict[str, Any]:
    """For each class with such boxes a bar of shares, one segment for each name."""
    bars = []
    for label in classes:
        counts = [label[key][name] for name in names]
        if whole := sum(counts):
            cells = [{"label": LABELS[name], "count": label[key][name]} for name in names]
            bars.append(_bar(label, whole, segments_of(counts, whole)) | {"cells": cells})
    return {**_bars(bars), "names": [LABELS[name] for name in names]}


def _bar(label: Mapping[str, Any], rank: int, segments: list[dict[str, float]]) -> dict[str, Any]:
    return {"label": label, "name": label["name"] or "No class", "rank": rank, "segments": segments}


def _bars(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    ordered = sorted(rows, key=lambda row: -row["rank"])
    return {
        "shown": ordered[:MOST_BARS],
        "rows": ordered,
        "hidden": max(0, len(ordered) - MOST_BARS),
        "is_empty": not any(row["rank"] for row in ordered),
    }


def segments_of(counts: Sequence[int], whole: int) -> list[dict[str, float]]:
    """One beside the other, for each count, of a bar that stands for `whole`."""
    return [_segment(sum(counts[:at]), count, whole) for at, count in enumerate(counts)]


def _segment(start: int, count: int, whole: int) -> dict[str, float]:
    """In per cent of the bar."""
    return {
        "x": round(100 * start / whole, 2) if whole else 0,
        "width": round(100 * count / whole, 2) if whole else 0,
    }
