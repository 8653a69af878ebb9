"""Exports for other annotation tools, looked at as those tools look at them."""

import csv
import io
import json
from uuid import UUID
from xml.etree import ElementTree

import pytest

from annotations.formats.label_studio import result
from annotations.formats.reading import LoneFile, read
from annotations.formats.records import ExportBox, ExportClass, ExportDataset
from annotations.formats.shapes import smallest_box
from annotations.formats.writing import Extras
from tests.annotations.formats.reading.trees import exported
from tests.annotations.formats.samples import BOAT, CRANE, PICTURE, QUAY, FakeFiles, box, image, written
from tests.data import shared_data

CAT = ExportClass(UUID(int=3), "cat", "#000000", skeleton={"points": ["head", "tail"], "edges": [[0, 1]]})
PIER = ExportDataset(UUID(int=50), "Pier <1>", (BOAT, CAT))
PICTURES = Extras(FakeFiles(), images=True)
TAG = {"shape": "tag", "x": 0.0, "y": 0.0, "w": 200.0, "h": 100.0}


def test_cvat_finds_labels_images_and_shapes():
    boxes = [
        box(1, rotation=30.0, z=2, attributes={"occluded": True, "note": 'a "b" & <c>\x01'}),
        box(2, class_id=CAT.id, shape="keypoints", points=[[1.0, 2.0, 2], [0.0, 0.0, 0]]),
        box(3, shape="polyline", points=[[1.0, 2.0], [3.0, 4.5]]),
    ]

    [body] = exported("cvat", [image(1, boxes=boxes, split="train"), image(2)], PIER).values()

    root = ElementTree.fromstring(body)
    labels = [
        (one.findtext("name"), one.findtext("type"), one.findtext("parent")) for one in root.iter("label")
    ]
    assert labels == [
        ("boat", "any", None),
        ("cat", "skeleton", None),
        ("head", "points", "cat"),
        ("tail", "points", "cat"),
    ]
    first, second = root.iter("image")
    assert first.attrib == {"id": "0", "name": "1.jpg", "width": "200", "height": "100", "subset": "train"}
    turned, pose, line = first
    assert turned.attrib == {
        **{"label": "boat", "source": "manual", "occluded": "1", "z_order": "2", "rotation": "30.00"},
        **{"xtl": "10.00", "ytl": "20.00", "xbr": "40.00", "ybr": "60.00"},
    }
    assert [(one.get("name"), one.text) for one in turned] == [("note", 'a "b" & <c>')]
    assert [(one.get("label"), one.get("outside"), one.get("points")) for one in pose] == [
        ("head", "0", "1.00,2.00"),
        ("tail", "1", "0.00,0.00"),
    ]
    assert line.get("points") == "1.00,2.00;3.00,4.50"
    assert list(second) == []


def test_label_studio_s_own_numbers_come_out_again():
    """Turned boxes of a project of theirs: read, written, and the same per cent to the hundredth of a pixel."""
    path = shared_data("formats/label-studio/test_export_yolo/data_obb.json")
    wanted = {
        row["id"]: row
        for task in json.loads(path.read_text())
        for made in task["annotations"]
        for row in made["result"]
    }

    for found in read(LoneFile(path, path.name)).images():
        for shape in found.shapes:
            row = wanted.pop(shape.id)
            size = (row["original_width"], row["original_height"])
            told = ExportBox(UUID(int=1), BOAT.id, "box", *shape[2:7])

            value = result(told, "x", size)["value"]

            for key, side in zip(("x", "y", "width", "height"), (*size, *size), strict=True):
                assert abs(value[key] - row["value"][key]) * side / 100 < 0.02
            assert abs(value["rotation"] - row["value"]["rotation"]) < 0.01
    assert wanted == {}


def test_label_studio_tells_proposals_from_what_people_made():
    boxes = [box(1), box(2, state="proposed", score=0.5, source="model")]

    [body] = exported("label_studio", [image(1, boxes=boxes), image(2)]).values()

    first, second = json.loads(body)
    assert [len(one["result"]) for one in first["annotations"]] == [1]
    assert [one["score"] for one in first["predictions"][0]["result"]] == [0.5]
    # Looked at, and empty.
    assert (second["annotations"], second["predictions"]) == ([{"result": []}], [])


def test_labelme_finds_the_picture_beside_its_file():
    files = exported("labelme", [image(1, boxes=[box(), box(2, **TAG)])], extras=PICTURES)

    document = json.loads(files["images/1.json"])
    assert files["images/1.jpg"] == PICTURE + b"1.jpg"
    assert (document["imagePath"], document["imageData"], document["flags"]) == (
        "1.jpg",
        None,
        {"boat": True},
    )
    assert [(one["shape_type"], one["points"]) for one in document["shapes"]] == [
        ("rectangle", [[10, 20], [40, 60]])
    ]


