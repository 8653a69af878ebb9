"""The hundred photos with 273 objects come out the same of every format."""

import json
from pathlib import Path

import pytest

from annotations.formats import FORMAT_NAMES
from annotations.formats.reading import FolderTree, ReadImage, read
from annotations.geometry import Geometry
from tests.annotations.formats.reading.trees import carried
from tests.annotations.formats.voc100 import voc100
from tests.data import shared_data

Objects = dict[str, list[tuple[str, Geometry]]]
# These know tags alone.
BOXED = [name for name in FORMAT_NAMES if name != "imagefolder"]


def stem(name: str) -> str:
    return name.rpartition("/")[2].rpartition(".")[0] or name


def truth(folder: Path) -> Objects:
    document = json.loads((folder / "coco_format_v1" / "instances_default.json").read_text())
    names = {row["id"]: row["name"] for row in document["categories"]}
    files = {row["id"]: row["file_name"] for row in document["images"]}
    found: Objects = {stem(name): [] for name in files.values()}
    for row in document["annotations"]:
        found[stem(files[row["image_id"]])].append((names[row["category_id"]], Geometry(*row["bbox"])))
    return found


def assert_same(images: list[ReadImage], wanted: Objects) -> None:
    assert {stem(image.name) for image in images} == set(wanted)
    for image in images:
        left = list(wanted[stem(image.name)])
        assert len(image.shapes) == len(left)
        for shape in image.shapes:
            # Near, and of the same class; each wanted one once.
            match = next(
                pair
                for pair in left
                if pair[0] == shape.class_name
                and all(abs(getattr(pair[1], side) - getattr(shape, side)) <= 1 for side in "xywh")
            )
            left.remove(match)


@pytest.mark.parametrize(
    ("folder", "name"),
    [("coco_format_v1", "coco"), ("pascalvoc_format", "voc"), ("labelme_format", "labelme")],
)
def test_every_peer_s_file_gives_the_same_objects(folder, name):
    home = shared_data("formats/voc100/gts")
    wanted = truth(home)

    reading = read(FolderTree(home / folder))
    images = list(reading.images())

    assert reading.format == name
    # Of LabelMe there are samples of the hundred alone.
    told = {stem(image.name) for image in images}
    assert_same(images, {key: value for key, value in wanted.items() if key in told})
    assert name == "labelme" or (len(images), reading.shape_count) == (100, 273)
    assert reading.findings.shown == []


def test_darknet_files_take_the_size_of_the_pictures_beside_them():
    home = shared_data("formats/voc100")
    wanted = truth(home / "gts")
    tree = FolderTree(home)
    tree.names = [name for name in tree.names if name.startswith(("images/", "gts/yolo_format/"))]

    reading = read(tree)
    images = list(reading.images())

    assert (reading.format, len(images), reading.shape_count) == ("yolo", 100, 273)
    assert {image.split for image in images} == {"train"}
    assert all(image.path for image in images)
    assert_same(images, wanted)
    assert reading.findings.shown == []


@pytest.mark.parametrize("name", BOXED)
def test_every_format_that_we_write_gives_the_same_objects(name):
    home = shared_data("formats/voc100/gts")
    dataset, images = voc100(home)

    found, reading = carried(name, images, dataset)

    assert (len(found), reading.shape_count) == (100, 273)
    assert_same(found, truth(home))
    assert reading.findings.of("error") == 0


def test_boxes_without_an_area_are_told_and_left_out():
    home = shared_data("detection/bccd_voc")

    reading = read(FolderTree(home))
    images = list(reading.images())

    assert len(images) == 57
    assert reading.shape_count + reading.findings.count("zero_area") == 1059
