import json
from uuid import UUID

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from annotations.formats.records import ExportClass, ExportDataset
from annotations.formats.writing import Extras
from annotations.formats.yolo import data_yaml
from tests.annotations.formats.samples import CRANE, QUAY, FakeFiles, box, image, members, written


def read_labels(text: bytes, width: int, height: int) -> list[tuple[int, list[float]]]:
    """An independent reader, as strict as Ultralytics': five columns, nothing outside [0, 1]."""
    found = []
    for line in text.decode().splitlines():
        index, *numbers = line.split(" ")
        cx, cy, w, h = map(float, numbers)
        assert all(0 <= value <= 1 for value in (cx, cy, w, h))
        corner = [(cx - w / 2) * width, (cy - h / 2) * height]
        found.append((int(index), [*corner, w * width, h * height]))
    return found


def test_layout_is_what_ultralytics_expects():
    data, tally = written(
        "yolo",
        [image(1, boxes=[box(), box(2, class_id=CRANE.id)]), image(2)],
        extras=Extras(FakeFiles(), images=True),
    )

    files = members(data)
    described = yaml.safe_load(files["data.yaml"])
    assert sorted(files) == [
        "classes.txt",
        "data.yaml",
        "images/train/1.jpg",
        "images/train/2.jpg",
        "labels/train/1.txt",
        "labels/train/2.txt",
        "manifest.json",
    ]
    assert described == {
        "train": "images/train",
        "val": "images/train",
        "names": {0: "boat", 1: 'crane: "big"'},
    }
    assert files["classes.txt"].decode().splitlines() == ["boat", 'crane: "big"']
    assert files["labels/train/2.txt"] == b""
    assert tally.as_dict() == {"images": 2, "boxes": 2, "skipped": {}}


def test_line_is_class_and_centre_in_parts_of_the_picture():
    data, _ = written("yolo", [image(boxes=[box(), box(2, class_id=CRANE.id)])])

    expected = (
        "0 0.12500000 0.40000000 0.15000000 0.40000000\n1 0.12500000 0.40000000 0.15000000 0.40000000\n"
    )
    assert members(data)["labels/train/1.txt"].decode() == expected


def test_what_has_no_place_in_yolo_is_counted():
    boxes = [
        box(1, class_id=None),
        box(2, class_id=UUID(int=77)),
        box(3, shape="point", points=((10, 20),)),
        box(4, shape="polyline", points=((10, 20), (20, 20))),
        box(5),
    ]

    data, tally = written("yolo", [image(boxes=boxes)])

    assert members(data)["labels/train/1.txt"].count(b"\n") == 1
    assert tally.as_dict() == {"images": 1, "boxes": 1, "skipped": {"not_an_area": 2, "without_class": 2}}


def test_turned_box_becomes_the_rectangle_around_it_inside_the_picture():
    turned = box(x=0.0, y=40.0, w=100.0, h=20.0, rotation=90.0)

    data, _ = written("yolo", [image(boxes=[turned])])

    [(_, place)] = read_labels(members(data)["labels/train/1.txt"], 200, 100)
    assert place == pytest.approx([40, 0, 20, 100], abs=1e-4)


sides = st.floats(0.01, 5_000, allow_nan=False).map(lambda value: round(value, 2))


@given(x=sides, y=sides, w=sides, h=sides, spare=sides)
def test_reading_the_labels_gives_the_boxes_back(x, y, w, h, spare):
    width, height = int(x + w + spare) + 1, int(y + h + spare) + 1
    picture = image(boxes=[box(x=x, y=y, w=w, h=h)], width=width, height=height)

    data, _ = written("yolo", [picture])

    [(index, place)] = read_labels(members(data)["labels/train/1.txt"], width, height)
    assert index == 0
    assert place == pytest.approx([x, y, w, h], abs=1e-3)


@given(st.lists(st.text(min_size=1, max_size=40), unique=True, max_size=8))
def test_any_class_name_survives_yaml(names):
    clean = [name for name in names if not any("\ud800" <= char <= "\udfff" for char in name)]
    dataset = ExportDataset(
        QUAY.id, "x", [ExportClass(UUID(int=n), name, "#000000") for n, name in enumerate(clean)]
    )

    described = yaml.safe_load(data_yaml(dataset, "images"))

    assert described["names"] == dict(enumerate(clean))


def test_manifest_names_every_other_member():
    data, _ = written("yolo", [image()])

    files = members(data)
    listed = {row["name"]: row["bytes"] for row in json.loads(files["manifest.json"])["files"]}
    assert listed == {name: len(body) for name, body in files.items() if name != "manifest.json"}
