"""LabelMe: one JSON a picture, beside it. Turned boxes become polygons; tags become flags of the picture."""

from dataclasses import dataclass
from typing import Any

import orjson

from annotations.formats.archive import Archive
from annotations.formats.desk import Desk
from annotations.formats.records import ExportDataset
from annotations.formats.shapes import Labelled, turned_corners
from annotations.formats.writing import Labels, NamedImage

LABELME_SHAPES = ("box", "polygon", "polyline", "point", "tag")
VERSION = "5.4.1"
KINDS = {"polygon": "polygon", "polyline": "linestrip", "point": "point"}


@dataclass(frozen=True)
class LabelMePart:
    """`folder` is where the pictures are: LabelMe looks for them beside its files."""

    folder: str

    def open(self, dataset: ExportDataset, desk: Desk, archive: Archive) -> Labels:
        return _LabelMeLabels(dataset, archive, self.folder)


class _LabelMeLabels:
    def __init__(self, dataset: ExportDataset, archive: Archive, folder: str) -> None:
        self._archive, self._folder = archive, folder
        self._names = [known.name for known in dataset.classes]

    def begin(self) -> None:
        """Nothing stands before the first file."""

    def add(self, named: NamedImage) -> None:
        tags = [item for item in named.labelled if item.box.shape == "tag"]
        document = {
            "version": VERSION,
            "flags": {self._names[item.class_index]: True for item in tags},
            "shapes": [self._shape(item) for item in named.labelled if item.box.shape != "tag"],
            "imagePath": named.file,
            "imageData": None,
            "imageHeight": named.image.height,
            "imageWidth": named.image.width,
        }
        packed = orjson.dumps(document, option=orjson.OPT_INDENT_2)
        self._archive.add(f"{self._folder}/{named.stem}.json", packed)

    def finish(self) -> None:
        """Each file was complete when it was added."""

    def _shape(self, item: Labelled) -> dict[str, Any]:
        kind, points = _points(item)
        attributes = item.box.attributes
        flags = {name: value for name, value in attributes.items() if isinstance(value, bool)}
        others = {name: value for name, value in attributes.items() if not isinstance(value, bool)}
        row: dict[str, Any] = {
            "label": self._names[item.class_index],
            "points": points,
            "group_id": None,
            "description": "",
            "shape_type": kind,
            "flags": flags,
        }
        return row | ({"attributes": others} if others else {})


def _points(item: Labelled) -> tuple[str, list[list[float]]]:
    box = item.box
    if box.points:
        return KINDS[box.shape], [list(point) for point in box.points]
    if box.rotation:
        return "polygon", [[round(x, 4), round(y, 4)] for x, y in turned_corners(box)]
    return "rectangle", [[item.left, item.top], [item.right, item.bottom]]
