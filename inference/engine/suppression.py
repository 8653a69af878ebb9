"""Non-maximum suppression: of boxes that show the same thing, the best stays."""

from __future__ import annotations

import numpy as np

from inference.engine.detections import Detections, Floats, Ints


def suppress(found: Detections, iou: float) -> Detections:
    """Class by class, drop every box that overlaps a better one by more than `iou`; best first."""
    if len(found) < 2:
        return found
    best_first = found.by_score()
    return best_first.take(_survivors(_apart_by_class(best_first), iou))


def _apart_by_class(found: Detections) -> Floats:
    """Boxes moved so that no two classes touch: one pass then serves all classes."""
    span = found.boxes.max() - found.boxes.min() + 1.0
    return found.boxes + (found.class_ids * span)[:, None]


def _survivors(boxes: Floats, iou: float) -> Ints:
    """Rows that stay, given boxes in order of preference."""
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    waiting = np.arange(len(boxes))
    kept: list[int] = []
    while len(waiting):
        first, waiting = waiting[0], waiting[1:]
        kept.append(int(first))
        waiting = waiting[_overlap(boxes[first], boxes[waiting], areas[first], areas[waiting]) <= iou]
    return np.asarray(kept, np.int64)


def _overlap(box: Floats, others: Floats, area: float, areas: Floats) -> Floats:
    """Intersection over union of one box with many."""
    corners = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    width, height = np.clip(corners, 0, None).T
    shared = width * height
    union = area + areas - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
