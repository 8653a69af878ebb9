"""What becomes of a shape where a format only knows upright rectangles with a class."""

from collections import Counter
from typing import NamedTuple

from annotations.formats.records import ExportBox, ExportDataset, ExportImage
from annotations.geometry import Geometry, corners

AREAS = ("box", "polygon")


class Labelled(NamedTuple):
    """A box with the number of its class, from 0, and the upright rectangle around it, inside the picture."""

    box: ExportBox
    class_index: int
    left: float
    top: float
    right: float
    bottom: float


def labelled(dataset: ExportDataset, image: ExportImage, skipped: Counter[str]) -> tuple[Labelled, ...]:
    """The boxes that YOLO, COCO and VOC can hold; the others are counted in `skipped` by reason."""
    found = []
    for box in image.boxes:
        index = None if box.class_id is None else dataset.class_index.get(box.class_id)
        if index is None:
            skipped["without_class"] += 1
        elif box.shape not in AREAS:
            skipped["not_an_area"] += 1
        else:
            left, top, right, bottom = frame(box)
            inside = Labelled(
                box, index, max(left, 0.0), max(top, 0.0), min(right, image.width), min(bottom, image.height)
            )
            if inside.right > inside.left and inside.bottom > inside.top:
                found.append(inside)
            else:
                skipped["outside"] += 1
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
