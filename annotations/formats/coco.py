"""COCO detection JSON: what pycocotools reads, with score, state and source as extra keys."""

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, BinaryIO

import orjson

from annotations.formats.archive import CHUNK_BYTES, spooled
from annotations.formats.records import ExportDataset
from annotations.formats.shapes import Labelled, turned_corners
from annotations.formats.writing import Document, FileKind, NamedImage

DIGITS = 4


class CocoLabels:
    """Images go straight to the file; annotations, which come after all of them, wait in a spool."""

    def __init__(self, dataset: ExportDataset, out: BinaryIO) -> None:
        self._out = out
        self._closing = ExitStack()
        self._annotations = self._closing.enter_context(spooled())
        self._last_id = 0
        head = {"info": info_of(dataset), "licenses": [], "categories": categories_of(dataset)}
        out.write(orjson.dumps(head)[:-1] + b',"images":[')

    def add(self, named: NamedImage) -> None:
        image = named.image
        row = {
            "id": named.number,
            "file_name": named.file,
            "width": image.width,
            "height": image.height,
            "sha256": image.sha256,
            "state": image.state,
        }
        self._out.write(b"\n" if named.number == 1 else b",\n")
        self._out.write(orjson.dumps(row))
        if named.labelled:
            start = self._last_id + 1
            rows = [
                annotation(item, number, named.number) for number, item in enumerate(named.labelled, start)
            ]
            self._annotations.write(b"\n" if start == 1 else b",\n")
            self._annotations.write(orjson.dumps(rows)[1:-1])
            self._last_id += len(rows)

    def finish(self) -> None:
        with self._closing:
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
        {"id": number, "name": known.name, "supercategory": ""}
        for number, known in enumerate(dataset.classes, start=1)
    ]


def annotation(item: Labelled, number: int, image_number: int) -> dict[str, Any]:
    box, left, top = item.box, item.left, item.top
    w, h = round(item.right - left, DIGITS), round(item.bottom - top, DIGITS)
    row = {
        "id": number,
        "image_id": image_number,
        "category_id": item.class_index + 1,
        "bbox": [round(left, DIGITS), round(top, DIGITS), w, h],
        "area": round(w * h, DIGITS),
        "iscrowd": 0,
        "segmentation": [],
        "state": box.state,
        "source": box.source,
        "attributes": box.attributes,
    }
    if box.score is not None:
        row["score"] = box.score
    if box.points:
        row["segmentation"], row["area"] = _flat(box.points), _area(box.points)
    elif box.rotation:
        row["segmentation"], row["area"] = _flat(turned_corners(box)), round(box.w * box.h, DIGITS)
        row["rotation"] = box.rotation
    return row


def _flat(points: Sequence[Sequence[float]]) -> list[list[float]]:
    return [[round(value, DIGITS) for point in points for value in point]]


def _area(points: Sequence[Sequence[float]]) -> float:
    """What the polygon encloses."""
    edges = zip(points, [*points[1:], points[0]], strict=True)
    return round(abs(sum(ax * by - bx * ay for (ax, ay), (bx, by) in edges)) / 2, DIGITS)


COCO = Document("annotations/instances.json", FileKind(".json", "application/json"), CocoLabels)
