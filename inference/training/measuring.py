"""Before and after: what a model file finds in the pictures that were held out, through the engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from inference.engine.detections import Detections
from inference.engine.detector import open_detector
from inference.engine.inspection import inspect_model
from inference.engine.slicing import Slicing
from inference.scoring import Picture, Precisions, Spot, summary_of
from inference.training.samples import Source

Rows = npt.NDArray[Any]
# Low enough that precision at high recall counts, high enough that crowded pictures stay quick.
CONFIDENCE, IOU = 0.05, 0.6
LOOKS: dict[str, Slicing | None] = {"whole": None, "sliced": Slicing(640, 640, overlap=0.2, merge="nms")}


@dataclass(frozen=True)
class Measure:
    """The pictures with their truth, the classes that it is told in, and how many cores may work."""

    source: Source
    class_names: Sequence[str]
    threads: int = 1


def measured(
    measure: Measure, model: Path, name: str, say: Callable[[dict[str, Any]], None]
) -> dict[str, Any]:
    """Scores of the whole look and of the sliced one.

    Classes are matched by name; those that the model does not know score 0 and are named as `unknown`.
    """
    spec = inspect_model(model)
    pictures: dict[str, list[Picture]] = {look: [] for look in LOOKS}
    with open_detector(model, spec, sessions=measure.threads) as detector:
        for number in range(len(measure.source)):
            say(
                {
                    "phase": name,
                    "message": f"Measuring {name}: picture {number + 1} of {len(measure.source)}.",
                }
            )
            pixels, boxes, class_ids = measure.source.picture(number)
            truth = spots(boxes, class_ids, np.ones(len(boxes)))
            for look, slicing in LOOKS.items():
                seen = detector.detect(pixels, confidence=CONFIDENCE, iou=IOU, slicing=slicing)
                found = renumbered(seen, spec.class_names, measure.class_names)
                pictures[look].append(Picture(truth, found))
    names = measure.class_names
    scores = {look: summary_of(Precisions(of, len(names)), names) for look, of in pictures.items()}
    return {**scores, "unknown": [one for one in measure.class_names if one not in spec.class_names]}


def renumbered(found: Detections, before: Sequence[str], after: Sequence[str]) -> list[Spot]:
    """Boxes in the other numbering of classes; those of classes that it lacks are left out."""
    numbers = {name: number for number, name in enumerate(after)}
    table = np.array([numbers.get(name, -1) for name in before], np.int64)
    kept = found.take(table[found.class_ids] >= 0)
    return spots(kept.boxes, table[kept.class_ids], kept.scores)


def spots(boxes: Rows, class_ids: Rows, scores: Rows) -> list[Spot]:
    """Of rows of x1, y1, x2, y2."""
    rows = zip(class_ids.tolist(), boxes.tolist(), scores.tolist(), strict=True)
    return [Spot(kind, x1, y1, x2 - x1, y2 - y1, score) for kind, (x1, y1, x2, y2), score in rows]
