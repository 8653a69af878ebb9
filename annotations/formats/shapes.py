"""What becomes of a shape where a format only knows upright rectangles with a class."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from annotations.formats.records import ExportBox, ExportDataset, ExportImage
from annotations.geometry import Geometry, corners

AREAS = ("box", "polygon")
# Why a shape has no place in a format that does not know its kind.
REASONS = {"tag": "image_tag"}


class Labelled(NamedTuple):
    """A box with the number of its class, from 0, and the upright rectangle around it, inside the picture."""

    box: ExportBox
    class_index: int
    left: float
    top: float
    right: float
    bottom: float


def labelled(
    dataset: ExportDataset, image: ExportImage, skipped: Counter[str], shapes: Sequence[str] = AREAS
) -> tuple[Labelled, ...]:
    """The boxes that a format of classed `shapes` can hold; the others are counted in `skipped` by reason."""
    found, indexes, width, height = [], dataset.class_index, image.width, image.height
    for box in image.boxes:
        index = indexes.get(box.class_id) if box.class_id else None
        if index is None:
            skipped["without_class"] += 1
            continue
        if box.shape not in shapes:
            skipped[REASONS.get(box.shape, "not_an_area")] += 1
            continue
        left, top, right, bottom = frame(box)
        if left < 0 or top < 0 or right > width or bottom > height:
            left, top, right, bottom = max(left, 0.0), max(top, 0.0), min(right, width), min(bottom, height)
            if right <= left or bottom <= top:
                skipped["outside"] += 1
                continue
        found.append(Labelled(box, index, left, top, right, bottom))
    return tuple(found)


def frame(box: ExportBox) -> tuple[float, float, float, float]:
    """The upright rectangle around a shape: left, top, right, bottom."""
    if not box.rotation:
        return box.x, box.y, box.x + box.w, box.y + box.h
    points = turned_corners(box)
    across, down = [x for x, _ in points], [y for _, y in points]
    return min(across), min(down), max(across), max(down)


def turned_corners(box: ExportBox) -> list[tuple[float, float]]:
    return corners(Geometry(box.x, box.y, box.w, box.h, box.rotation))
