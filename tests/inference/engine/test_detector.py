"""The detector end to end on models whose answer is known."""

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from inference.engine.detector import Detector, TileSeen, Way, open_detector
from inference.engine.errors import ImageRefused, ModelRefused
from inference.engine.inspection import inspect_model
from inference.engine.slicing import Slicing
from tests.inference.models import save, spot_yolox, tiny_yolox

SLICES = Slicing(64, 64, overlap=0.25, merge="nms", metric="iou")


@pytest.fixture
def tiny(tmp_path: Path) -> Detector:
    path = tiny_yolox(tmp_path / "tiny.onnx", boxes=[(1, 0.9, (8, 16, 24, 40)), (0, 0.4, (40, 40, 80, 56))])
    return open_detector(path, inspect_model(path))


@pytest.fixture(params=[1, 3])
def spots(tmp_path: Path, request: pytest.FixtureRequest) -> Detector:
    path = spot_yolox(tmp_path / "spot.onnx")
    return open_detector(path, inspect_model(path), sessions=request.param)


def black(width: int, height: int, *spots: tuple[int, int]) -> np.ndarray:
    """A black picture with white squares of 8 pixels at these corners."""
    picture = np.zeros((height, width, 3), np.uint8)
    for x, y in spots:
        picture[y : y + 8, x : x + 8] = 255
    return picture


def test_boxes_come_back_in_pixels_of_the_original_inside_it_and_best_first(tiny: Detector):
    found = tiny.detect(black(128, 128))

    np.testing.assert_allclose(found.boxes, [[16, 32, 48, 80], [80, 80, 128, 112]], atol=1e-4)
    np.testing.assert_allclose(found.scores, [0.9, 0.4], rtol=1e-6)
    assert found.class_ids.tolist() == [1, 0]
    assert [found.tile_of(row) for row in range(2)] == [None, None]


def test_confidence_filters(tiny: Detector):
    assert len(tiny.detect(black(64, 64), confidence=0.5)) == 1
    assert len(tiny.detect(black(64, 64), confidence=0.95)) == 0


def test_slices_find_what_the_whole_picture_hides(spots: Detector):
    picture = black(256, 160, (8, 8), (200, 104))

    whole = spots.detect(picture, confidence=0.9)
    sliced = spots.detect(picture, confidence=0.9, slicing=SLICES)

    assert len(whole) == 0
    assert sorted(sliced.boxes.tolist()) == [[8, 8, 16, 16], [200, 104, 208, 112]]


def test_every_box_knows_the_tile_that_saw_it(spots: Detector):
    found = spots.detect(black(256, 160, (8, 8), (200, 104)), confidence=0.9, slicing=SLICES)

    assert len(found) == 2
    for row in range(2):
        x, y, width, height = found.tile_of(row)
        assert (width, height) == (64, 64)
        assert x <= found.boxes[row, 0] < found.boxes[row, 2] <= x + width
        assert y <= found.boxes[row, 1] < found.boxes[row, 3] <= y + height


def test_progress_counts_every_tile_and_the_whole_picture(spots: Detector):
    heard: list[TileSeen] = []
    here = threading.get_ident()

    def on_tile(seen: TileSeen) -> None:
        assert threading.get_ident() == here
        heard.append(seen)

    spots.detect(black(112, 64, (8, 8)), confidence=0.9, slicing=SLICES, on_tile=on_tile)

    assert [(seen.done, seen.total) for seen in heard] == [(1, 3), (2, 3), (3, 3)]
    assert {seen.tile for seen in heard} == {(0, 0, 64, 64), (48, 0, 64, 64), (0, 0, 112, 64)}
    assert {seen.tile: len(seen.found) for seen in heard}[0, 0, 64, 64] == 1
    assert sum(len(seen.found) for seen in heard) == 1


def test_stopping_keeps_what_the_finished_tiles_gave(spots: Detector):
    picture = black(640, 640, (8, 8), (600, 600))
    heard: list[TileSeen] = []

    sight = spots.see(
        picture,
        Way(0.9, slicing=SLICES),
        on_tile=heard.append,
        should_stop=lambda: len(heard) == 2,
    )

    assert [seen.done for seen in heard] == [1, 2]
    assert (sight.looked, sight.tiles) == (2, 170)
    assert len(sight.kept) == sum(len(seen.found) for seen in heard)


def test_an_error_of_the_listener_reaches_the_caller_and_the_detector_still_works(spots: Detector):
    def on_tile(seen: TileSeen) -> None:
        raise RuntimeError("cancelled")

    with pytest.raises(RuntimeError, match="cancelled"):
        spots.detect(black(640, 640), slicing=SLICES, on_tile=on_tile)

    assert len(spots.detect(black(64, 64, (8, 8)), confidence=0.9)) == 1


