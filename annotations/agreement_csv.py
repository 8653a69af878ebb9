"""The agreement of a round as one long table for spreadsheets: a number a line."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from annotations.formats.csv import neutralised

COLUMNS = ("about", "key", "measure", "value")
TOLD = ("pictures", "objects", "kappa", "alpha", "f1", "mean_overlap")

Row = tuple[str, str, str, Any]


def csv_of(report: dict[str, Any]) -> str:
    """What there is no value for is left out."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    rows.writerows(row for row in _rows(report) if row[3] is not None)
    return text.getvalue()


def _rows(report: dict[str, Any]) -> Iterator[Row]:
    yield from _measures("all", "", report["agreement"])
    for pair in report["pairs"]:
        both = " and ".join(person["name"] for person in pair["people"])
        yield from _measures("pair", neutralised(both), pair)
    for label in report["classes"]:
        yield from _measures("class", neutralised(label["name"] or ""), label)
    for picture in report["pictures"]:
        for name in ("agreement", "agreed", "disputes", "handed_in", "given"):
            yield "picture", neutralised(picture["filename"]), name, picture[name]


def _measures(about: str, key: str, values: dict[str, Any]) -> Iterator[Row]:
    yield from ((about, key, name, values[name]) for name in TOLD if name in values)
