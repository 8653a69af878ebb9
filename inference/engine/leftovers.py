"""Leftovers: what a model half believes, for people who miss a box. They never touch the boxes that are kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from inference.engine.detections import Detections
from inference.engine.slicing import Slicing, merge
from inference.engine.suppression import BLOCK, Flags, overlaps, suppress

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
    return apart.take(~_are_shown(apart, kept, metric, most)).top(MOST)


def _are_shown(apart: Detections, kept: Detections, metric: str, most: float) -> Flags:
    """Which of them a kept box of their class shows."""
    shown = np.zeros(len(apart), bool)
    for start in range(0, len(apart), BLOCK):
        part = slice(start, start + BLOCK)
        is_same = apart.class_ids[part, None] == kept.class_ids
        shown[part] = (is_same & (overlaps(apart.boxes[part], kept.boxes, metric) >= most)).any(axis=1)
    return shown
