"""COCO JSON of boxes, outlines and keypoints: what pycocotools reads, with score, state and source as extra keys.

Tags, which COCO has no word for, stand in the record of their image.
"""

from collections.abc import Sequence
from typing import Any

import orjson

from annotations.formats.archive import CHUNK_BYTES
from annotations.formats.desk import Desk
from annotations.formats.records import ExportClass, ExportDataset
from annotations.formats.shapes import AREAS, Labelled, turned_corners
from annotations.formats.writing import Document, FileKind, NamedImage

DIGITS = 4
STEPS = 10**DIGITS
COCO_SHAPES = (*AREAS, "keypoints", "tag")


class CocoLabels:
    """Images go straight to the file; annotations, which come after all of them, wait in another one."""

    def __init__(self, dataset: ExportDataset, desk: Desk, name: str) -> None:
        self._dataset, self._out = dataset, desk.file(name)
        self._annotations, self._counts = desk.file(f"{name}.annotations"), desk.counter(name)

    def begin(self) -> None:
        dataset = self._dataset
        head = {"info": info_of(dataset), "licenses": [], "categories": categories_of(dataset)}
        self._out.write(orjson.dumps(head)[:-1] + b',"images":[')

    def add(self, named: NamedImage) -> None:
        image = named.image
        shapes = [item for item in named.labelled if item.box.shape != "tag"]
        tags = [tag(item) for item in named.labelled if item.box.shape == "tag"]
        row = {
            "id": named.number,
            "file_name": named.file,
            "width": image.width,
            "height": image.height,
            "sha256": image.sha256,
            "state": image.state,
        } | ({"tags": tags} if tags else {})
        self._out.write(b"\n" if named.number == 1 else b",\n")
        self._out.write(orjson.dumps(row))
        if shapes:
            start = self._counts["annotations"] + 1
            rows = [annotation(item, number, named.number) for number, item in enumerate(shapes, start)]
            self._annotations.write(b"\n" if start == 1 else b",\n")
            self._annotations.write(orjson.dumps(rows)[1:-1])
            self._counts["annotations"] += len(rows)

    def finish(self) -> None:
        self._out.write(b'\n],"annotations":[')
        self._annotations.seek(0)
        while chunk := self._annotations.read(CHUNK_BYTES):
            self._out.write(chunk)
        self._out.write(b"\n]}\n")


def info_of(dataset: ExportDataset) -> dict[str, Any]:
    version = "current" if dataset.version is None else str(dataset.version)
    return {"description": dataset.name, "version": version, "contributor": "ModelShip"}


def categories_of(dataset: ExportDataset) -> list[dict[str, Any]]:
    return [
        {"id": number, "name": known.name, "supercategory": "", **_skeleton(known)}
        for number, known in enumerate(dataset.classes, start=1)
    ]


def _skeleton(known: ExportClass) -> dict[str, Any]:
    """COCO counts the ends of a skeleton's edges from 1."""
    if not known.skeleton:
        return {}
    edges = [[start + 1, end + 1] for start, end in known.skeleton["edges"]]
    return {"keypoints": known.skeleton["points"], "skeleton": edges}


def tag(item: Labelled) -> dict[str, Any]:
    box = item.box
    row = {"category_id": item.class_index + 1, "state": box.state, "source": box.source}
    return row | {"attributes": box.attributes} | ({} if box.score is None else {"score": box.score})


def annotation(item: Labelled, number: int, image_number: int) -> dict[str, Any]:
    box = item.box
    _, _, w, h = frame = _frame(item)
    row = {
        "id": number,
        "image_id": image_number,
        "category_id": item.class_index + 1,
        "bbox": frame,
        # As `round` does it above 0, in a quarter of the time.
        "area": int(w * h * STEPS + 0.5) / STEPS,
        "iscrowd": 0,
        "segmentation": [],
        "state": box.state,
        "source": box.source,
        "attributes": box.attributes,
    }
    if box.score is not None:
        row["score"] = box.score
    if box.shape == "keypoints":
        row["keypoints"] = [round(number, DIGITS) for point in box.points for number in point]
        row["num_keypoints"] = sum(point[2] > 0 for point in box.points)
    elif box.points:
        row["segmentation"], row["area"] = _flat(box.points), _area(box.points)
    elif box.rotation:
        row["segmentation"], row["area"] = _flat(turned_corners(box)), round(box.w * box.h, DIGITS)
        row["rotation"] = box.rotation
    return row


def _frame(item: Labelled) -> tuple[float, float, float, float]:
    """Left, top, width and height. What is no turned box and inside its picture is written as it is stored."""
    box, _, left, top, right, bottom = item
    x, y, w, h = box[3:7]
    if left == x and top == y and right == x + w and bottom == y + h:
        return x, y, w, h
    frame = (left, top, right - left, bottom - top)
    return tuple(round(value, DIGITS) for value in frame)  # type: ignore[return-value]


def _flat(points: Sequence[Sequence[float]]) -> list[list[float]]:
    return [[round(value, DIGITS) for point in points for value in point]]


def _area(points: Sequence[Sequence[float]]) -> float:
    """What the polygon encloses."""
    edges = zip(points, [*points[1:], points[0]], strict=True)
    return round(abs(sum(ax * by - bx * ay for (ax, ay), (bx, by) in edges)) / 2, DIGITS)


COCO = Document("annotations/instances_default.json", FileKind(".json", "application/json"), CocoLabels)
