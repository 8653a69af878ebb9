"""Average precision in plain Python, held against pycocotools."""

import contextlib
import io
import json
import random
import time
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from inference.scoring import Picture, Spot, report_of
from inference.scoring.matching import OVERLAPS
from inference.scoring.precision import ANY_SIZE, RECALLS, SIZES, Precisions, averages, mean
from tests.data import shared_data

NAMES = ("ship", "boat", "crane")
ENOUGH = 10_000


def oracle(pictures: Sequence[Picture], kinds: int) -> dict[str, np.ndarray]:
    """pycocotools' precision by overlap, recall and class, for each size."""
    coco = COCO()
    rows = {"truth": [], "found": []}
    for number, picture in enumerate(pictures, 1):
        for side, spots in (("truth", picture.truth), ("found", picture.found)):
            for spot in spots:
                rows[side].append(
                    {
                        "id": len(rows[side]) + 1,
                        "image_id": number,
                        "category_id": spot.kind,
                        "bbox": list(spot[1:5]),
                        "area": spot.w * spot.h,
                        "iscrowd": 0,
                        "score": spot.score,
                    }
                )
    coco.dataset = {
        "images": [{"id": number} for number in range(1, len(pictures) + 1)],
        "categories": [{"id": kind} for kind in range(kinds)],
        "annotations": rows["truth"],
    }
    with contextlib.redirect_stdout(io.StringIO()):
        coco.createIndex()
        evaluation = COCOeval(coco, coco.loadRes(rows["found"]), "bbox")
        evaluation.params.maxDets = [ENOUGH]
        evaluation.params.areaRng = [list(size) for size in (ANY_SIZE, *SIZES.values())]
        evaluation.params.areaRngLbl = ["all", *SIZES]
        evaluation.evaluate()
        evaluation.accumulate()
    precision = evaluation.eval["precision"]
    return {name: precision[:, :, :, at, 0] for at, name in enumerate(("all", *SIZES))}


def assert_equal(pictures: Sequence[Picture], kinds: int) -> None:
    if not any(picture.found for picture in pictures):
        return
    told, ours = oracle(pictures, kinds), Precisions(pictures, kinds)
    for name, size in {"all": ANY_SIZE, **SIZES}.items():
        for kind in range(kinds):
            ranking = ours.ranking(kind, size)
            expected = told[name][:, :, kind]
            if not ranking.positives:
                assert (expected == -1).all()
                continue
            found = np.array([ranking.precisions(at) for at in range(len(OVERLAPS))])
            assert np.abs(found - expected).max() < 1e-6, (name, kind)


SIDES = st.sampled_from([4.0, 8.0, 10.0, 31.0, 32.0, 40.0, 96.0, 100.0])
PLACES = st.integers(0, 60).map(lambda at: at * 2.0)
SCORES = st.sampled_from([0.05, 0.1, 0.3, 0.3, 0.5, 0.9, 0.95])
SPOTS = st.builds(Spot, st.integers(0, 2), PLACES, PLACES, SIDES, SIDES, SCORES)
PICTURES = st.builds(Picture, st.lists(SPOTS, max_size=8), st.lists(SPOTS, max_size=10))


@given(st.lists(PICTURES, min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_any_boxes_score_as_pycocotools_scores_them(pictures: list[Picture]):
    assert_equal(pictures, 3)


def scattered(count: int, seed: int, kinds: int = 3) -> list[Picture]:
    """Pictures of 20 true boxes; most are found a little beside, and some things that are not there."""
    dice = random.Random(seed)
    pictures = []
    for _ in range(count):
        truth, found = [], []
        for _ in range(20):
            side = dice.choice([12, 25, 50, 120])
            spot = Spot(dice.randrange(kinds), dice.uniform(0, 1000), dice.uniform(0, 1000), side, side * 1.3)
            truth.append(spot)
            if dice.random() < 0.8:
                kind = spot.kind if dice.random() < 0.9 else dice.randrange(kinds)
                off = side * 0.12
                found.append(
                    Spot(
                        kind,
                        spot.x + dice.gauss(0, off),
                        spot.y + dice.gauss(0, off),
                        spot.w,
                        spot.h,
                        dice.random(),
                    )
                )
            if dice.random() < 0.3:
                found.append(
                    Spot(spot.kind, dice.uniform(0, 1000), dice.uniform(0, 1000), side, side, dice.random())
                )
        pictures.append(Picture(truth, found))
    return pictures


def test_crowded_pictures_score_as_pycocotools_scores_them():
    assert_equal(scattered(60, seed=4), 3)


def test_real_photos_score_as_pycocotools_scores_them():
    """YOLOX-Nano on photos of COCO: every class, overlap and size."""
    told = json.loads(shared_data("coco_val2017/instances.json").read_text())
    seen = json.loads(shared_data("coco_val2017/reference_yolox_nano.json").read_text())
    kinds = {category["id"]: at for at, category in enumerate(told["categories"])}
    truth, found = ({image["id"]: [] for image in told["images"]} for _ in range(2))
    for row in told["annotations"]:
        if not row["iscrowd"]:
            truth[row["image_id"]].append(Spot(kinds[row["category_id"]], *row["bbox"]))
    for row in seen:
        found[row["image_id"]].append(Spot(kinds[row["category_id"]], *row["bbox"], row["score"]))
    pictures = [Picture(truth[number], found[number]) for number in truth]

    assert_equal(pictures, len(kinds))
    ours = Precisions(pictures, len(kinds))
    rankings = [ours.ranking(kind) for kind in range(len(kinds))]
    ap = mean([mean(averages(ranking)) for ranking in rankings if ranking.positives])
    precision = oracle(pictures, len(kinds))["all"]
    assert ap == pytest.approx(precision[precision > -1].mean(), abs=1e-6)


def test_overlaps_and_recalls_are_those_of_coco():
    assert np.linspace(0.5, 0.95, 10).tolist() == list(OVERLAPS)
    assert np.linspace(0.0, 1.0, 101).tolist() == list(RECALLS)


def test_a_part_of_the_pictures_is_scored_as_if_it_were_all():
    pictures = scattered(6, seed=1)
    ours, alone = Precisions(pictures, 3), Precisions(pictures[2:4], 3)

    for kind in range(3):
        assert averages(ours.ranking(kind, pictures=[2, 3])) == averages(alone.ranking(kind))


def test_five_hundred_pictures_take_less_than_three_seconds():
    pictures = scattered(500, seed=2, kinds=10)
    began = time.process_time()

    report = report_of(pictures, [f"class {at}" for at in range(10)])

    assert report["objects"] == 10_000
    assert time.process_time() - began < 3
