"""Average precision: COCO's 101 points of recall, each with the best precision from there on."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from inference.scoring.boxes import Picture, Spot, best_first
from inference.scoring.matching import OVERLAPS, Group, group_of, matches

RECALLS = (*(at * 0.01 for at in range(100)), 1.0)
# Sides of squares of COCO's areas: small objects, medium ones, large ones.
SIZES = {"small": (0.0, 32.0**2), "medium": (32.0**2, 96.0**2), "large": (96.0**2, 1e10)}
ANY_SIZE = (0.0, 1e10)

Sizes = tuple[float, float]
# A found box: its score, and at which overlap it is still right; None where it is left out of account there.
Verdicts = tuple[float, list[bool | None]]


@dataclass(frozen=True)
class Ranking:
    """The found boxes of one class over all pictures, the surest first, and how many true ones there are."""

    positives: int
    rows: list[Verdicts]

    def average(self, at: int) -> float:
        """Average precision at the overlap of that number; 0 where there is nothing to be found."""
        return sum(self.precisions(at)) / len(RECALLS)

    def precisions(self, at: int) -> list[float]:
        """The best precision at each recall or beyond it; 0 beyond the last."""
        return [point[0] for point in self.points(at)]

    def points(self, at: int) -> list[tuple[float, float]]:
        """Precision and confidence at each of the 101 recalls; 0 and 0 beyond the last."""
        recalls, precisions, scores = self.curve(at)
        for row in range(len(precisions) - 2, -1, -1):
            precisions[row] = max(precisions[row], precisions[row + 1])
        rows = (bisect_left(recalls, recall) for recall in RECALLS)
        return [(precisions[row], scores[row]) if row < len(recalls) else (0.0, 0.0) for row in rows]

    def curve(self, at: int) -> tuple[list[float], list[float], list[float]]:
        """Recall, precision and confidence after each found box."""
        recalls, precisions, scores = [], [], []
        right = 0
        rows = ((score, verdicts[at]) for score, verdicts in self.rows if verdicts[at] is not None)
        for seen, (score, is_right) in enumerate(rows, 1):
            right += bool(is_right)
            recalls.append(right / self.positives if self.positives else 0.0)
            precisions.append(right / seen)
            scores.append(score)
        return recalls, precisions, scores


@dataclass(frozen=True, slots=True)
class Matched:
    """The boxes of one class in one picture, and who is right about whom from each overlap on, whatever the size."""

    group: Group
    by_overlap: list[list[int | None]]


class Precisions:
    """Pictures matched once, scored for any of them, class by class."""

    def __init__(self, pictures: Sequence[Picture], kinds: int, *, most: int | None = None) -> None:
        """`most` is how many boxes of a class count in a picture, the surest; all without it."""
        self.kinds = kinds
        self._groups = [_groups(picture, most) for picture in pictures]

    def ranking(self, kind: int, size: Sizes = ANY_SIZE, pictures: Sequence[int] | None = None) -> Ranking:
        """Of the pictures with those numbers, or of all."""
        chosen = self._groups if pictures is None else [self._groups[at] for at in pictures]
        positives, rows = 0, []
        for groups in chosen:
            if matched := groups.get(kind):
                ignored = [_is_outside(spot, size) for spot in matched.group.truth]
                positives += ignored.count(False)
                rows += _verdicts(matched, ignored, size)
        rows.sort(key=lambda row: -row[0])
        return Ranking(positives, rows)


def averages(ranking: Ranking) -> list[float]:
    """At each of the overlaps .50 to .95."""
    return [ranking.average(at) for at in range(len(OVERLAPS))]


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _groups(picture: Picture, most: int | None) -> dict[int, Matched]:
    truth: dict[int, list[Spot]] = defaultdict(list)
    found: dict[int, list[Spot]] = defaultdict(list)
    for spot in picture.truth:
        truth[spot.kind].append(spot)
    for spot in best_first(picture.found):
        found[spot.kind].append(spot)
    kinds = truth.keys() | found.keys()
    return {kind: _matched(group_of(truth.get(kind, ()), found.get(kind, ())[:most])) for kind in kinds}


def _matched(group: Group) -> Matched:
    return Matched(group, [matches(group, least) for least in OVERLAPS])


def _is_outside(spot: Spot, size: Sizes) -> bool:
    return not size[0] <= spot.w * spot.h <= size[1]


def _verdicts(matched: Matched, ignored: list[bool], size: Sizes) -> list[Verdicts]:
    """Of found boxes that mean an ignored one, or none and are of another size, nothing is said."""
    group, by_overlap = matched.group, matched.by_overlap
    if True in ignored and False in ignored:
        by_overlap = [matches(group, least, ignored) for least in OVERLAPS]
    outside = [_is_outside(spot, size) for spot in group.found]
    rows = []
    for number, spot in enumerate(group.found):
        verdicts: list[bool | None] = []
        for found in by_overlap:
            true = found[number]
            if true is None:
                verdicts.append(None if outside[number] else False)
            else:
                verdicts.append(None if ignored[true] else True)
        rows.append((spot.score, verdicts))
    return rows
