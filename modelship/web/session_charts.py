"""Charts of a team session as places in an SVG: a template draws them, the style sheet gives them colours."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from modelship.web.analytics_charts import drawn, segments_of

VERDICT_LABELS = {
    "approve": "Approved",
    "reject": "Sent back",
    "submit": "Handed in",
    "skip": "Skipped",
}
VERDICTS = tuple(VERDICT_LABELS)


def charts_of(summary: Mapping[str, Any]) -> dict[str, Any]:
    people = [{"name": one["user"]["name"], **one} for one in summary["people"]]
    return {
        "people": _stacked(people),
        "classes": _stacked(summary["classes"]),
        "over_time": _over_time(summary["over_time"]),
    }


def _stacked(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A bar for each row that has a verdict, all to one scale, a segment for each verdict."""
    most = max((sum(row["verdicts"].values()) for row in rows), default=0)
    shown = []
    for row in rows:
        counts = [row["verdicts"][verdict] for verdict in VERDICTS]
        cells = [
            {"label": VERDICT_LABELS[verdict], "count": row["verdicts"][verdict]} for verdict in VERDICTS
        ]
        shown.append({**row, "total": sum(counts), "cells": cells, "segments": segments_of(counts, most)})
    return {"rows": shown, "names": list(VERDICT_LABELS.values()), "is_empty": most == 0}


def _over_time(told: Mapping[str, Any]) -> dict[str, Any]:
    """A line for each verdict: how many there were by the end of each stretch of time."""
    sums, rows = dict.fromkeys(VERDICTS, 0), []
    for place in told["places"]:
        for verdict in VERDICTS:
            sums[verdict] += place[verdict]
        rows.append({"at": _moment(place["at"], told["minutes"]), **sums})
    return {**drawn(rows, VERDICTS, VERDICT_LABELS, key="at"), "minutes": told["minutes"]}


def _moment(at: str, minutes: int) -> str:
    moment = datetime.fromisoformat(at)
    return f"{moment:%-d %b}" if minutes >= 1440 else f"{moment:%H:%M}"
