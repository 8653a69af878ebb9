"""Train, val and test as folders and files of their own."""

from dataclasses import replace

from annotations.formats.sides import sides_among
from annotations.formats.writing import Extras
from tests.annotations.formats.samples import QUAY, box, image, members, parsed, written

SPLITS = ("train", "val", "train", "")
IMAGES = [replace(image(number, boxes=[box()]), split=split) for number, split in enumerate(SPLITS, start=1)]
DATASET = replace(QUAY, splits=("train", "val", "unsplit"))
BY_SPLIT = Extras(by_split=True)


def test_yolo_has_a_folder_for_each_side_and_names_train_and_val():
    data, _ = written("yolo", IMAGES, extras=BY_SPLIT, dataset=DATASET)

    found = members(data)
    labels = sorted(name for name in found if name.startswith("labels/"))
    assert [name.split("/")[1] for name in labels] == ["train", "train", "unsplit", "val"]
    assert found["data.yaml"].decode().startswith("train: images/train\nval: images/val\nnames:")


def test_coco_is_one_file_a_side_whose_images_count_from_one():
    data, _ = written("coco", IMAGES, extras=BY_SPLIT, dataset=DATASET)

    found = members(data)
    train = parsed(found["annotations/instances_train.json"])
    assert [row["id"] for row in train["images"]] == [1, 2]
    assert [row["image_id"] for row in train["annotations"]] == [1, 2]
    assert [
        len(parsed(found[f"annotations/instances_{side}.json"])["images"]) for side in ("val", "unsplit")
    ] == [
        1,
        1,
    ]


def test_where_no_image_is_on_a_side_there_are_none():
    assert sides_among({""}) == ()
    assert sides_among({"", "test", "train"}) == ("train", "test", "unsplit")
