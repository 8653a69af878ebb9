"""Slicing: its settings, and that it equals SAHI's own sliced prediction."""

from pathlib import Path

import numpy as np
import pytest

from inference.engine.advice import tiles_along
from inference.engine.detector import Detector, open_detector
from inference.engine.errors import SlicingRefused
from inference.engine.inspection import inspect_model
from inference.engine.slicing import Slicing
from tests.inference.engine.sahi_oracle import rows, sahi_detect
from tests.inference.models import spot_yolox


@pytest.mark.parametrize(
    "wrong",
    [
        {"width": 31},
        {"height": 20_000},
        {"width": 64.0},
        {"overlap": 0.91},
        {"overlap": -0.1},
        {"overlap": float("nan")},
        {"merge": "soft"},
        {"merge": ["nms"]},
        {"metric": "giou"},
        {"threshold": 0},
        {"threshold": 1.5},
        {"full_image": 1},
        {"tiles": 4},
    ],
)
def test_a_wrong_setting_is_refused(wrong: dict):
    with pytest.raises(SlicingRefused) as refusal:
        Slicing.from_dict(wrong)

    assert refusal.value.code == "bad_slicing"


def test_one_size_stands_for_both_sides():
    slicing = Slicing.from_dict({"size": 320, "overlap": 0.5, "merge": "nms"})

    assert slicing == Slicing(320, 320, overlap=0.5, merge="nms")
    assert Slicing.from_dict(slicing.to_dict()) == slicing


def test_tiles_cover_the_picture_and_end_at_its_edges():
    tiles = Slicing(64, 32, overlap=0.25).tiles(150, 50)

    assert tiles == [
        (0, 0, 64, 32), (48, 0, 64, 32), (86, 0, 64, 32), (0, 18, 64, 32), (48, 18, 64, 32), (86, 18, 64, 32)
    ]  # fmt: skip
    assert Slicing(64, 64).tiles(40, 50) == [(0, 0, 40, 50)]


@pytest.mark.parametrize("overlap", [0.0, 0.2, 0.5, 0.9])
@pytest.mark.parametrize("size", [(33, 32), (640, 480), (129, 1001)])
def test_the_number_of_tiles_is_known_before_they_are_laid(size: tuple[int, int], overlap: float):
    slicing = Slicing(64, 48, overlap=overlap)

    expected = tiles_along(size[0], 64, overlap) * tiles_along(size[1], 48, overlap)

    assert len(slicing.tiles(*size)) == expected


def test_too_many_tiles_are_refused_before_they_are_laid():
    with pytest.raises(SlicingRefused) as refusal:
        Slicing(32, 32, overlap=0.9).tiles(100_000, 100_000)

    assert refusal.value.code == "too_many_tiles"


@pytest.fixture(scope="module")
def spots(tmp_path_factory: pytest.TempPathFactory) -> Detector:
    path: Path = spot_yolox(tmp_path_factory.mktemp("models") / "spot.onnx")
    return open_detector(path, inspect_model(path), sessions=2)


@pytest.fixture(scope="module")
def noise() -> np.ndarray:
    """Blocks of random brightness: hundreds of overlapping boxes on all three strides."""
    blocks = np.random.default_rng(3).integers(0, 256, (27, 37, 1), np.uint8)
    return np.ascontiguousarray(
        np.repeat(np.kron(blocks[:, :, 0], np.ones((9, 9), np.uint8))[:, :, None], 3, axis=2)
    )


@pytest.mark.parametrize("merge", ["nms", "nmm", "greedy_nmm"])
@pytest.mark.parametrize("metric", ["iou", "ios"])
@pytest.mark.parametrize(
    ("side", "overlap", "full_image"), [(64, 0.2, True), (80, 0.5, False), (400, 0.2, True)]
)
def test_the_result_equals_sahi(
    spots: Detector, noise: np.ndarray, merge: str, metric: str, side: int, overlap: float, full_image: bool
):
    slicing = Slicing(side, side, overlap, merge, metric, 0.4, full_image)

    ours = spots.detect(noise, confidence=0.5, iou=0.45, slicing=slicing)
    theirs = sahi_detect(spots, noise, slicing, confidence=0.5, iou=0.45)

    assert len(ours) > 5
    assert rows(ours) == rows(theirs)


def test_below_a_confidence_of_a_tenth_boxes_are_suppressed_as_sahi_does(spots: Detector, noise: np.ndarray):
    slicing = Slicing(64, 64, merge="greedy_nmm", metric="ios")

    ours = spots.detect(noise, confidence=0.05, slicing=slicing)
    theirs = sahi_detect(spots, noise, slicing, confidence=0.05, iou=0.45)

    assert rows(ours) == rows(theirs)
    assert rows(ours) == rows(
        spots.detect(noise, confidence=0.05, slicing=Slicing(64, 64, merge="nms", metric="iou"))
    )
