"""The two averages that a trial or a training is judged by, as a whole and for each class."""

from collections.abc import Sequence
from typing import Any

from inference.scoring.precision import Precisions, Ranking, averages, mean


def summary_of(
    precisions: Precisions, names: Sequence[str], pictures: Sequence[int] | None = None
) -> dict[str, Any]:
    """`{"ap", "ap50", "classes": {name: {"ap", "ap50", "count"}}}` of the pictures with those numbers, or of all.

    Means are over the classes that the truth holds, 0 where it holds none.
    """
    classes = {name: _class(precisions.ranking(kind, pictures=pictures)) for kind, name in enumerate(names)}
    known = [one for one in classes.values() if one["count"]]
    return {**{key: mean([one[key] for one in known]) for key in ("ap", "ap50")}, "classes": classes}


def _class(ranking: Ranking) -> dict[str, Any]:
    whole = averages(ranking)
    return {"ap": mean(whole), "ap50": whole[0], "count": ranking.positives}
