"""Leftovers: what a model half believes, for people who miss a box. They never touch the boxes that are kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from inference.engine.detections import Detections, Floats
from inference.engine.slicing import Slicing, merge
from inference.engine.suppression import suppress

# Below this a score means nothing.
FLOOR = 0.05
MOST = 300
# Of a picture in many tiles only so many are compared with each other.
CONSIDERED = 2_000


def leftovers_of(spare: Detections, kept: Detections, *, iou: float, slicing: Slicing | None) -> Detections:
    """The best 300 boxes of `spare` that show nothing twice and nothing that a kept box of their class shows."""
    best = spare.top(CONSIDERED)
    apart = merge(best, replace(slicing, merge="nms"), confidence=1.0) if slicing else suppress(best, iou)
    metric, most = (slicing.metric, slicing.threshold) if slicing else ("iou", iou)
    is_new = [not _is_shown(apart, row, kept, metric, most) for row in range(len(apart))]
    return apart.take(np.asarray(is_new, bool)).top(MOST)


def _is_shown(apart: Detections, row: int, kept: Detections, metric: str, most: float) -> bool:
    others = kept.boxes[kept.class_ids == apart.class_ids[row]]
    return bool((_overlaps(apart.boxes[row], others, metric) >= most).any())


def _overlaps(box: Floats, others: Floats, metric: str) -> Floats:
    """Intersection of one box with many, over the union or over the smaller box."""
    corners = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    width, height = np.clip(corners, 0, None).T
    shared = width * height
    area = (box[2] - box[0]) * (box[3] - box[1])
    areas = (others[:, 2] - others[:, 0]) * (others[:, 3] - others[:, 1])
    whole = np.minimum(area, areas) if metric == "ios" else area + areas - shared
    return np.divide(shared, whole, out=np.zeros_like(shared), where=whole > 0)
