"""What a model half believes comes from the same pass, and what is kept does not know of it."""

from pathlib import Path

import numpy as np
import pytest

from inference.engine.detections import Detections
from inference.engine.detector import Detector, Way, open_detector
from inference.engine.inspection import inspect_model
from inference.engine.leftovers import FLOOR, MOST, leftovers_of
from inference.engine.slicing import Slicing
from tests.inference.models import spot_yolox, tiny_yolox

SLICINGS = [
    None,
    Slicing(64, 64, 0.2, "greedy_nmm", "ios", 0.4),
    Slicing(80, 80, 0.5, "nms", "iou", 0.5, full_image=False),
]


@pytest.fixture(scope="module")
def spots(tmp_path_factory: pytest.TempPathFactory) -> Detector:
    path: Path = spot_yolox(tmp_path_factory.mktemp("models") / "spot.onnx")
    return open_detector(path, inspect_model(path), sessions=2)


@pytest.fixture(scope="module")
def noise() -> np.ndarray:
    """Blocks of random brightness: scores everywhere between 0 and 1."""
    blocks = np.random.default_rng(3).integers(0, 256, (27, 37), np.uint8)
    grey = np.kron(blocks, np.ones((9, 9), np.uint8))
    return np.ascontiguousarray(np.repeat(grey[:, :, None], 3, axis=2))


def same(one: Detections, other: Detections) -> bool:
    pairs = [
        (getattr(one, name), getattr(other, name)) for name in ("boxes", "scores", "class_ids", "slices")
    ]
    return all(a.dtype == b.dtype and a.tobytes() == b.tobytes() for a, b in pairs)


@pytest.mark.parametrize("slicing", SLICINGS, ids=["whole", "joined", "suppressed"])
def test_what_is_kept_is_the_same_to_the_bit(spots: Detector, noise: np.ndarray, slicing: Slicing | None):
    without = spots.see(noise, Way(0.5, 0.45, slicing))
    beside = spots.see(noise, Way(0.5, 0.45, slicing, spares=True))

    assert len(without.kept) > 5
    assert same(without.kept, beside.kept)
    assert len(without.leftovers) == 0
    assert 0 < len(beside.leftovers) <= MOST


@pytest.mark.parametrize("slicing", SLICINGS, ids=["whole", "joined", "suppressed"])
def test_leftovers_lie_between_the_floor_and_the_confidence(
    spots: Detector, noise: np.ndarray, slicing: Slicing | None
):
    scores = spots.see(noise, Way(0.5, 0.45, slicing, spares=True)).leftovers.scores

    assert ((scores >= FLOOR) & (scores < 0.5)).all()
    assert scores.tolist() == sorted(scores.tolist(), reverse=True)


def test_one_pass_sees_both(tmp_path: Path):
    path = tiny_yolox(tmp_path / "tiny.onnx", boxes=[(1, 0.9, (8, 16, 24, 40)), (0, 0.2, (40, 40, 60, 56))])
    with open_detector(path, inspect_model(path)) as detector:
        sight = detector.see(np.zeros((64, 64, 3), np.uint8), Way(0.3, spares=True))

    assert [round(score, 3) for score in sight.kept.scores.tolist()] == [0.9]
    assert [round(score, 3) for score in sight.leftovers.scores.tolist()] == [0.2]
    np.testing.assert_allclose(sight.leftovers.boxes, [[40, 40, 60, 56]], atol=1e-4)


def test_what_a_kept_box_of_the_class_shows_is_not_left_over():
    kept = Detections.of([[0, 0, 10, 10]], [0.9], [0])
    spare = Detections.of(
        [[0, 0, 10, 9], [0, 0, 10, 9], [30, 30, 40, 40], [30, 30, 40, 41]], [0.2, 0.2, 0.3, 0.1], [0, 1, 0, 0]
    )

    found = leftovers_of(spare, kept, iou=0.45, slicing=None)

    assert found.boxes.tolist() == [[30, 30, 40, 40], [0, 0, 10, 9]]
    assert found.class_ids.tolist() == [0, 1]


def test_a_crowd_is_cut_at_the_best_three_hundred():
    corners = np.arange(400.0)[:, None] * 20 + np.array([0, 0, 10, 10])
    spare = Detections.of(corners, np.linspace(0.06, 0.2, 400), np.zeros(400))

    found = leftovers_of(spare, Detections.empty(), iou=0.45, slicing=None)

    assert len(found) == 300
    assert found.scores.min() > 0.094
