"""The results of an evaluation, counted from its rows."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from inference.evaluation_pictures import Reader, WayReader, truth_of
from inference.models import EvaluatedImage, Evaluation
from inference.scoring import report_of

ROWS_AT_ONCE = 200
NAMED = 50
MEASURES = ("ap", "ap50", "ap75", "precision", "recall", "f1")


def results_of(evaluation: Evaluation) -> dict[str, Any]:
    """Each way's report where there is truth, and where two ways agree.

    `agreement` and `difference` (the second less the first) are null for one way, a report without truth.
    """
    reader = Reader(evaluation)
    rows = list(evaluation.pictures.order_by("id").iterator(chunk_size=ROWS_AT_ONCE))
    reviewed = [row for row in rows if row.truth is not None]
    ways = [_way(reader, number, rows, reviewed) for number in range(len(reader.ways))]
    return {
        "images": len(rows),
        "reviewed": len(reviewed),
        "ways": ways,
        "agreement": _agreement(reader, rows) if len(ways) > 1 else None,
        "difference": _difference(*(way["report"] for way in ways)) if len(ways) > 1 else None,
    }


def _way(
    reader: Reader, number: int, rows: Sequence[EvaluatedImage], reviewed: Sequence[EvaluatedImage]
) -> dict[str, Any]:
    way = reader.ways[number]
    spent = [row.looks[way.look]["milliseconds"] for row in rows]
    true = {spot[0] for row in reviewed for spot in row.truth or []}
    known = {kind for kind in way.kinds if kind is not None}
    pictures = [way.picture(truth_of(row), row) for row in reviewed]
    return {
        "proposed": sum(row.counts["ways"][number]["proposed"] for row in rows),
        "seconds": round(sum(spent) / len(spent) / 1000, 3) if spent else None,
        # True classes that the model can't name: each of their boxes counts as missed.
        "unknown": [reader.names[kind] for kind in sorted(true - known)],
        "ignored": _ignored(way, rows),
        "report": report_of(pictures, reader.names) if reviewed else None,
    }


def _ignored(way: WayReader, rows: Sequence[EvaluatedImage]) -> dict[str, Any]:
    """Proposals of classes that the project lacks, which take no part."""
    counts = Counter(number for row in rows for number in way.strangers(row))
    return {"boxes": counts.total(), "classes": len(counts)}


def _agreement(reader: Reader, rows: Sequence[EvaluatedImage]) -> dict[str, Any]:
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    for row in rows:
        shared = reader.agreement(row)
        for key, spots in (
            ("both", [first for first, _ in shared.both]),
            ("only_first", shared.only_first),
            ("only_second", shared.only_second),
        ):
            for spot in spots:
                counts[spot.kind][key] += 1
    keys = ("both", "only_first", "only_second")
    classes = [
        {"name": reader.names[kind], **{key: counts[kind][key] for key in keys}} for kind in sorted(counts)
    ]
    return {**{key: sum(one[key] for one in classes) for key in keys}, "classes": classes}


def _difference(first: dict[str, Any] | None, second: dict[str, Any] | None) -> dict[str, float] | None:
    if first is None or second is None:
        return None
    return {measure: round(second[measure] - first[measure], 6) for measure in MEASURES}
