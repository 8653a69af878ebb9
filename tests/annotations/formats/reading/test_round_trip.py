"""What goes out comes back: all of it for our own formats, and to the pixel for the others."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotations.formats import FORMAT_NAMES
from annotations.formats.reading import ClassList, ReadImage
from annotations.formats.records import ExportDataset, ExportImage
from annotations.formats.writing import Extras
from tests.annotations.formats.reading.strategies import worlds
from tests.annotations.formats.reading.trees import carried, codes
from tests.annotations.formats.samples import BOAT, QUAY, FakeFiles, box, image

LOSSLESS = ("json", "jsonl", "zip")
quick = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def told(dataset: ExportDataset, image: ExportImage) -> dict[str, Any]:
    """An image as everything that a lossless format has to carry."""
    names = {known.id: known.name for known in dataset.classes}
    boxes = []
    for one in image.boxes:
        row = one.wire(dataset.people)
        row |= {"id": str(one.id), "model": str(one.model) if one.model else None}
        row["class"] = names.get(row.pop("class_id"), "")
        for key in ("created_by", "updated_by"):
            row[key] = row[key] and {**row[key], "id": str(row[key]["id"])}
        row["points"] = [list(map(float, point)) for point in one.points]
        boxes.append(row)
    return {
        "name": image.filename,
        "size": (image.width, image.height),
        "sha256": image.sha256,
        "state": image.state,
        "split": image.split,
        "place": list(image.place) if image.place else None,
        "boxes": boxes,
    }


def heard(image: ReadImage) -> dict[str, Any]:
    boxes = []
    for shape in image.shapes:
        row = shape._asdict()
        del row["place"]
        row["class"] = row.pop("class_name")
        row["points"] = [list(map(float, point)) for point in shape.points]
        boxes.append(row)
    return {
        "name": image.name,
        "size": (image.width, image.height),
        "sha256": image.sha256,
        "state": image.state,
        "split": image.split,
        "place": image.gps,
        "boxes": boxes,
    }


def schemas(classes: ClassList) -> list[tuple[Any, ...]]:
    return [(c.id, c.name, c.color, c.hotkey, c.attributes, c.use, c.skeleton) for c in classes]


@pytest.mark.parametrize("name", LOSSLESS)
@quick
@given(world=worlds())
def test_our_own_formats_lose_nothing(name, world):
    dataset, images = world

    found, reading = carried(name, images, dataset)

    assert [heard(image) for image in found] == [told(dataset, image) for image in images]
    assert schemas(reading.classes) == [
        (str(c.id), c.name, c.color, c.hotkey, list(c.attributes), c.use, dict(c.skeleton))
        for c in dataset.classes
    ]
    assert {finding.code for finding in reading.findings} <= {"nothing_found", "no_shapes", "flat_polygon"}


@quick
@given(world=worlds())
def test_the_zip_brings_pictures_metadata_and_ids_back(world):
    dataset, images = world
    extras = Extras(FakeFiles(), images=True, previews=True)

    found, _ = carried("zip", images, dataset, extras)

    assert [image.metadata for image in found] == [image.metadata for image in images]
    assert [image.id for image in found] == [str(image.id) for image in images]
    assert len({image.path for image in found if image.path}) == len(images)


PLACED = st.tuples(st.floats(0, 150), st.floats(0, 60), st.floats(2, 50), st.floats(2, 40))
BOXED = (
    *("yolo", "yolo_segment", "yolo_obb", "coco", "voc", "cvat", "label_studio", "labelme"),
    *("kitti", "openimages", "csv", "jsonl", "json", "zip"),
)


@pytest.mark.parametrize("name", BOXED)
@quick
@given(places=st.lists(PLACED, max_size=4))
def test_upright_boxes_come_back_to_the_pixel(name, places):
    frames = [tuple(round(value, 2) for value in place) for place in places]
    boxes = [box(at, x=x, y=y, w=w, h=h) for at, (x, y, w, h) in enumerate(frames)]

    found, reading = carried(name, [image(1, boxes=boxes), image(2)])

    shapes = [shape for one in found for shape in one.shapes]
    assert len(shapes) == len(frames)
    for shape, frame in zip(shapes, frames, strict=True):
        assert shape.class_name == BOAT.name
        assert max(abs(a - b) for a, b in zip(shape[2:6], frame, strict=True)) <= 1
    # A table without rows is an import without effect, and says so.
    assert codes(reading) == ({"nothing_found"} if name in ROWS and not frames else set())
    # An image without labels is one that was looked at, where the format can tell.
    assert {one.name.removesuffix(".jpg") for one in found} >= ({"1", "2"} if name not in ROWS else set())


# A row a box: an image without boxes has no row.
ROWS = ("csv", "openimages")


def test_classes_come_back_in_their_order():
    for name in BOXED:
        _, reading = carried(name, [image(1, boxes=[box()])])

        names = [known.name for known in reading.classes]
        # KITTI has no list of classes, nor has LabelMe, VOC or Label Studio.
        wanted = (
            ["boat"]
            if name in ("kitti", "labelme", "voc", "label_studio", "csv")
            else [c.name for c in QUAY.classes]
        )
        assert names == wanted, name


@pytest.mark.parametrize("name", FORMAT_NAMES)
def test_pictures_and_previews_of_an_export_are_told_apart(name):
    tag = {"shape": "tag", "x": 0.0, "y": 0.0, "w": 200.0, "h": 100.0}
    images = [image(1, boxes=[box(), box(2, **tag)]), image(2, "ü b.jpg", [box(3), box(4, **tag)])]
    extras = Extras(FakeFiles(), images=True, previews=True)

    found, reading = carried(name, images, extras=extras)

    assert [one.path.rpartition("/")[2] for one in found if one.path] == ["1.jpg", "ü b.jpg"]
    assert all(one.shapes for one in found)
    assert {finding.code for finding in reading.findings} <= {"mask_not_read"}


def test_two_pictures_of_one_name_are_never_mixed_up():
    images = [image(1, "a.jpg", [box(1)]), image(2, "a.jpg", [box(2, x=5.0)])]

    found, reading = carried("json", images, extras=Extras(FakeFiles(), images=True))

    assert [one.path for one in found if one.labelled] == ["images/a.jpg", None]
    # Whoever imports knows more pictures, so that the other one is missing is theirs to say.
    assert {finding.code for finding in reading.findings} == {"picture_without_labels"}
