"""Average precision: exact on cases that can be counted by hand."""

import numpy as np
import pytest

from inference.evaluation import Boxes, score

NAMES = ("ship", "boat")
SQUARE = (10.0, 10.0, 50.0, 50.0)


def truth(*rows: tuple[tuple[float, ...], int]) -> Boxes:
    return Boxes(np.array([box for box, _ in rows]).reshape(-1, 4), np.array([at for _, at in rows], int))


def found(*rows: tuple[tuple[float, ...], int, float]) -> Boxes:
    flat = truth(*((box, at) for box, at, _ in rows))
    return Boxes(flat.boxes, flat.class_ids, np.array([sure for _, _, sure in rows]))


def test_all_found_exactly_is_one():
    scores = score([truth((SQUARE, 0))], [found((SQUARE, 0, 0.9))], NAMES)

    assert scores.ap == pytest.approx(1.0)
    assert scores.ap50 == pytest.approx(1.0)
    assert scores.classes["ship"].count == 1
    assert scores.classes["boat"].count == 0


def test_nothing_found_is_zero():
    scores = score([truth((SQUARE, 0))], [found()], NAMES)

    assert (scores.ap, scores.ap50) == (0.0, 0.0)


def test_another_class_is_not_found():
    assert score([truth((SQUARE, 0))], [found((SQUARE, 1, 0.9))], NAMES).ap50 == 0.0


def test_a_box_that_overlaps_by_three_quarters_counts_up_to_there():
    """IoU .75: right at the overlaps .50 to .75, which are six of ten."""
    scores = score([truth((SQUARE, 0))], [found(((10.0, 10.0, 50.0, 40.0), 0, 0.9))], NAMES)

    assert scores.ap50 == pytest.approx(1.0)
    assert scores.ap == pytest.approx(0.6)


def test_half_of_two_found_is_about_a_half():
    other = (100.0, 100.0, 140.0, 140.0)

    scores = score([truth((SQUARE, 0), (other, 0))], [found((SQUARE, 0, 0.9))], NAMES)

    assert scores.ap50 == pytest.approx(0.5, abs=0.01)


def test_more_than_a_hundred_boxes_of_a_picture_count():
    boxes = [((x * 30.0, y * 30.0, x * 30.0 + 20, y * 30.0 + 20), 0) for x in range(20) for y in range(20)]

    scores = score([truth(*boxes)], [found(*((box, at, 0.9) for box, at in boxes))], NAMES)

    assert scores.ap50 == pytest.approx(1.0)


def test_a_picture_that_was_not_looked_at_is_refused():
    with pytest.raises(ValueError, match="as many truths"):
        score([truth((SQUARE, 0)), truth()], [found()], NAMES)
