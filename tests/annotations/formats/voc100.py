"""The hundred photos of the shared test data, read from their COCO file into records."""

import json
from pathlib import Path
from uuid import UUID

from annotations.formats.records import ExportClass, ExportDataset, ExportImage
from tests.annotations.formats.samples import box, image


def voc100(folder: Path) -> tuple[ExportDataset, list[ExportImage]]:
    document = json.loads((folder / "coco_format_v1" / "instances_default.json").read_text())
    classes = {
        row["id"]: ExportClass(UUID(int=row["id"]), row["name"], "#0072b2") for row in document["categories"]
    }
    boxes: dict[int, list] = {row["id"]: [] for row in document["images"]}
    for row in document["annotations"]:
        x, y, w, h = map(float, row["bbox"])
        boxes[row["image_id"]].append(
            box(row["id"], class_id=UUID(int=row["category_id"]), x=x, y=y, w=w, h=h)
        )
    images = [
        image(row["id"], row["file_name"], boxes[row["id"]], width=row["width"], height=row["height"])
        for row in document["images"]
    ]
    return ExportDataset(UUID(int=9), "voc100", list(classes.values())), images
