"""Exports in the peers' own readers: every picture, every object under its class, boxes within a pixel.

`MODELSHIP_BENCH_PEERS` names a Python that has them: `pip install datumaro pycocotools ultralytics` in an
environment of its own. Without it these tests say so and are skipped.
"""

import io
import json
import os
import subprocess
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from PIL import Image

from annotations.formats import format_named
from annotations.formats.records import ExportBox, ExportClass, ExportDataset, ExportImage
from annotations.formats.shapes import Labelled, labelled, smallest_box
from annotations.formats.writing import Extras
from tests.annotations.formats.samples import box, image, written

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
SCRIPT = Path(__file__).with_name("loading.py")
PYTHON = os.environ.get("MODELSHIP_BENCH_PEERS", "")
BOAT, CRANE, PERSON = (
    ExportClass(UUID(int=1), "fishing boat", "#0072b2"),
    ExportClass(UUID(int=2), "crane", "#d55e00"),
    ExportClass(UUID(int=3), "person", "#009e73", skeleton={"points": ["head", "hand"], "edges": [[0, 1]]}),
)
QUAY = ExportDataset(UUID(int=50), "North quay", (BOAT, CRANE, PERSON))
WITHIN = 1.0
# What a class is called where its name has to change.
TOLD: dict[str, Callable[[ExportClass], str]] = {
    "kitti": lambda known: known.name.replace(" ", "_"),
    "openimages": lambda known: f"/modelship/{QUAY.class_index[known.id.int] + 1}",
}


class Pictures:
    """Real ones, of the size that their records tell."""

    def picture(self, image: ExportImage) -> Any:
        file = io.BytesIO()
        Image.new("RGB", (image.width, image.height), (30, 90, 150)).save(file, "JPEG")
        return file

    def preview(self, image: ExportImage) -> bytes | None:
        return None


def shape(number: int, kind: str = "box", **fields: Any) -> ExportBox:
    points = fields.get("points")
    if points:
        seen = [point for point in points if len(point) == 2 or point[2]]
        xs, ys = [point[0] for point in seen], [point[1] for point in seen]
        fields |= {"x": min(xs), "y": min(ys), "w": max(xs) - min(xs), "h": max(ys) - min(ys)}
    return box(number, shape=kind, **fields)


UPRIGHT = [
    shape(1, x=0.0, y=0.0, w=37.5, h=21.25),
    shape(2, class_id=CRANE.id, x=150.5, y=60.25, w=49.5, h=39.75),
    shape(3, x=20.0, y=30.0, w=1.5, h=1.5, score=0.25, source="model", attributes={"occluded": True}),
]
OUTLINE = shape(4, "polygon", class_id=CRANE.id, points=[[10.0, 10.0], [90.0, 15.0], [50.0, 80.0]])
TURNED = shape(5, x=40.0, y=30.0, w=60.0, h=20.0, rotation=30.0)
POSE = shape(6, "keypoints", class_id=PERSON.id, points=[[30.0, 20.0, 2], [60.0, 70.0, 1]])
TAG = shape(7, "tag", class_id=CRANE.id, x=0.0, y=0.0, w=200.0, h=100.0)


def images(*extra: ExportBox) -> list[ExportImage]:
    """Pictures of two sizes, one of them twice under one name, one without any object."""
    return [
        image(1, "harbour.jpg", [*UPRIGHT, *extra]),
        image(
            2, "HARBOUR.jpeg", [shape(8, class_id=CRANE.id, x=5.0, y=6.0, w=7.0, h=8.0)], width=64, height=96
        ),
        image(3, "Über uns 1.jpg", [shape(9, x=1.0, y=1.0, w=198.0, h=98.0)]),
        image(4, "empty.jpg"),
    ]


def loaded(reader: str, name: str, folder: Path) -> dict[str, Any]:
    if not PYTHON:
        pytest.skip("MODELSHIP_BENCH_PEERS names no Python that has Datumaro, pycocotools and Ultralytics.")
    if subprocess.run([PYTHON, "-c", f"import {reader}"], capture_output=True, check=False).returncode:
        pytest.skip(f"{PYTHON} has no {reader}.")
    env = {
        **os.environ,
        "YOLO_CONFIG_DIR": str(folder.parent),
        "YOLO_OFFLINE": "true",
        "YOLO_VERBOSE": "false",
    }
    command = [PYTHON, str(SCRIPT), reader, name, str(folder)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:] + done.stdout[-1000:]
    return json.loads(done.stdout.strip().splitlines()[-1])


def unpacked(name: str, exported: list[ExportImage], folder: Path, dataset: ExportDataset = QUAY) -> Path:
    data, _ = written(name, exported, dataset=dataset, extras=Extras(Pictures(), images=True))
    target = folder / "export"
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        archive.extractall(target)
    return target


