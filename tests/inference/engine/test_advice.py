"""Slice advice: small objects reach the model at a size that it sees, in no more looks than that takes."""

import pytest

from inference.engine.advice import SIDES, SMALL, Cut, advise, looks_of
from inference.engine.slicing import Slicing

PHOTO = (4000, 3000)


def test_nothing_seen_is_no_advice():
    assert advise([], [PHOTO], (640, 640)) is None
    assert advise([30.0], [], (640, 640)) is None


def test_large_objects_need_no_slices():
    advice = advise([400.0] * 20, [PHOTO], (640, 640))

    assert advice is not None
    assert (advice.cut, advice.small, advice.count) == (None, 400, 20)


def test_small_pictures_need_no_slices():
    advice = advise([20.0] * 20, [(300, 200)], (640, 640))

    assert advice is not None
    assert advice.cut is None


@pytest.mark.parametrize("size", [10.0, 20.0, 40.0, 60.0, 90.0, 150.0])
def test_the_smaller_objects_reach_the_input_at_thirty_two_pixels_where_that_does_not_enlarge_too_much(
    size: float,
):
    advice = advise([size] * 20, [PHOTO], (640, 640))

    assert advice is not None
    assert advice.cut is not None
    side = advice.cut.side
    assert side in SIDES
    assert size * 640 / side >= SMALL or side == 320
    # One step more would be too much.
    larger = SIDES[SIDES.index(side) + 1]
    assert size * 640 / larger < SMALL


def test_a_model_with_a_small_input_looks_at_smaller_slices():
    nano, large = (advise([40.0] * 9, [PHOTO], (side, side)) for side in (416, 1280))

    assert nano
    assert large
    assert (nano.cut, large.cut) == (Cut(512, 0.1), Cut(1536, 0.1))


def test_neighbours_share_enough_for_an_object_that_only_slices_show():
    advice = advise([30.0] * 8 + [120.0] * 8 + [900.0] * 4, [PHOTO], (640, 640))

    assert advice is not None
    # 900 px are seen in the whole picture; 120 of 512 px are a little less than a quarter.
    assert advice.cut == Cut(512, 0.25)


def test_slips_of_the_hand_do_not_decide():
    advice = advise([1.0, *[300.0] * 50], [PHOTO], (640, 640))

    assert advice is not None
    assert advice.cut is None


@pytest.mark.parametrize("picture", [(4000, 3000), (640, 640), (641, 100), (1, 9000)])
@pytest.mark.parametrize("cut", [Cut(640, 0.2), Cut(320, 0.45), Cut(512, 0.0)])
def test_looks_are_the_slices_that_the_engine_lays(picture: tuple[int, int], cut: Cut):
    tiles = len(Slicing(cut.side, cut.side, overlap=cut.overlap).tiles(*picture))

    assert looks_of(picture, cut) == (tiles + 1 if tiles > 1 else 1)
    assert looks_of(picture, None) == 1
