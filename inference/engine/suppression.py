"""Non-maximum suppression: of boxes that show the same thing, the best stays."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from inference.engine.detections import Detections, Floats, Ints

Flags = npt.NDArray[np.bool_]
# Boxes that are compared at once, each with each: a few megabytes.
BLOCK = 256


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
    """Rows that stay, given boxes in order of preference; compared block by block, which bounds the memory."""
    waiting, kept = np.arange(len(boxes)), []
    while len(waiting):
        block, waiting = waiting[:BLOCK], waiting[BLOCK:]
        best = block[_unbeaten(overlaps(boxes[block], boxes[block]) > iou)]
        waiting = waiting[~(overlaps(boxes[best], boxes[waiting]) > iou).any(axis=0)]
        kept.append(best)
    return np.concatenate(kept)


def _unbeaten(beats: Flags) -> Ints:
    """Rows that no earlier one beats which stays itself; `beats[a, b]` says that a beats b."""
    stays = np.ones(len(beats), bool)
    for row in range(len(beats)):
        if stays[row]:
            stays[row + 1 :] &= ~beats[row, row + 1 :]
    return np.flatnonzero(stays)


def overlaps(ones: Floats, others: Floats, metric: str = "iou") -> Floats:
    """Intersection of each box with each other one, over their union or (`ios`) over the smaller of both."""
    corners = np.minimum(ones[:, None, 2:], others[:, 2:]) - np.maximum(ones[:, None, :2], others[:, :2])
    width, height = np.moveaxis(np.clip(corners, 0, None), 2, 0)
    shared = width * height
    area, areas = _areas(ones)[:, None], _areas(others)
    whole = np.minimum(area, areas) if metric == "ios" else area + areas - shared
    return np.divide(shared, whole, out=np.zeros_like(shared), where=whole > 0)


def _areas(boxes: Floats) -> Floats:
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
