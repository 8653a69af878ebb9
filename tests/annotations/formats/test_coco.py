import contextlib
import io
import json

import pytest
from pycocotools.coco import COCO

from annotations.formats.writing import Extras
from tests.annotations.formats.samples import CRANE, FakeFiles, box, image, members, parsed, written
from tests.annotations.formats.voc100 import voc100
from tests.data import shared_data


def loaded(tmp_path, data: bytes) -> COCO:
    path = tmp_path / "instances.json"
    path.write_bytes(data)
    with contextlib.redirect_stdout(io.StringIO()):
        return COCO(str(path))


def test_document_has_integer_ids_and_every_key():
    boxes = [
        box(1, score=0.75, state="proposed", source="model", attributes={"wet": True}),
        box(2, class_id=CRANE.id),
    ]

    data, tally = written("coco", [image(1), image(2, boxes=boxes)])

    document = parsed(data)
    assert document["info"] == {"description": "North quay", "version": "current", "contributor": "ModelShip"}
    assert document["categories"] == [
        {"id": 1, "name": "boat", "supercategory": ""},
        {"id": 2, "name": 'crane: "big"', "supercategory": ""},
    ]
    assert document["images"][1] == {
        "id": 2,
        "file_name": "2.jpg",
        "width": 200,
        "height": 100,
        "sha256": f"{2:064x}",
        "state": "approved",
    }
    assert document["annotations"][0] == {
        "id": 1,
        "image_id": 2,
        "category_id": 1,
        "bbox": [10.0, 20.0, 30.0, 40.0],
        "area": 1200.0,
        "iscrowd": 0,
        "segmentation": [],
        "state": "proposed",
        "source": "model",
        "attributes": {"wet": True},
        "score": 0.75,
    }
    assert [row["id"] for row in document["annotations"]] == [1, 2]
    assert "score" not in document["annotations"][1]
    assert tally.as_dict() == {"images": 2, "boxes": 2, "skipped": {}}


def test_pycocotools_loads_it(tmp_path):
    triangle = box(2, shape="polygon", points=((0, 0), (20, 0), (0, 10)), x=0, y=0, w=20, h=10)
    data, _ = written("coco", [image(1, boxes=[box()]), image(2, boxes=[triangle]), image(3)])

    coco = loaded(tmp_path, data)

    assert coco.getImgIds() == [1, 2, 3]
    assert coco.getCatIds() == [1, 2]
    [polygon] = coco.loadAnns(coco.getAnnIds(imgIds=[2]))
    assert (polygon["area"], polygon["segmentation"]) == (100.0, [[0, 0, 20, 0, 0, 10]])
    assert coco.annToMask(polygon).sum() == pytest.approx(100, abs=15)
    assert coco.getAnnIds(imgIds=[3]) == []


def test_pycocotools_loads_an_export_without_anything(tmp_path):
    data, _ = written("coco", [])

    coco = loaded(tmp_path, data)

    assert (coco.getImgIds(), coco.getAnnIds()) == ([], [])


def test_with_images_it_is_an_archive_whose_names_match():
    data, _ = written("coco", [image(1, boxes=[box()])], extras=Extras(FakeFiles(), images=True))

    files = members(data)
    document = json.loads(files["annotations/instances_default.json"])
    assert sorted(files) == ["annotations/instances_default.json", "images/1.jpg", "manifest.json"]
    assert f"images/{document['images'][0]['file_name']}" in files


def test_real_boxes_come_back_from_pycocotools_unchanged(tmp_path):
    folder = shared_data("formats/voc100/gts")
    dataset, images = voc100(folder)

    data, tally = written("coco", images, dataset=dataset)

    coco = loaded(tmp_path, data)
    assert (tally.images, tally.boxes) == (100, 273)
    for number, expected in enumerate(images, start=1):
        found = coco.loadAnns(coco.getAnnIds(imgIds=[number]))
        assert [row["bbox"] for row in found] == [[b.x, b.y, b.w, b.h] for b in expected.boxes]