def test_kitti_lines_have_fifteen_columns_and_a_score_if_there_is_one():
    boxes = [box(1, class_id=CRANE.id, attributes={"truncated": True, "occluded": 2}), box(2, score=0.25)]

    files = exported("kitti", [image(1, boxes=boxes)], extras=PICTURES)

    first, second = (line.split() for line in files["label_2/1.txt"].decode().splitlines())
    assert first == [
        'crane:_"big"',
        "1.00",
        "2",
        "-10",
        "10.00",
        "20.00",
        "40.00",
        "60.00",
        "-1",
        "-1",
        "-1",
        "-1000",
        "-1000",
        "-1000",
        "-10",
    ]
    assert (len(second), second[-1]) == (16, "0.250000")
    assert "image_2/1.jpg" in files


def test_openimages_tables_have_the_columns_of_openimages():
    files = exported("openimages", [image(1, boxes=[box(), box(2, **TAG)]), image(2)])

    def table(name: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(files[name].decode(), newline="")))

    [row] = table("annotations/default-annotations-bbox.csv")
    assert [row[key] for key in ("ImageID", "LabelName", "Confidence", "IsOccluded")] == [
        "1",
        "/modelship/1",
        "1",
        "-1",
    ]
    assert [float(row[key]) for key in ("XMin", "XMax", "YMin", "YMax")] == [0.05, 0.2, 0.2, 0.6]
    listed = [(one["ImageID"], one["Subset"]) for one in table("annotations/image_ids_and_rotation.csv")]
    assert listed == [("1", "default"), ("2", "default")]
    assert [one["LabelName"] for one in table("annotations/default-annotations-human-imagelabels.csv")] == [
        "/modelship/1"
    ]
    assert files["annotations/class-descriptions.csv"].decode().splitlines()[0] == "/modelship/1,boat"


def test_folders_hold_each_picture_once_under_its_first_tag():
    clash = ExportDataset(
        UUID(int=1), "x", (ExportClass(UUID(int=1), "a/b", ""), ExportClass(UUID(int=2), "A_B", ""))
    )
    tags = [box(at, class_id=UUID(int=at), **TAG) for at in (1, 2)]
    images = [image(1, boxes=tags), image(2, boxes=tags[1:]), image(3, boxes=[box(5, class_id=UUID(int=1))])]

    _, tally = written("imagefolder", images, dataset=clash, extras=PICTURES)
    files = exported("imagefolder", images, clash, PICTURES)

    assert sorted(name for name in files if name.endswith(".jpg")) == [
        "A_B-2/2.jpg",
        "a_b/1.jpg",
        "untagged/3.jpg",
    ]
    assert tally.as_dict()["skipped"] == {"not_an_area": 1, "one_is_the_most": 1}
    assert files["labels.csv"].decode().splitlines() == ["filename,class,split", "1.jpg,a/b,", "2.jpg,A_B,"]


def test_sides_have_folders_of_their_own_where_a_format_has_them():
    dataset = ExportDataset(QUAY.id, QUAY.name, QUAY.classes, splits=("train", "val"))
    images = [image(1, boxes=[box(rotation=30.0), box(2, **TAG)], split="train"), image(2, split="val")]
    extras = Extras(FakeFiles(), images=True, by_split=True)

    turned = exported("yolo_obb", images, dataset, extras)
    folders = exported("imagefolder", images, dataset, extras)

    assert {"labels/train/1.txt", "labels/val/2.txt", "images/train/1.jpg", "images/val/2.jpg"} <= set(turned)
    assert {"train/boat/1.jpg", "val/untagged/2.jpg"} <= set(folders)


@pytest.mark.parametrize(("name", "count"), [("yolo_obb", 8), ("yolo_segment", 8)])
def test_corners_outside_are_moved_to_the_edge(name, count):
    files = exported(name, [image(1, boxes=[box(x=0.0, y=0.0, w=40.0, h=20.0, rotation=45.0)])])

    index, *numbers = files["labels/train/1.txt"].decode().split()
    assert (index, len(numbers)) == ("0", count)
    assert all(0 <= float(number) <= 1 for number in numbers)


def test_the_smallest_box_around_a_turned_square_is_that_square():
    found = smallest_box([(10, 0), (20, 10), (10, 20), (0, 10), (10, 5)])

    assert {(round(x), round(y)) for x, y in found} == {(10, 0), (20, 10), (10, 20), (0, 10)}
