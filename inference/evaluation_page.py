"""What the page of an evaluation shows of its results: numbers, classes, curves, mix-ups."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from inference.evaluation_charts import heat, precision_recall
from inference.evaluation_queries import MEASURES
from inference.models import Evaluation

# Classes in the chart and in the table of mix-ups; all of them are in the table of classes.
CHARTED, MIXED = 20, 15
MEASURE_WORDS = {
    "ap": ("mAP", "Average precision over the overlaps .50 to .95, mean of the classes"),
    "ap50": ("AP50", "The same where half of what both cover is enough"),
    "ap75": ("AP75", "The same where boxes must fit well"),
    "precision": ("Precision", "How many of the proposed boxes are right"),
    "recall": ("Recall", "How many of the true boxes are found"),
    "f1": ("F1", "Precision and recall in one number"),
}
SORTS = {
    "class": "Class",
    "count": "Boxes",
    "ap": "AP",
    "ap50": "AP50",
    "precision": "Precision",
    "recall": "Recall",
    "f1": "F1",
}


def results_of_page(found: Evaluation, asked: Mapping[str, str]) -> dict[str, Any]:
    """The results as the page shows them; a report is there where something was reviewed."""
    results = found.results or {}
    reports = [way["report"] for way in results["ways"]]
    context = {"results": results, "agreement": results["agreement"], "has_truth": None not in reports}
    if None in reports:
        return context
    classes = classes_of(reports)
    sort = asked["sort"] if asked.get("sort") in SORTS else "count"
    return {
        **context,
        "headline": headline(reports, results["difference"]),
        "best": [report["best"] for report in reports],
        "sizes": sizes_of(reports),
        "classes": sorted_classes(classes, sort),
        "sorts": [{"key": key, "label": label, "is_current": key == sort} for key, label in SORTS.items()],
        "sort": sort,
        "charted": [one for one in sorted_classes(classes, "count") if one["count"]][:CHARTED],
        "curve": curve_of(found, reports, asked.get("class", "")),
        "mixes": [mixes_of(found, report) for report in reports],
    }


def percent(value: float | None) -> str:
    """In per cent, as papers print it."""
    return "–" if value is None else f"{value * 100:.1f}"


def headline(
    reports: Sequence[Mapping[str, Any]], difference: Mapping[str, float] | None
) -> list[dict[str, Any]]:
    rows = []
    for measure in MEASURES:
        label, meaning = MEASURE_WORDS[measure]
        change = None if difference is None else difference[measure]
        row = {"label": label, "meaning": meaning, "values": [percent(report[measure]) for report in reports]}
        if change is not None:
            row |= {
                "change": f"{change * 100:+.1f}",
                "kind": "ok" if change > 0 else "bad" if change < 0 else "",
            }
        rows.append(row)
    return rows


def sizes_of(reports: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    words = {"small": "Small, below 32² px", "medium": "Medium", "large": "Large, above 96² px"}
    return [
        {
            "label": words[size],
            "count": reports[0]["sizes"][size]["count"],
            "values": [percent(report["sizes"][size]["ap"]) for report in reports],
        }
        for size in words
    ]


def classes_of(reports: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each class with the numbers of each way, in the project's order."""
    by_name = [{one["name"]: one for one in report["classes"]} for report in reports]
    names = list(dict.fromkeys(name for one in by_name for name in one))
    rows = []
    for name in names:
        ways = [one.get(name) for one in by_name]
        known = [way for way in ways if way]
        rows.append(
            {
                "name": name,
                "count": known[0]["count"],
                "ways": [_class_way(way) for way in ways],
                "keys": {key: known[0].get(key) for key in SORTS if key != "class"},
            }
        )
    return rows


def _class_way(way: Mapping[str, Any] | None) -> dict[str, Any]:
    """A class that is neither true nor proposed in a way has no numbers there."""
    told = way or {}
    best = told.get("best")
    return {
        **{key: percent(told.get(key)) for key in ("ap", "ap50", "precision", "recall", "f1")},
        "bar": round((told.get("ap") or 0) * 100, 1),
        "best": f"{best['confidence']:.2f}" if best else "–",
    }


def sorted_classes(classes: Sequence[dict[str, Any]], sort: str) -> list[dict[str, Any]]:
    """By name from A on, by numbers from the highest on; what has none comes last."""
    if sort == "class":
        return sorted(classes, key=lambda one: one["name"].casefold())
    return sorted(
        classes, key=lambda one: -1 if one["keys"][sort] is None else one["keys"][sort], reverse=True
    )


def curve_of(found: Evaluation, reports: Sequence[Mapping[str, Any]], wanted: str) -> dict[str, Any]:
    """Precision over recall of the class that is asked for, or the mean of all."""
    names = [one["name"] for report in reports for one in report["classes"] if one["count"]]
    chosen = wanted if wanted in names else ""
    curves = [_of_class(report, chosen) if chosen else report for report in reports]
    letters = [""] if len(reports) == 1 else ["A: ", "B: "]
    labels = [letter + way["name"] for letter, way in zip(letters, found.ways, strict=True)]
    lines = [(label, one["curve"]) for label, one in zip(labels, curves, strict=True)]
    told = " and ".join(percent(one["ap50"]) for one in curves)
    return {
        **precision_recall(lines),
        "chosen": chosen,
        "names": list(dict.fromkeys(names)),
        "title": f"Precision over recall of {chosen or 'all classes'}: the area below is the AP50, {told}.",
    }


def _of_class(report: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = (one for one in report["classes"] if one["name"] == name)
    return next(found, {"curve": [], "ap50": None})


def mixes_of(found: Evaluation, report: Mapping[str, Any]) -> dict[str, Any]:
    """What is taken for what, of the classes that occur most; None in a pair is nothing."""
    names = [one["name"] for one in found.classes]
    totals: Counter[int] = Counter()
    for true, taken, count in report["confusion"]:
        for kind in {true, taken} - {None}:
            totals[kind] += count
    shown = sorted(kind for kind, _ in totals.most_common(MIXED))
    cells = {(true, taken): count for true, taken, count in report["confusion"]}
    columns: list[int | None] = [*shown, None]
    rows = []
    for true in columns:
        total = sum(cells.get((true, taken), 0) for taken in columns)
        rows.append(
            {
                "label": "Nothing there" if true is None else names[true],
                "cells": [_cell(true, taken, cells.get((true, taken), 0), total, names) for taken in columns],
            }
        )
    return {
        "columns": ["Missed" if kind is None else names[kind] for kind in columns],
        "rows": rows,
        "left_out": len(totals) - len(shown),
    }


def _cell(
    true: int | None, taken: int | None, count: int, total: int, names: Sequence[str]
) -> dict[str, Any]:
    if true is None and taken is None:
        return {"count": None}
    if true is None:
        words = f"{count:,} proposed as {names[taken or 0]} where nothing is"
    elif taken is None:
        words = f"{count:,} {names[true]} missed"
    elif true == taken:
        words = f"{count:,} {names[true]} right"
    else:
        words = f"{count:,} {names[true]} taken for {names[taken]}"
    return {
        "count": count,
        "title": words,
        "heat": heat(count, total),
        "is_right": true == taken,
    }
