"""The engine against real weights and photos: a plain-ONNX reference, official annotations, SAHI itself."""

import json
from collections import defaultdict

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from inference.engine.class_names import COCO_80
from inference.engine.detections import Detections
from inference.engine.detector import Detector, open_detector
from inference.engine.inspection import inspect_model
from inference.engine.reading import read_image
from inference.engine.slicing import Slicing
from tests.data import shared_data
from tests.inference.engine.sahi_oracle import rows, sahi_detect

FLOOR, NMS = 0.01, 0.65
IMAGES = 76


@pytest.fixture(scope="module")
def detector() -> Detector:
    path = shared_data("models/yolox_nano.onnx")
    return open_detector(path, inspect_model(path), sessions=2)


@pytest.fixture(scope="module")
def official() -> COCO:
    return COCO(str(shared_data("coco_val2017/instances.json")))


@pytest.fixture(scope="module")
def found(detector: Detector, official: COCO) -> dict[int, Detections]:
    folder = shared_data("coco_val2017/images")
    return {
        number: detector.detect(read_image(folder / image["file_name"]), confidence=FLOOR, iou=NMS)
        for number, image in official.imgs.items()
    }


def iou(box: np.ndarray, others: np.ndarray) -> np.ndarray:
    sides = np.clip(np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2]), 0, None)
    shared = sides.prod(axis=1)
    area = (others[:, 2:] - others[:, :2]).prod(axis=1)
    return shared / ((box[2:] - box[:2]).prod() + area - shared)


def test_every_reference_box_is_found(found: dict[int, Detections], official: COCO):
    """Class, place (IoU >= 0.99) and score (within 0.01), each reference box having its own partner."""
    category = {kind["name"]: kind["id"] for kind in official.cats.values()}
    numbers = {category[name]: number for number, name in enumerate(COCO_80)}
    reference = json.loads(shared_data("coco_val2017/reference_yolox_nano.json").read_text())
    wanted = defaultdict(list)
    for item in reference:
        wanted[item["image_id"]].append(item)

    matched = 0
    for number, items in wanted.items():
        ours, image = found[number], official.imgs[number]
        free = np.ones(len(ours), bool)
        for item in items:
            x, y, width, height = item["bbox"]
            edge = [image["width"], image["height"]] * 2
            box = np.clip([x, y, x + width, y + height], 0, edge)
            alike = free & (ours.class_ids == numbers[item["category_id"]])
            alike &= (np.abs(ours.scores - item["score"]) <= 0.01) & (iou(box, ours.boxes) >= 0.99)
            if alike.any():
                free[np.flatnonzero(alike)[0]] = False
                matched += 1

    assert len(found) == IMAGES
    assert sum(len(part) for part in found.values()) == len(reference) == 4696
    assert matched == len(reference)


def test_boxes_lie_inside_their_pictures(found: dict[int, Detections], official: COCO):
    for number, part in found.items():
        image = official.imgs[number]
        assert np.isfinite(part.boxes).all()
        assert (part.boxes >= 0).all()
        assert (part.boxes[:, 2:] > part.boxes[:, :2]).all()
        assert (part.boxes[:, 2:] <= [image["width"], image["height"]]).all()
        assert part.scores.tolist() == sorted(part.scores.tolist(), reverse=True)


def test_average_precision_equals_the_reference(found: dict[int, Detections], official: COCO):
    category = {kind["name"]: kind["id"] for kind in official.cats.values()}
    results = [
        {
            "image_id": number,
            "category_id": category[COCO_80[kind]],
            "bbox": [x1, y1, x2 - x1, y2 - y1],
            "score": score,
        }
        for number, part in found.items()
        for (x1, y1, x2, y2), score, kind in zip(
            part.boxes.tolist(), part.scores.tolist(), part.class_ids.tolist(), strict=True
        )
    ]

    evaluation = COCOeval(official, official.loadRes(results), "bbox")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()

    assert evaluation.stats[0] * 100 == pytest.approx(31.52, abs=0.1)
    assert evaluation.stats[1] * 100 == pytest.approx(50.30, abs=0.1)


def test_smaller_slices_find_more_small_vehicles(detector: Detector):
    """7 on the whole photo, then 17, about 20, 33 and 45.

    The middle counts move by a few with the resize filter, since many scores lie at the threshold: sampling
    the nearest pixel instead gives 21 for slices of 512 and 43 for 256. We resize as the reference does.
    """
    photo = read_image(shared_data("detection/sahi/small-vehicles1.jpeg"))

    counts = [len(detector.detect(photo, confidence=0.3, iou=NMS))]
    for side in (640, 512, 320, 256):
        slicing = Slicing(side, side, overlap=0.2, merge="nms", metric="iou", threshold=0.5)
        counts.append(len(detector.detect(photo, confidence=0.3, iou=NMS, slicing=slicing)))

    assert counts == [7, 17, 18, 33, 46]


@pytest.mark.parametrize(
    "slicing",
    [
        Slicing(320, 320, 0.2, "nms", "iou", 0.5),
        Slicing(256, 256, 0.2, "greedy_nmm", "ios", 0.5),
        Slicing(300, 200, 0.3, "nmm", "ios", 0.5),
        Slicing(512, 512, 0.2, "greedy_nmm", "iou", 0.3, full_image=False),
    ],
    ids=str,
)
def test_slicing_equals_sahi_on_a_real_photo(detector: Detector, slicing: Slicing):
    photo = read_image(shared_data("detection/sahi/small-vehicles1.jpeg"))

    ours = detector.detect(photo, confidence=0.25, iou=0.45, slicing=slicing)
    theirs = sahi_detect(detector, photo, slicing, confidence=0.25, iou=0.45)

    assert len(ours) > 15
    assert rows(ours) == rows(theirs)


def test_a_rotated_photo_gives_the_same_boxes_as_its_upright_twin(detector: Detector):
    folder = shared_data("odd_images/Pillow")
    sizes = {read_image(path).shape for path in sorted(folder.glob("hopper_orientation_*.jpg"))}
    found = [
        detector.detect(read_image(path), confidence=0.3)
        for path in sorted(folder.glob("hopper_orientation_*.jpg"))
    ]

    assert sizes == {(128, 128, 3)}
    best = np.array([part.boxes[0] for part in found])
    assert {COCO_80[part.class_ids[0]] for part in found} == {"person"}
    assert np.ptp(best, axis=0).max() < 6
