"""The analytics of a project as one long table for spreadsheets: a number a line."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from annotations.formats.csv import neutralised

COLUMNS = ("chart", "key", "series", "value")

Row = tuple[str, str, str, Any]


def csv_of(analytics: dict[str, Any]) -> str:
    """`key` is the day, the state or the class, empty for boxes without one; a value that there is not is left out."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    rows.writerows(row for row in _rows(analytics) if row[3] is not None)
    return text.getvalue()


def _rows(analytics: dict[str, Any]) -> Iterator[Row]:
    yield from _daily("throughput", analytics["throughput"])
    for state, pictures in analytics["states"]["now"].items():
        yield "states_now", state, "pictures", pictures
    yield from _daily("states_over_time", analytics["states"]["over_time"])
    for label in analytics["classes"]:
        yield from _of_class(label)
    for name, value in analytics["time_per_image"].items():
        yield "time_per_image", "", name, str(value).lower() if isinstance(value, bool) else value


def _daily(chart: str, days: list[dict[str, Any]]) -> Iterator[Row]:
    for day in days:
        yield from ((chart, day["day"], name, value) for name, value in day.items() if name != "day")


def _of_class(label: dict[str, Any]) -> Iterator[Row]:
    name = neutralised(label["name"] or "")
    balance = {key: label[key] for key in ("boxes", "share", "pictures")}
    charts = {
        "class_balance": balance,
        "box_sizes": label["sizes"],
        "box_sides": label["sides"],
        "machine_acceptance": label["machine"],
    }
    for chart, series in charts.items():
        yield from ((chart, name, key, value) for key, value in series.items())
