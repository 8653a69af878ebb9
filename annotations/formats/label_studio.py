"""Label Studio JSON: a task a picture, shapes in per cent of its size; proposals become predictions.

What Label Studio has no field for (attributes, order) stands in the `meta` of a region, which it keeps.
"""

import math
from collections.abc import Sequence
from typing import Any

import orjson

from annotations.formats.desk import Desk
from annotations.formats.records import ExportBox, ExportDataset
from annotations.formats.shapes import Labelled
from annotations.formats.writing import Document, FileKind, NamedImage

LABEL_STUDIO_SHAPES = ("box", "polygon", "polyline", "point", "tag")
# The control that each kind of result belongs to; docs/formats.md has the labelling config with these names.
CONTROLS = {"rectanglelabels": "box", "polygonlabels": "polygon", "keypointlabels": "point", "choices": "tag"}
POINT_WIDTH = 0.5


class LabelStudioLabels:
    def __init__(self, dataset: ExportDataset, desk: Desk, name: str) -> None:
        self._out = desk.file(name)
        self._names = [known.name for known in dataset.classes]

    def begin(self) -> None:
        self._out.write(b"[")

    def add(self, named: NamedImage) -> None:
        image = named.image
        made = [item for item in named.labelled if item.box.state != "proposed"]
        proposed = [item for item in named.labelled if item.box.state == "proposed"]
        size = (image.width, image.height)
        data = {"image": named.file, **({"split": image.split} if image.split else {})}
        task = {
            "id": named.number,
            "data": data,
            # An image without shapes that somebody looked at is one with an empty annotation.
            "annotations": [] if proposed and not made else [{"result": self._results(made, size)}],
            "predictions": [{"result": self._results(proposed, size)}] if proposed else [],
            "meta": {"sha256": image.sha256, "state": image.state},
        }
        self._out.write(b"\n" if named.number == 1 else b",\n")
        self._out.write(orjson.dumps(task))

    def finish(self) -> None:
        self._out.write(b"\n]\n")

    def _results(self, items: Sequence[Labelled], size: tuple[int, int]) -> list[dict[str, Any]]:
        return [result(item.box, self._names[item.class_index], size) for item in items]


def result(box: ExportBox, name: str, size: tuple[int, int]) -> dict[str, Any]:
    kind, value = _value(box, size)
    row: dict[str, Any] = {
        "id": str(box.id),
        "type": kind,
        "from_name": CONTROLS[kind],
        "to_name": "image",
        "value": {**value, kind: [name]},
        "origin": "prediction" if box.source == "model" else "manual",
        "original_width": size[0],
        "original_height": size[1],
        "image_rotation": 0,
    }
    meta = {"attributes": box.attributes, "z": box.z}
    if any(meta.values()):
        row["meta"] = meta
    return row if box.score is None else row | {"score": box.score}


def _value(box: ExportBox, size: tuple[int, int]) -> tuple[str, dict[str, Any]]:
    across, down = 100 / size[0], 100 / size[1]
    if box.shape == "tag":
        return "choices", {}
    if box.shape == "point":
        x, y = box.points[0][:2]
        return "keypointlabels", {"x": x * across, "y": y * down, "width": POINT_WIDTH}
    if box.points:
        points = [[point[0] * across, point[1] * down] for point in box.points]
        return "polygonlabels", {"points": points, "closed": box.shape == "polygon"}
    x, y = corner(box)
    frame = {"x": x * across, "y": y * down, "width": box.w * across, "height": box.h * down}
    return "rectanglelabels", {**frame, "rotation": box.rotation}


def corner(box: ExportBox) -> tuple[float, float]:
    """The first corner after the turn around the middle: Label Studio turns around that corner."""
    angle = math.radians(box.rotation)
    dx, dy = -box.w / 2, -box.h / 2
    x = box.x + box.w / 2 + dx * math.cos(angle) - dy * math.sin(angle)
    return x, box.y + box.h / 2 + dx * math.sin(angle) + dy * math.cos(angle)


LABEL_STUDIO = Document("label_studio.json", FileKind(".json", "application/json"), LabelStudioLabels)
