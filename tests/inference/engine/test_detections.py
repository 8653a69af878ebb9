"""Detections: arrays that stay of equal length."""

import numpy as np
import pytest

from inference.engine.detections import WHOLE_IMAGE, Detections


@pytest.fixture
def pair() -> Detections:
    return Detections.of([[0, 0, 4, 4], [2, 2, 9, 9]], [0.3, 0.8], [1, 0], tile=(10, 20, 64, 64))


def test_arrays_of_unequal_length_are_refused():
    with pytest.raises(ValueError, match="equal length"):
        Detections.of([[0, 0, 1, 1]], [0.5, 0.6], [1])


def test_an_empty_set_has_the_right_shapes():
    found = Detections.concat([Detections.empty(), Detections.empty()])

    assert len(found) == 0
    assert found.boxes.shape == (0, 4)
    assert found.slices.shape == (0, 4)


def test_concat_keeps_the_order_of_its_parts(pair: Detections):
    other = Detections.of([[1, 1, 2, 2]], [0.5], [3])

    found = Detections.concat([pair, Detections.empty(), other])

    assert found.class_ids.tolist() == [1, 0, 3]
    assert found.slices.tolist() == [[10, 20, 64, 64], [10, 20, 64, 64], list(WHOLE_IMAGE)]


def test_top_sorts_and_cuts(pair: Detections):
    assert pair.top(1).class_ids.tolist() == [0]
    assert pair.top(9).class_ids.tolist() == [0, 1]
    assert pair.at_least(0.5).class_ids.tolist() == [0]


def test_clipping_cuts_at_the_edge_and_drops_what_has_no_area():
    found = Detections.of(
        [[-3, 2, 5, 8], [7, 7, 12, 30], [11, 0, 14, 4], [0, 0, np.inf, 2], [np.nan, 0, 1, 1]],
        [0.9, 0.8, 0.7, 0.6, 0.5],
        [0, 1, 2, 3, 4],
    )

    inside = found.clipped(10, 10)

    assert inside.boxes.tolist() == [[0, 2, 5, 8], [7, 7, 10, 10]]
    assert inside.class_ids.tolist() == [0, 1]


def test_moving_takes_the_tiles_along_but_not_the_whole_image_marker(pair: Detections):
    whole = Detections.of([[0, 0, 1, 1]], [0.5], [0])

    moved = Detections.concat([pair, whole]).moved(100, 5)

    assert moved.boxes[0].tolist() == [100, 5, 104, 9]
    assert moved.tile_of(0) == [110, 25, 64, 64]
    assert moved.tile_of(2) is None
