"""The whole report on a way of looking: averages, classes, curves, and what is taken for what."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from inference.scoring.boxes import Picture
from inference.scoring.confusion import Judged, confusion, is_right, judged
from inference.scoring.precision import RECALLS, SIZES, Precisions, Ranking, Sizes, averages, mean

# Of the overlaps .50 to .95.
AT_50, AT_75 = 0, 5
DIGITS = 6


def report_of(pictures: Sequence[Picture], names: Sequence[str]) -> dict[str, Any]:
    """Of pictures whose truth is known, as plain values. Classes that are neither true nor proposed are left out.

    Means are over the classes that the truth holds.
    """
    precisions = Precisions(pictures, len(names))
    verdicts = [judged(picture) for picture in pictures]
    rankings = [precisions.ranking(kind) for kind in range(len(names))]
    counts = _counts(verdicts)
    classes = [
        {"name": name, **_class(rankings[kind], *(count[kind] for count in counts))}
        for kind, name in enumerate(names)
        if rankings[kind].positives or counts[1][kind]
    ]
    known = [one for one in classes if one["count"]]
    every = Ranking(
        sum(ranking.positives for ranking in rankings),
        sorted((row for ranking in rankings for row in ranking.rows), key=lambda row: -row[0]),
    )
    return {
        "images": len(pictures),
        "objects": every.positives,
        **{key: _rounded(mean([one[key] for one in known])) for key in ("ap", "ap50", "ap75")},
        **shares(*(sum(count.values()) for count in counts)),
        "best": best_of(every),
        "curve": _mean_curve([ranking for ranking in rankings if ranking.positives]),
        "sizes": {name: _size(precisions, size) for name, size in SIZES.items()},
        "classes": classes,
        "confusion": confusion(verdicts),
    }


def shares(right: int, found: int, count: int) -> dict[str, Any]:
    """Precision, recall and F1 of so many right boxes among those found and those that are there."""
    return {
        "right": right,
        "extra": found - right,
        "missed": count - right,
        "precision": _rounded(right / found) if found else 0.0,
        "recall": _rounded(right / count) if count else 0.0,
        "f1": _rounded(2 * right / (found + count)) if found + count else 0.0,
    }


def best_of(ranking: Ranking) -> dict[str, float] | None:
    """The confidence of the best F1, and what it gives; None where nothing is ever right."""
    best, right = None, 0
    rows = ranking.rows
    for seen, (score, verdicts) in enumerate(rows, 1):
        right += verdicts[AT_50] is True
        # Boxes of one score come together or not at all.
        if seen < len(rows) and rows[seen][0] == score:
            continue
        f1 = 2 * right / (seen + ranking.positives)
        if right and (best is None or f1 > best[0]):
            best = f1, score, right / seen, right / ranking.positives
    keys = ("f1", "confidence", "precision", "recall")
    return {key: _rounded(value) for key, value in zip(keys, best, strict=True)} if best else None


def _counts(verdicts: Sequence[Judged]) -> tuple[Counter[int], Counter[int], Counter[int]]:
    """Right, proposed and true boxes of each class."""
    right: Counter[int] = Counter()
    found: Counter[int] = Counter()
    count: Counter[int] = Counter()
    for true, taken in (pair for one in verdicts for pair in one.pairs):
        if true is not None:
            count[true.kind] += 1
        if taken is not None:
            found[taken.kind] += 1
            right[taken.kind] += is_right(true, taken)
    return right, found, count


def _class(ranking: Ranking, right: int, found: int, count: int) -> dict[str, Any]:
    """Without true boxes there is no precision to average."""
    whole = averages(ranking) if ranking.positives else []
    return {
        "count": count,
        "found": found,
        "ap": _rounded(mean(whole)) if whole else None,
        "ap50": _rounded(whole[AT_50]) if whole else None,
        "ap75": _rounded(whole[AT_75]) if whole else None,
        **shares(right, found, count),
        "best": best_of(ranking),
        "curve": _curve(ranking) if whole else [],
    }


def _curve(ranking: Ranking) -> list[list[float]]:
    """Recall, precision and confidence at up to 101 recalls, as far as the model gets."""
    points = zip(RECALLS, ranking.points(AT_50), strict=True)
    return [[round(recall, 2), round(high, 4), round(score, 4)] for recall, (high, score) in points if high]


def _mean_curve(rankings: Sequence[Ranking]) -> list[list[float]]:
    """Recall and the mean precision of the classes there; the area below it is the AP50."""
    curves = [ranking.precisions(AT_50) for ranking in rankings]
    points = zip(RECALLS, zip(*curves, strict=True), strict=False)
    return [[round(recall, 2), round(mean(highs), 4)] for recall, highs in points]


def _size(precisions: Precisions, size: Sizes) -> dict[str, Any]:
    rankings = [precisions.ranking(kind, size) for kind in range(precisions.kinds)]
    known = [ranking for ranking in rankings if ranking.positives]
    ap = _rounded(mean([mean(averages(ranking)) for ranking in known])) if known else None
    return {"count": sum(ranking.positives for ranking in known), "ap": ap}


def _rounded(value: float) -> float:
    return round(value, DIGITS)
