"""Loads an export with a peer's own reader: `python loading.py READER FORMAT FOLDER`, with a Python that has the peer.

Prints as JSON the names of the classes in their order, and for each picture, by its stem, its objects: the class and
left, top, right and bottom in pixels. It runs outside of this project's environment, so it imports nothing of it.
"""

import json
import sys
from pathlib import Path
from typing import Any

Found = dict[str, Any]


def datumaro(name: str, folder: Path) -> Found:
    from datumaro.components.annotation import AnnotationType
    from datumaro.components.dataset import Dataset

    # Its names of COCO's files tell what is in them; ours hold all of it, so a file is named.
    is_pose = name == "coco_person_keypoints"
    path = folder / "annotations" / "instances_default.json" if is_pose else folder
    dataset = Dataset.import_from(str(path), name)
    labels = [label.name for label in dataset.categories()[AnnotationType.label]]
    kinds = (AnnotationType.bbox, AnnotationType.polygon, AnnotationType.points)
    images = {}
    for item in dataset:
        objects, groups = [], set()
        # It makes two of one object of COCO: the frame, and the outline or the points.
        for one in sorted(item.annotations, key=lambda one: one.type != AnnotationType.bbox):
            if one.group and one.group in groups:
                continue
            groups.add(one.group)
            if one.type == AnnotationType.label:
                objects.append([labels[one.label], 0, 0, 0, 0])
            elif one.type in kinds:
                x, y, w, h = one.get_bbox()
                objects.append([labels[one.label], x, y, x + w, y + h])
        images[Path(item.id).name] = objects
    return {"classes": labels, "images": images}


def ultralytics(task: str, folder: Path) -> Found:
    from ultralytics.data.dataset import YOLODataset
    from ultralytics.data.utils import check_det_dataset

    data = check_det_dataset(str(folder / "data.yaml"), autodownload=False)
    dataset = YOLODataset(img_path=data["train"], data=data, task=task, augment=False, imgsz=64)
    images = {}
    for row in dataset.labels:
        height, width = row["shape"]
        objects = []
        for cls, (cx, cy, w, h) in zip(row["cls"][:, 0], row["bboxes"], strict=True):
            frame = ((cx - w / 2) * width, (cy - h / 2) * height, (cx + w / 2) * width, (cy + h / 2) * height)
            objects.append([data["names"][int(cls)], *map(float, frame)])
        images[Path(row["im_file"]).stem] = objects
    return {"classes": list(data["names"].values()), "images": images}


def torchvision(_name: str, folder: Path) -> Found:
    """How Ultralytics reads pictures to classify."""
    from torchvision.datasets import ImageFolder

    dataset = ImageFolder(str(folder))
    images = {Path(path).stem: [[dataset.classes[at], 0, 0, 0, 0]] for path, at in dataset.samples}
    return {"classes": dataset.classes, "images": images}


def pycocotools(_name: str, folder: Path) -> Found:
    from pycocotools.coco import COCO

    sys.stdout, kept = sys.stderr, sys.stdout
    coco = COCO(str(folder / "annotations" / "instances_default.json"))
    sys.stdout = kept
    names = {row["id"]: row["name"] for row in coco.loadCats(coco.getCatIds())}
    images = {}
    for row in coco.loadImgs(coco.getImgIds()):
        objects = []
        for one in coco.loadAnns(coco.getAnnIds(imgIds=[row["id"]])):
            x, y, w, h = one["bbox"]
            objects.append([names[one["category_id"]], x, y, x + w, y + h])
        images[Path(row["file_name"]).stem] = objects
    return {"classes": list(names.values()), "images": images}


READERS = {known.__name__: known for known in (datumaro, ultralytics, torchvision, pycocotools)}

if __name__ == "__main__":
    told = READERS[sys.argv[1]](sys.argv[2], Path(sys.argv[3]))
    sys.stdout.write(f"\n{json.dumps(told)}\n")
