"""COCO detection JSON: what pycocotools reads, with score, state and source as extra keys."""

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
    box = item.box
    x, y = round(item.left, DIGITS), round(item.top, DIGITS)
    w, h = round(item.right - item.left, DIGITS), round(item.bottom - item.top, DIGITS)
    row = {
        "id": number,
        "image_id": image_number,
        "category_id": item.class_index + 1,
        "bbox": [x, y, w, h],
        "area": _area(item),
        "iscrowd": 0,
        "segmentation": _outline(item),
        "state": box.state,
        "source": box.source,
        "attributes": box.attributes,
    }
    if box.score is not None:
        row["score"] = box.score
    if box.rotation:
        row["rotation"] = box.rotation
    return row


def _outline(item: Labelled) -> list[list[float]]:
    """The polygon where the shape is more than its upright rectangle."""
    points = item.box.points or (turned_corners(item.box) if item.box.rotation else ())
    return [[round(value, DIGITS) for point in points for value in point]] if points else []


def _area(item: Labelled) -> float:
    box = item.box
    if not box.points:
        full = box.w * box.h if box.rotation else (item.right - item.left) * (item.bottom - item.top)
        return round(full, DIGITS)
    twice = sum(
        ax * by - bx * ay
        for (ax, ay), (bx, by) in zip(box.points, [*box.points[1:], box.points[0]], strict=True)
    )
    return round(abs(twice) / 2, DIGITS)


COCO = Document("annotations/instances.json", FileKind(".json", "application/json"), CocoLabels)