def frames(name: str, exported: list[ExportImage]) -> list[list[list[Any]]]:
    """For each image the class, and the rectangle around what the format holds of it."""
    shapes, told = format_named(name).shapes, TOLD.get(name, lambda known: known.name)
    return [
        [
            [told(QUAY.classes[item.class_index]), *_frame(name, item, one)]
            for item in labelled(QUAY, one.boxes, (one.width, one.height), Counter(), shapes)
        ]
        for one in exported
    ]


def _frame(name: str, item: Labelled, one: ExportImage) -> tuple[float, ...]:
    if name != "yolo_obb" or not item.box.points:
        return item.left, item.top, item.right, item.bottom
    # What goes out is the smallest turned box around an outline, inside the picture.
    corners = smallest_box(item.box.points)
    across = [min(max(x, 0), one.width) for x, _ in corners]
    down = [min(max(y, 0), one.height) for _, y in corners]
    return min(across), min(down), max(across), max(down)


def assert_same(found: dict[str, list[Any]], expected: list[list[Any]]) -> None:
    stems = ("harbour", "HARBOUR-2", "Über uns 1", "empty")
    assert set(found) == set(stems)
    for stem, wanted in zip(stems, expected, strict=True):
        got = sorted(found[stem])
        assert [one[0] for one in got] == sorted(one[0] for one in wanted), stem
        for one, other in zip(got, sorted(wanted), strict=True):
            assert one[1:] == pytest.approx(other[1:], abs=WITHIN), stem


@pytest.mark.parametrize(
    ("reader", "theirs", "ours", "extra"),
    [
        ("pycocotools", "", "coco", (OUTLINE, TURNED, POSE)),
        ("datumaro", "coco_instances", "coco", (OUTLINE, TURNED)),
        ("datumaro", "yolo", "yolo", (OUTLINE, TURNED)),
        ("datumaro", "voc_detection", "voc", (OUTLINE, TURNED)),
        ("datumaro", "cvat", "cvat", (OUTLINE,)),
        ("datumaro", "kitti_detection", "kitti", (OUTLINE, TURNED)),
        ("datumaro", "open_images", "openimages", (OUTLINE, TURNED)),
        ("ultralytics", "detect", "yolo", (OUTLINE, TURNED)),
        ("ultralytics", "segment", "yolo_segment", (OUTLINE, TURNED)),
        ("ultralytics", "obb", "yolo_obb", (OUTLINE, TURNED)),
    ],
    ids=lambda value: value if isinstance(value, str) else str(len(value)),
)
def test_a_peer_finds_every_picture_class_and_box(
    reader: str, theirs: str, ours: str, extra: tuple[ExportBox, ...], tmp_path: Path
):
    exported = images(*extra)

    found = loaded(reader, theirs, unpacked(ours, exported, tmp_path))

    assert_same(found["images"], frames(ours, exported))
    told = TOLD.get(ours, lambda known: known.name)
    # Datumaro adds a background of its own, and takes the points of a skeleton for classes.
    names = [name for name in found["classes"] if name not in ("background", "head", "hand")]
    if ours == "kitti":
        # It has no list of classes: those that are met are known.
        assert set(names) == {told(BOAT), told(CRANE)}
    else:
        assert names == [told(known) for known in QUAY.classes]


def test_datumaro_finds_poses_where_every_class_has_a_skeleton(tmp_path: Path):
    people = ExportDataset(UUID(int=50), "People", (PERSON,))

    folder = unpacked("coco", [image(1, "a.jpg", [POSE]), image(2, "b.jpg")], tmp_path, people)
    found = loaded("datumaro", "coco_person_keypoints", folder)

    assert found["images"]["b"] == []
    [[name, *frame]] = found["images"]["a"]
    assert (name, frame) == ("person", pytest.approx([30, 20, 60, 70], abs=WITHIN))


@pytest.mark.parametrize(("reader", "theirs"), [("torchvision", ""), ("datumaro", "imagenet")])
def test_pictures_lie_in_the_folders_of_their_tags(reader: str, theirs: str, tmp_path: Path):
    """Ultralytics classifies pictures that torchvision reads."""
    tagged = [
        image(1, "a.jpg", [TAG]),
        image(2, "b.jpg", [TAG._replace(class_id=BOAT.id)]),
        image(3, "c.jpg"),
    ]

    folder = unpacked("imagefolder", tagged, tmp_path)
    if reader == "datumaro":
        # It wants nothing but pictures.
        for table in ("labels.csv", "manifest.json"):
            (folder / table).unlink()
    found = loaded(reader, theirs, folder)

    assert sorted(found["classes"]) == ["crane", "fishing boat", "untagged"]
    assert {stem.rpartition(":")[2]: name for stem, [[name, *_]] in found["images"].items()} == {
        "a": "crane",
        "b": "fishing boat",
        "c": "untagged",
    }
