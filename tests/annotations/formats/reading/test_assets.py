"""What Datumaro and Label Studio test their own readers with."""

from collections import Counter

import pytest

from annotations.formats.reading import FolderTree, LoneFile, read
from tests.data import shared_data

DATUMARO = [
    # folder, format, images, shapes by kind
    ("coco_dataset/coco_instances", "coco", 2, None),
    ("coco_dataset/coco_person_keypoints", "coco", 2, None),
    ("yolo_dataset/labels", "yolo", 2, {"box": 4}),
    ("yolo_dataset/annotations", "yolo", 1, {"box": 2}),
    ("yolo_dataset/strict", "yolo", 1, {"box": 2}),
    ("voc_dataset/voc_dataset1", "voc", 2, {"box": 3}),
    (
        "cvat_dataset/for_images/export_task",
        "cvat",
        2,
        {"box": 1, "polyline": 1, "polygon": 1, "keypoints": 1},
    ),
    (
        "cvat_dataset/for_images/export_project",
        "cvat",
        6,
        {"box": 3, "polyline": 3, "polygon": 3, "keypoints": 3},
    ),
    ("cvat_dataset/for_video", "cvat", 3, {"box": 1, "keypoints": 1, "polyline": 1}),
    ("labelme_dataset", "labelme", 1, {"polygon": 4, "box": 3}),
]


@pytest.mark.parametrize(("folder", "name", "images", "shapes"), DATUMARO, ids=lambda value: str(value)[:40])
def test_datumaro_s_assets_are_read_without_an_error(folder, name, images, shapes):
    reading = read(FolderTree(shared_data("formats/datumaro") / folder))

    found = list(reading.images())

    assert (reading.format, len(found)) == (name, images)
    assert reading.findings.of("error") == 0
    if shapes:
        assert Counter(shape.shape for image in found for shape in image.shapes) == shapes
    assert all(image.path for image in found)


def test_every_coco_file_of_a_mixed_folder_is_read_and_captions_are_refused():
    reading = read(FolderTree(shared_data("formats/datumaro/coco_dataset/coco")))

    images = list(reading.images())

    assert {image.file.rpartition("/")[2].rpartition("_")[0] for image in images if image.labelled} == {
        "captions",
        "image_info",
        "instances",
        "labels",
        "panoptic",
        "person_keypoints",
        "stuff",
    }
    errors = {finding.code for finding in reading.findings if finding.severity == "error"}
    assert errors == {"caption"}
    assert {image.split for image in images} == {"train", "val"}


LABEL_STUDIO = [
    ("test_export_yolo/data.json", {"box": 4}),
    ("test_export_yolo/data_obb.json", {"box": 25}),
    ("test_export_yolo/data_polygons.json", {"polygon": 1}),
    ("test_export_csv/csv_test.json", {"box": 3}),
    ("test_export_json_min/data.json", {"polygon": 1}),
    ("test_export_json_min/data_repeater.json", {"box": 1}),
]


@pytest.mark.parametrize(("file", "shapes"), LABEL_STUDIO)
def test_label_studio_s_assets_are_read_without_an_error(file, shapes):
    path = shared_data("formats/label-studio") / file
    reading = read(LoneFile(path, path.name))

    found = list(reading.images())

    assert reading.format == "label_studio"
    assert Counter(shape.shape for image in found for shape in image.shapes) == shapes
    assert reading.findings.of("error") == 0


def test_tasks_about_texts_are_refused_with_a_reason():
    path = shared_data("formats/label-studio/test_export_csv/csv_test2.json")
    reading = read(LoneFile(path, path.name))

    assert list(reading.images()) == []

    assert [finding.code for finding in reading.findings] == ["no_picture", "nothing_found"]
