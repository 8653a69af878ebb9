"""DEIMv2 and YuNet against real weights and photos: official annotations, and the face in each portrait."""

import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from inference.engine.class_names import COCO_80
from inference.engine.detections import Detections
from inference.engine.detector import open_detector
from inference.engine.inspection import inspect_model
from inference.engine.reading import read_image
from tests.data import shared_data


def as_results(found: Detections, image: int, category: dict[str, int]) -> list[dict]:
    rows = zip(found.boxes.tolist(), found.scores.tolist(), found.class_ids.tolist(), strict=True)
    return [
        {
            "image_id": image,
            "category_id": category[COCO_80[kind]],
            "bbox": [x1, y1, x2 - x1, y2 - y1],
            "score": score,
        }
        for (x1, y1, x2, y2), score, kind in rows
    ]


def test_the_average_precision_of_deimv2_is_that_of_its_plain_recipe():
    """That the classes are COCO's 80 in their order is proven by this, too."""
    weights, folder = shared_data("models/deimv2_hgnetv2_femto_coco.onnx"), shared_data("coco_val2017")
    official = COCO(str(folder / "instances.json"))
    category = {kind["name"]: kind["id"] for kind in official.cats.values()}
    results = []
    with open_detector(weights, inspect_model(weights)) as detector:
        for number, image in official.imgs.items():
            photo = read_image(folder / "images" / image["file_name"])
            results += as_results(detector.detect(photo, confidence=0.0), number, category)

    evaluation = COCOeval(official, official.loadRes(results), "bbox")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()

    assert evaluation.stats[0] * 100 == pytest.approx(36.48, abs=0.15)


@pytest.mark.parametrize("name", ["yunet_n_dynamic.onnx", "yunet_n_320_320.onnx"])
def test_the_surest_face_of_each_portrait_is_the_one_in_its_middle(name: str):
    weights = shared_data("models") / name
    portraits = sorted(shared_data("faces/lfw").glob("*/*.jpg"))[::8]
    centred = 0
    with open_detector(weights, inspect_model(weights)) as detector:
        for portrait in portraits:
            photo = read_image(portrait)
            found = detector.detect(photo, confidence=0.5)
            assert len(found), portrait
            left, top, right, bottom = found.boxes[0]
            share = (right - left) * (bottom - top) / (photo.shape[0] * photo.shape[1])
            assert 0.03 < share < 0.9, portrait
            centred += left < photo.shape[1] / 2 < right and top < photo.shape[0] / 2 < bottom

    assert len(portraits) == 21
    assert centred == len(portraits)
