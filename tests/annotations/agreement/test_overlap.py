"""How far two shapes are the same, against areas that can be computed by hand."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.agreement import overlap, reach_in
from annotations.agreement.overlap import may_meet
from tests.annotations.agreement.shapes import box, of_points

SQUARE = [[0.0, 0.0], [100.0, 0.0], [100.0, 100.0], [0.0, 100.0]]
sides = st.floats(1, 80).map(lambda value: round(value, 2))
places = st.floats(0, 100).map(lambda value: round(value, 2))
boxes = st.builds(
    lambda frame, turn: box("a", "cat", *frame, rotation=turn),
    st.tuples(places, places, sides, sides),
    st.floats(0, 359),
)


def test_boxes_are_compared_exactly():
    assert overlap(box("a", "cat", 0, 0), box("b", "dog", 5, 0)) == pytest.approx(1 / 3)
    assert overlap(box("a", "cat", 0, 0), box("b", "cat", 10, 0)) == 0.0


def test_a_turned_square_and_the_upright_one_share_an_octagon():
    shared = 200 * (math.sqrt(2) - 1) * 100

    found = overlap(box("a", "cat", 0, 0, 100, 100), box("b", "cat", 0, 0, 100, 100, rotation=45.0))

    assert found == pytest.approx(shared / (20_000 - shared), abs=0.001)


def test_a_turn_by_a_quarter_swaps_the_sides():
    lying, upright = box("a", "cat", 0, 20, 60, 20), box("b", "cat", 20, 0, 20, 60)

    turned = box("c", "cat", 0, 20, 60, 20, rotation=90.0)

    assert overlap(turned, upright) == pytest.approx(1.0, abs=0.01)
    assert overlap(turned, lying) == pytest.approx(overlap(upright, lying), abs=0.01)


def test_polygons_are_compared_by_what_they_cover_and_with_boxes():
    triangle = of_points("polygon", [[0.0, 0.0], [100.0, 0.0], [0.0, 100.0]])
    notched = of_points("polygon", [[0.0, 0.0], [100.0, 0.0], [100.0, 100.0], [50.0, 50.0], [0.0, 100.0]])

    assert overlap(of_points("polygon", SQUARE), box("b", "cat", 0, 0, 100, 100)) == pytest.approx(1.0)
    assert overlap(triangle, box("b", "cat", 0, 0, 100, 100)) == pytest.approx(0.5, abs=0.005)
    assert overlap(notched, of_points("polygon", SQUARE)) == pytest.approx(0.75, abs=0.005)
    assert overlap(notched, box("b", "cat", 40, 80, 20, 20)) == 0.0


def test_a_figure_of_eight_covers_its_two_halves():
    bow = of_points("polygon", [[0.0, 0.0], [100.0, 100.0], [100.0, 0.0], [0.0, 100.0]])

    assert overlap(bow, bow) == pytest.approx(1.0)
    assert overlap(bow, box("b", "cat", 0, 0, 100, 100)) == pytest.approx(0.5, abs=0.005)


def test_points_and_lines_are_compared_by_distance():
    reach = reach_in(4000, 3000)
    assert reach == 50.0
    line = of_points("polyline", [[0.0, 0.0], [100.0, 0.0]])
    halved = of_points("polyline", [[0.0, 0.0], [50.0, 0.0], [100.0, 0.0]])
    beside = of_points("polyline", [[0.0, 50.0], [100.0, 50.0]])
    point, near = of_points("point", [[10.0, 10.0]]), of_points("point", [[60.0, 10.0]])

    assert overlap(line, halved, reach) == pytest.approx(1.0)
    assert overlap(line, beside, reach) == pytest.approx(0.5)
    assert overlap(point, near, reach) == pytest.approx(0.5)
    assert overlap(point, near) == 0.0
    assert overlap(line, point, reach) == 0.0


def test_a_half_of_a_line_is_not_the_line():
    whole, half = (
        of_points("polyline", [[0.0, 0.0], [400.0, 0.0]]),
        of_points("polyline", [[0.0, 0.0], [200.0, 0.0]]),
    )

    assert overlap(whole, half, 20.0) == 0.0 < overlap(whole, half, 100.0) < 1.0


def test_keypoints_are_compared_by_cocos_similarity():
    def person(nose: list[float], ear: list[float]):
        return of_points("keypoints", [nose, ear, [0.0, 0.0, 0]])

    one = person([0.0, 0.0, 2], [100.0, 100.0, 2])
    moved = person([0.0, 0.0, 2], [100.0, 90.0, 1])
    blind = person([0.0, 0.0, 2], [0.0, 0.0, 0])

    # Scale 100 x 100 and a spread of 0.1: 10 px are one standard deviation.
    assert overlap(one, moved) == pytest.approx((1 + math.exp(-0.5)) / 2)
    assert overlap(one, blind) == pytest.approx(0.5)


def test_tags_are_of_one_place():
    whole = {"w": 640, "h": 480}
    tag = of_points("tag", SQUARE)

    assert overlap(tag, tag) == 1.0
    assert overlap(tag, box("b", "cat", 0, 0, **whole)) == 0.0


@given(boxes, boxes)
def test_the_order_does_not_matter_and_a_quick_look_misses_nothing(one, other):
    found = overlap(one, other)

    assert 0.0 <= found <= 1.0
    assert found == pytest.approx(overlap(other, one))
    assert overlap(one, one) == pytest.approx(1.0)
    assert may_meet(one, other) or found == 0.0
