"""How good a detector is: average precision against the truth, counted by pycocotools.

The measure is COCO's (Lin et al. 2014): AP is the mean over the overlaps .50 to .95, AP50 is at .50. Unlike
COCO's default, which stops at 100 boxes a picture, as many boxes count as a crowded picture holds.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

MOST_BOXES = 3000


@dataclass(frozen=True, eq=False)
class Boxes:
    """The boxes of one picture: x1, y1, x2, y2 in pixels (N x 4), a class number each, scores where a model spoke."""

    boxes: npt.NDArray[Any]
    class_ids: npt.NDArray[Any]
    scores: npt.NDArray[Any] | None = None


@dataclass(frozen=True)
class ClassScore:
    """`count` is how many boxes of the class the truth holds."""

    ap: float
    ap50: float
    count: int


@dataclass(frozen=True)
class Scores:
    """Means over the classes that the truth holds; 0 where it holds none."""

    ap: float
    ap50: float
    classes: dict[str, ClassScore]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


class Comparison:
    """What was found beside the truth, picture by picture; matched once, scored for any of the pictures."""

    def __init__(self, truths: Sequence[Boxes], found: Sequence[Boxes], class_names: Sequence[str]) -> None:
        """Raises ValueError where the two are not about equally many pictures."""
        if len(truths) != len(found):
            raise ValueError("There must be as many truths as pictures that were looked at.")
        self._truths, self._names = truths, class_names
        self._shape = len(class_names), len(truths)
        # pycocotools prints its progress: nobody asked for it.
        with contextlib.redirect_stdout(io.StringIO()):
            self._evaluation = _matched(truths, found, class_names)
        self._rows = np.array(self._evaluation.evalImgs, object) if self._evaluation else None

    def scores(self, pictures: Sequence[int] | None = None) -> Scores:
        """Of the pictures with those numbers (from 0), or of all."""
        chosen = range(len(self._truths)) if pictures is None else pictures
        precision = self._precision(chosen)
        ids = [np.asarray(self._truths[at].class_ids, np.int64) for at in chosen]
        counts = np.bincount(np.concatenate(ids), minlength=len(self._names))
        classes = {
            name: ClassScore(_mean(precision[:, :, at]), _mean(precision[:1, :, at]), int(counts[at]))
            for at, name in enumerate(self._names)
        }
        known = [one for one in classes.values() if one.count]
        if not known:
            return Scores(0.0, 0.0, classes)
        means = [float(np.mean([getattr(one, measure) for one in known])) for measure in ("ap", "ap50")]
        return Scores(means[0], means[1], classes)

    def _precision(self, pictures: Sequence[int]) -> npt.NDArray[Any]:
        """Precision by overlap, recall and class; -1 where the truth has none of the class."""
        if self._evaluation is None or self._rows is None:
            return np.zeros((10, 101, len(self._names)))
        numbers = [at + 1 for at in pictures]
        self._evaluation.evalImgs = list(self._rows.reshape(self._shape)[:, list(pictures)].ravel())
        self._evaluation.params.imgIds = self._evaluation._paramsEval.imgIds = numbers
        with contextlib.redirect_stdout(io.StringIO()):
            self._evaluation.accumulate()
        return self._evaluation.eval["precision"][:, :, :, 0, 0]


def score(truths: Sequence[Boxes], found: Sequence[Boxes], class_names: Sequence[str]) -> Scores:
    """Compare what was found with the truth in all pictures. Raises what Comparison raises."""
    return Comparison(truths, found, class_names).scores()


def _matched(truths: Sequence[Boxes], found: Sequence[Boxes], class_names: Sequence[str]) -> COCOeval | None:
    """Every found box matched with the truth; None where nothing was found at all."""
    coco = COCO()
    coco.dataset = {
        "images": [{"id": number} for number in range(1, len(truths) + 1)],
        "categories": [{"id": number, "name": name} for number, name in enumerate(class_names)],
        "annotations": _rows(truths),
    }
    coco.createIndex()
    rows = _rows(found)
    if not rows:
        return None
    evaluation = COCOeval(coco, coco.loadRes(rows), "bbox")
    evaluation.params.maxDets = [MOST_BOXES]
    evaluation.params.areaRng = [[0, 1e10]]
    evaluation.params.areaRngLbl = ["all"]
    evaluation.evaluate()
    return evaluation


def _rows(pictures: Sequence[Boxes]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for number, picture in enumerate(pictures, 1):
        scores = np.ones(len(picture.boxes)) if picture.scores is None else picture.scores
        for box, class_id, sure in zip(picture.boxes, picture.class_ids, scores, strict=True):
            x1, y1, x2, y2 = (float(value) for value in box)
            rows.append(
                {
                    "id": len(rows) + 1,
                    "image_id": number,
                    "category_id": int(class_id),
                    "bbox": [x1, y1, x2 - x1, y2 - y1],
                    "area": (x2 - x1) * (y2 - y1),
                    "iscrowd": 0,
                    "score": float(sure),
                }
            )
    return rows


def _mean(precision: npt.NDArray[Any]) -> float:
    known = precision[precision > -1]
    return float(known.mean()) if known.size else 0.0
