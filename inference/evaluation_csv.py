"""The results of an evaluation as a table for spreadsheets."""

import csv
import io
from typing import Any

from annotations.formats.csv import neutralised
from inference.models import Evaluation

NUMBERS = ("count", "found", "right", "extra", "missed", "ap", "ap50", "ap75", "precision", "recall", "f1")
COLUMNS = ("way", "model", "confidence", "class", *NUMBERS, "best_f1", "best_confidence")


def csv_of(evaluation: Evaluation) -> str:
    """A line for all classes and one for each, of each way; without results or truth the header alone."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    told = (evaluation.results or {}).get("ways", [])
    for number, (way, counted) in enumerate(zip(evaluation.ways, told, strict=False), 1):
        report = counted["report"]
        if report is None:
            continue
        start = (number, neutralised(way["name"]), way["options"]["confidence"])
        every = {**report, "name": "", "count": report["objects"], "found": report["right"] + report["extra"]}
        rows.writerows((*start, *_row(one)) for one in (every, *report["classes"]))
    return text.getvalue()


def _row(one: dict[str, Any]) -> tuple[Any, ...]:
    best = one["best"] or {}
    numbers = (one[name] for name in NUMBERS)
    return (neutralised(one["name"]), *numbers, best.get("f1"), best.get("confidence"))