def test_a_picture_no_larger_than_a_tile_is_seen_once(spots: Detector):
    heard: list[int] = []

    found = spots.detect(
        black(64, 64, (8, 8)),
        confidence=0.9,
        slicing=SLICES,
        on_tile=lambda seen: heard.append(seen.total),
    )

    assert heard == [1]
    assert found.tile_of(0) is None


def test_threads_may_share_a_detector(spots: Detector):
    results: list[list[list[float]]] = []

    def work() -> None:
        results.append(spots.detect(black(256, 160, (8, 8)), confidence=0.9, slicing=SLICES).boxes.tolist())

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert results == [[[8, 8, 16, 16]]] * 4


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_shares_out_of_range_are_refused(tiny: Detector, value: float):
    with pytest.raises(ValueError, match="between 0 and 1"):
        tiny.detect(black(64, 64), confidence=value)
    with pytest.raises(ValueError, match="between 0 and 1"):
        tiny.detect(black(64, 64), iou=value)


@pytest.mark.parametrize("shape", [(64, 64), (64, 64, 4), (0, 64, 3)])
def test_what_is_no_bgr_picture_is_refused(tiny: Detector, shape: tuple[int, ...]):
    with pytest.raises(ImageRefused):
        tiny.detect(np.zeros(shape, np.uint8))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"input_size": (96, 96)}, "wrong_input_size"),
        ({"input_name": "pixels"}, "wrong_names"),
        ({"output_name": "boxes"}, "wrong_names"),
        ({"head": "ssd"}, "unknown_head"),
    ],
)
def test_a_spec_that_does_not_fit_the_file_is_refused(tmp_path: Path, change: dict, code: str):
    path = tiny_yolox(tmp_path / "tiny.onnx")

    with pytest.raises(ModelRefused) as refusal:
        open_detector(path, replace(inspect_model(path), **change))

    assert refusal.value.code == code


def test_a_spec_with_other_classes_is_refused_at_the_first_picture(tmp_path: Path):
    path = tiny_yolox(tmp_path / "tiny.onnx")
    detector = open_detector(path, replace(inspect_model(path), class_names=("one",)))

    with pytest.raises(ModelRefused) as refusal:
        detector.detect(black(64, 64))

    assert refusal.value.code == "unexpected_output"


def test_a_graph_that_the_runtime_cannot_load_is_refused(tmp_path: Path):
    path = save(tmp_path / "bad.onnx", [], [], (1, 84, 7))
    spec = inspect_model(tiny_yolox(tmp_path / "tiny.onnx"))

    with pytest.raises(ModelRefused) as refusal:
        open_detector(path, spec)

    assert refusal.value.code == "not_onnx"


def test_closing_ends_the_threads(tmp_path: Path):
    path = spot_yolox(tmp_path / "spot.onnx")

    with open_detector(path, inspect_model(path), sessions=2) as detector:
        detector.detect(black(256, 64), slicing=SLICES)

    assert not [thread for thread in threading.enumerate() if thread.name.startswith("detector")]


TWO = [(0, 0.6, (8.0, 8.0, 24.0, 24.0)), (1, 0.4, (40.0, 40.0, 56.0, 56.0))]


@pytest.mark.parametrize(
    ("thresholds", "kept", "left"),
    [
        ({}, [0], [1]),
        ({1: 0.3}, [0, 1], []),
        ({0: 0.7}, [], [0, 1]),
        ({0: 0.7, 1: 0.3}, [1], [0]),
        ({0: 0.7, 1: 0.01}, [1], [0]),
    ],
)
@pytest.mark.parametrize("slicing", [None, Slicing(64, 64)])
def test_classes_have_thresholds_of_their_own(tmp_path: Path, thresholds, kept, left, slicing):
    path = tiny_yolox(tmp_path / "two.onnx", boxes=TWO)
    with open_detector(path, inspect_model(path)) as detector:
        way = Way(0.5, 0.45, slicing, spares=True, thresholds=thresholds)
        sight = detector.see(np.zeros((64, 64, 3), np.uint8), way)

    assert sorted(sight.kept.class_ids.tolist()) == kept
    assert sorted(sight.leftovers.class_ids.tolist()) == left


def test_a_threshold_out_of_range_is_refused():
    with pytest.raises(ValueError, match="threshold"):
        Way(thresholds={0: 1.5})
