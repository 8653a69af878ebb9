"""From the rows of an evaluation to what is scored: classes by name, confidences by each way's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from annotations.truth_queries import TrueBox
from inference.detection import Found, Seen
from inference.evaluation_order import looks_of, options_of, threshold_of
from inference.models import EvaluatedImage, Evaluation
from inference.options import DetectOptions
from inference.queries import class_key
from inference.scoring import Picture, Spot, agreement_of
from inference.scoring.agreement import Agreement
from inference.scoring.confusion import judged

Row = list[Any]
# As exact as stored boxes are.
DIGITS, SCORE_DIGITS = 2, 6


@dataclass(frozen=True)
class WayReader:
    """How the rows of one way are read."""

    name: str
    options: DetectOptions
    look: int
    # By the model's class number: the place of the project's class, and the confidence that counts.
    kinds: list[int | None]
    thresholds: list[float]

    def picture(self, truth: Sequence[Spot], row: EvaluatedImage) -> Picture:
        """What was found of the project's classes, beside the truth."""
        found, sure = [], []
        for number, score, x, y, w, h in row.looks[self.look]["found"]:
            kind = self.kinds[number]
            if kind is not None:
                found.append(Spot(kind, x, y, w, h, score))
                sure.append(score >= self.thresholds[number])
        return Picture(truth, found, sure)

    def strangers(self, row: EvaluatedImage) -> list[int]:
        """The class numbers of proposals whose class the project lacks."""
        return [
            number
            for number, score, *_ in row.looks[self.look]["found"]
            if self.kinds[number] is None and score >= self.thresholds[number]
        ]


class Reader:
    """How an evaluation's rows are read, once for all of them."""

    def __init__(self, evaluation: Evaluation) -> None:
        self.names = [one["name"] for one in evaluation.classes]
        self._places = {one["id"]: place for place, one in enumerate(evaluation.classes)}
        known: dict[str, int] = {}
        for place, name in enumerate(self.names):
            known.setdefault(class_key(name), place)
        asked = [(way["model"], options_of(way["options"])) for way in evaluation.ways]
        self.looks, numbers = looks_of(asked)
        self.ways = [
            WayReader(
                way["name"],
                options,
                look,
                [known.get(class_key(name)) for name in way["class_names"]],
                [threshold_of(options, name) for name in way["class_names"]],
            )
            for way, (_, options), look in zip(evaluation.ways, asked, numbers, strict=True)
        ]
        self._numbers = [
            {name: number for number, name in reversed(list(enumerate(way["class_names"])))}
            for way in evaluation.ways
        ]
        self._way_of_look = [numbers.index(look) for look in range(len(self.looks))]

    def truth_rows(self, boxes: Sequence[TrueBox]) -> list[Row]:
        """As a row keeps them; boxes of classes that came later are left out."""
        return [
            [self._places[box.class_id], *(round(side, DIGITS) for side in (box.x, box.y, box.w, box.h))]
            for box in boxes
            if box.class_id in self._places
        ]

    def look_row(self, look: int, seen: Seen) -> dict[str, Any]:
        """What one look saw, with what it half believed."""
        numbers = self._numbers[self._way_of_look[look]]
        rows = [
            _found_row(numbers, found) for found in (*seen.found, *seen.leftovers) if found.shape == "box"
        ]
        return {"found": rows, "milliseconds": seen.milliseconds}

    def pictures(self, row: EvaluatedImage) -> list[Picture]:
        """One for each way."""
        truth = truth_of(row)
        return [way.picture(truth, row) for way in self.ways]

    def agreement(self, row: EvaluatedImage) -> Agreement:
        """Of the two ways."""
        return agreement_of(*(picture.proposed for picture in self.pictures(row)))

    def counts(self, row: EvaluatedImage) -> tuple[dict[str, Any], int]:
        """What a list of pictures says of this one, and how much it differs."""
        pictures = self.pictures(row)
        ways: list[dict[str, Any]] = []
        for picture in pictures:
            told: dict[str, Any] = {"proposed": len(picture.proposed)}
            if row.truth is not None:
                verdict = judged(picture)
                told |= {"right": verdict.right, "extra": verdict.extra, "missed": verdict.missed}
            ways.append(told)
        counts: dict[str, Any] = {"truth": None if row.truth is None else len(row.truth), "ways": ways}
        if len(ways) == 1:
            return counts, ways[0].get("extra", 0) + ways[0].get("missed", 0)
        shared = self.agreement(row)
        counts |= {
            "both": len(shared.both),
            "only_first": len(shared.only_first),
            "only_second": len(shared.only_second),
        }
        return counts, shared.differs


def truth_of(row: EvaluatedImage) -> list[Spot]:
    return [Spot(*spot) for spot in row.truth or []]


def _found_row(numbers: dict[str, int], found: Found) -> Row:
    frame = (round(side, DIGITS) for side in (found.x, found.y, found.w, found.h))
    return [numbers[found.class_name], round(found.score, SCORE_DIGITS), *frame]
