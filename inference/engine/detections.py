"""Detections: what a model saw in one picture, as arrays of equal length."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Index = npt.NDArray[Any]

WHOLE_IMAGE = (-1, -1, -1, -1)


@dataclass(frozen=True, eq=False)
class Detections:
    """Boxes of one picture.

    `boxes` are x1, y1, x2, y2 in pixels of the original; `slices` are the x, y, width, height of the
    tile that saw the box, or `WHOLE_IMAGE` where the model looked at the picture in one piece.
    """

    boxes: Floats
    scores: npt.NDArray[np.float32]
    class_ids: Ints
    slices: Ints

    def __post_init__(self) -> None:
        count = len(self.boxes)
        shapes = (self.boxes.shape, self.scores.shape, self.class_ids.shape, self.slices.shape)
        if shapes != ((count, 4), (count,), (count,), (count, 4)):
            raise ValueError(f"Detections need arrays of equal length, got {shapes}.")

    def __len__(self) -> int:
        return len(self.boxes)

    @classmethod
    def of(
        cls,
        boxes: npt.ArrayLike,
        scores: npt.ArrayLike,
        class_ids: npt.ArrayLike,
        *,
        tile: tuple[int, int, int, int] = WHOLE_IMAGE,
    ) -> Detections:
        """Detections that all come from one tile, or from the whole picture."""
        rows = np.asarray(boxes, np.float64).reshape(-1, 4)
        return cls(
            rows,
            np.asarray(scores, np.float32).reshape(-1),
            np.asarray(class_ids, np.int64).reshape(-1),
            np.tile(np.asarray(tile, np.int64), (len(rows), 1)),
        )

    @classmethod
    def empty(cls) -> Detections:
        return cls.of([], [], [])

    @classmethod
    def concat(cls, parts: Iterable[Detections]) -> Detections:
        """All parts after one another, in their order."""
        found = [part for part in parts if len(part)]
        if not found:
            return cls.empty()
        return cls(
            np.concatenate([part.boxes for part in found]),
            np.concatenate([part.scores for part in found]),
            np.concatenate([part.class_ids for part in found]),
            np.concatenate([part.slices for part in found]),
        )

    def take(self, index: Index) -> Detections:
        """The rows that an index array or a boolean mask selects."""
        return Detections(self.boxes[index], self.scores[index], self.class_ids[index], self.slices[index])

    def at_least(self, score: float) -> Detections:
        return self.take(self.scores >= score)

    def by_score(self) -> Detections:
        """Best first; equal scores keep their order."""
        return self.take(np.argsort(-self.scores, kind="stable"))

    def top(self, count: int) -> Detections:
        """The best `count` boxes, best first."""
        return self.by_score().take(np.arange(min(count, len(self))))

    def moved(self, dx: float, dy: float) -> Detections:
        """The same boxes seen from a picture whose origin lies at (-dx, -dy); tiles move along."""
        slices = self.slices.copy()
        slices[slices[:, 2] > 0, :2] += np.array([int(dx), int(dy)])
        return replace(self, boxes=self.boxes + np.array([dx, dy, dx, dy]), slices=slices)

    def clipped(self, width: float, height: float) -> Detections:
        """Boxes cut at the picture's edge; what has no area left, or is not finite, is gone."""
        boxes = np.clip(self.boxes, 0, np.array([width, height, width, height], np.float64))
        solid = (
            (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1]) & np.isfinite(self.boxes).all(axis=1)
        )
        return replace(self, boxes=boxes).take(solid)

    def tile_of(self, row: int) -> list[int] | None:
        """x, y, width, height of the tile that saw this box; None for the whole picture."""
        x, y, width, height = (int(value) for value in self.slices[row])
        return [x, y, width, height] if width > 0 else None
