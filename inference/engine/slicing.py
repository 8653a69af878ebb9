"""Slicing: small objects in large pictures, tile by tile. The one place that knows SAHI.

SAHI lays the tiles and matches the boxes; its prediction objects, which are neither thread-safe nor
fast, stay out of it. The result equals `sahi.predict.get_sliced_prediction` with the same settings.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from sahi.postprocess.combine import batched_greedy_nmm, batched_nmm, batched_nms
from sahi.predict import LOW_MODEL_CONFIDENCE
from sahi.slicing import get_slice_bboxes

from inference.engine.advice import tiles_along
from inference.engine.detections import WHOLE_IMAGE, Detections
from inference.engine.errors import SlicingRefused

Tile = tuple[int, int, int, int]
Box = list[float]
Groups = dict[int, list[int]]

MIN_SIDE, MAX_SIDE = 32, 16_384
MAX_OVERLAP = 0.9
MAX_TILES = 20_000


def _nms(rows: np.ndarray, metric: str, threshold: float) -> Groups:
    """Suppression as a merge in which nobody joins the survivors."""
    return {keeper: [] for keeper in batched_nms(rows, metric, threshold)}


MERGES: dict[str, Callable[[np.ndarray, str, float], Groups]] = {
    "nms": _nms,
    "nmm": batched_nmm,
    "greedy_nmm": batched_greedy_nmm,
}
METRICS = ("iou", "ios")


@dataclass(frozen=True)
class Slicing:
    """How a picture is cut and how the boxes of its tiles become one set.

    `overlap` is the part of a tile that its neighbour sees too. `merge` joins boxes of one class whose
    `metric` (intersection over union, or over the smaller box) reaches `threshold`. `full_image` adds a
    look at the whole picture, for objects larger than a tile. Raises SlicingRefused for a value out of range.
    """

    width: int = 640
    height: int = 640
    overlap: float = 0.2
    merge: str = "greedy_nmm"
    metric: str = "ios"
    threshold: float = 0.5
    full_image: bool = True

    def __post_init__(self) -> None:
        for side in (self.width, self.height):
            _require(
                type(side) is int and MIN_SIDE <= side <= MAX_SIDE, "size", "a whole number, 32 to 16384"
            )
        _require(_is_number(self.overlap) and 0 <= self.overlap <= MAX_OVERLAP, "overlap", "0 to 0.9")
        _require(self.merge in tuple(MERGES), "merge", "one of " + ", ".join(MERGES))
        _require(self.metric in METRICS, "metric", "one of " + ", ".join(METRICS))
        _require(_is_number(self.threshold) and 0 < self.threshold <= 1, "threshold", "above 0 and at most 1")
        _require(isinstance(self.full_image, bool), "full_image", "true or false")

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Slicing:
        """Read `to_dict`'s shape; `size` stands for a width and an equal height."""
        values = dict(values)
        if "size" in values:
            values["width"] = values["height"] = values.pop("size")
        unknown = sorted(set(values) - {field.name for field in fields(cls)})
        if unknown:
            raise SlicingRefused("bad_slicing", f"Slicing has no setting called {', '.join(unknown)}.")
        return cls(**values)

    def tiles(self, width: int, height: int) -> list[Tile]:
        """x, y, width, height of every tile, row by row; raises SlicingRefused beyond 20,000 of them."""
        across, down = (
            tiles_along(length, side, self.overlap)
            for length, side in ((width, self.width), (height, self.height))
        )
        if across * down > MAX_TILES:
            raise SlicingRefused(
                "too_many_tiles", "The slices are too small for this picture. Choose larger ones."
            )
        corners = get_slice_bboxes(
            image_height=height,
            image_width=width,
            slice_height=self.height,
            slice_width=self.width,
            overlap_height_ratio=self.overlap,
            overlap_width_ratio=self.overlap,
        )
        return [(left, top, right - left, bottom - top) for left, top, right, bottom in corners]


def place(found: Detections, tile: Tile, width: int, height: int) -> Detections:
    """Boxes of one tile, in pixels of the tile -> in pixels of the picture, knowing their tile.

    As in SAHI a box ends at its tile's left and top edge but may reach out to the right and below.
    """
    inside = found.clipped(width, height)
    x, y = tile[:2]
    boxes = inside.boxes + np.array([x, y, x, y])
    seen_by = WHOLE_IMAGE if tile == (0, 0, width, height) else tile
    return Detections.of(boxes, inside.scores, inside.class_ids, tile=seen_by)


def merge(found: Detections, slicing: Slicing, *, confidence: float) -> Detections:
    """One box per object, best first; it keeps the score and the tile of its best member.

    Below a confidence of 0.1 merged boxes would swallow the picture: there SAHI, and so we, suppress instead.
    """
    if len(found) < 2:
        return found
    method, metric = slicing.merge, slicing.metric
    if confidence < LOW_MODEL_CONFIDENCE and method != "nms":
        method, metric = "nms", "iou"
    rows = np.column_stack([found.boxes, found.scores, found.class_ids]).astype(np.float32)
    groups = MERGES[method](rows, metric.upper(), slicing.threshold)
    boxes = found.boxes.tolist()
    grown = [_grow(boxes, keeper, members, metric, slicing.threshold) for keeper, members in groups.items()]
    kept = found.take(np.fromiter(groups, np.int64, len(groups)))
    return Detections(np.array(grown).reshape(-1, 4), kept.scores, kept.class_ids, kept.slices).by_score()


def _grow(boxes: list[Box], keeper: int, members: list[int], metric: str, threshold: float) -> Box:
    """The keeper's box widened over its members, each of which must still match what it has become."""
    box = boxes[keeper]
    for member in members:
        other = boxes[member]
        if _match(box, other, metric) >= threshold:
            box = [min(box[0], other[0]), min(box[1], other[1]), max(box[2], other[2]), max(box[3], other[3])]
    return box


def _match(one: Box, other: Box, metric: str) -> float:
    width = max(0.0, min(one[2], other[2]) - max(one[0], other[0]))
    height = max(0.0, min(one[3], other[3]) - max(one[1], other[1]))
    shared, area, area_of_other = width * height, _area(one), _area(other)
    return shared / (min(area, area_of_other) if metric == "ios" else area + area_of_other - shared)


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _require(holds: bool, setting: str, allowed: str) -> None:
    if not holds:
        raise SlicingRefused("bad_slicing", f"The slicing setting {setting!r} must be {allowed}.")
