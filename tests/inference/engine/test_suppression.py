"""Non-maximum suppression: its promises hold for any boxes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.engine.detections import Detections
from inference.engine.suppression import suppress

box = st.tuples(
    st.integers(0, 60),
    st.integers(0, 60),
    st.integers(1, 30),
    st.integers(1, 30),
    st.integers(0, 2),
    st.integers(1, 99),
)


def detections(items: list[tuple[int, ...]]) -> Detections:
    return Detections.of(
        [[x, y, x + w, y + h] for x, y, w, h, _, _ in items],
        [score / 100 for *_, score in items],
        [number for *_, number, _ in items],
    )


def iou(one: np.ndarray, other: np.ndarray) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(0, width) * max(0, height)
    return shared / (
        (one[2] - one[0]) * (one[3] - one[1]) + (other[2] - other[0]) * (other[3] - other[1]) - shared
    )


@settings(max_examples=80, deadline=None)
@given(st.lists(box, max_size=25), st.sampled_from([0.0, 0.3, 0.5, 0.65, 1.0]))
def test_survivors_do_not_overlap_and_every_other_box_overlaps_a_better_survivor(items, threshold):
    found = detections(items)

    kept = suppress(found, threshold)

    rows = list(zip(kept.boxes, kept.scores, kept.class_ids, strict=True))
    assert kept.scores.tolist() == sorted(kept.scores.tolist(), reverse=True)
    for index, (one, _, number) in enumerate(rows):
        same = [other for other, _, theirs in rows[:index] if theirs == number]
        assert all(iou(one, other) <= threshold for other in same)
    survivors = {(*map(float, one), float(score), int(number)) for one, score, number in rows}
    for one, score, number in zip(found.boxes, found.scores, found.class_ids, strict=True):
        if (*map(float, one), float(score), int(number)) not in survivors:
            assert any(
                theirs == number and better >= score and iou(one, other) > threshold
                for other, better, theirs in rows
            )


@settings(max_examples=40, deadline=None)
@given(st.lists(box, max_size=25))
def test_a_second_pass_changes_nothing(items):
    once = suppress(detections(items), 0.5)

    twice = suppress(once, 0.5)

    assert twice.boxes.tolist() == once.boxes.tolist()


def test_classes_do_not_suppress_each_other():
    found = Detections.of([[0, 0, 10, 10], [0, 0, 10, 10], [0, 0, 10, 9]], [0.5, 0.9, 0.8], [0, 1, 1])

    kept = suppress(found, 0.5)

    assert kept.scores.tolist() == pytest.approx([0.9, 0.5])
    assert kept.class_ids.tolist() == [1, 0]
