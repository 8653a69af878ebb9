import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.geometry import BadGeometry, Geometry, corners, fit, overlap, turn

SIDES = st.floats(-1e6, 1e6)


def test_a_box_inside_is_rounded_to_a_hundredth_of_a_pixel():
    fitted = fit("box", Geometry(1.234567, 2.0, 10.0, 5.678), 100, 50)

    assert fitted == Geometry(1.23, 2.0, 10.0, 5.68)


def test_half_a_pixel_outside_is_clipped():
    fitted = fit("box", Geometry(-0.5, -0.3, 100.9, 50.6), 100, 50)

    assert fitted == Geometry(0.0, 0.0, 100.0, 50.0)


@pytest.mark.parametrize(
    "geometry",
    [
        Geometry(-0.51, 0, 10, 10),
        Geometry(95, 0, 5.6, 10),
        Geometry(0, 41, 10, 9.6),
        Geometry(0, 0, 0, 10),
        Geometry(0, 0, 10, -1),
        Geometry(99.999, 0, 0.001, 10),
        Geometry(0, 0, 10, 10, 0.0, ((1.0, 1.0),)),
    ],
)
def test_a_box_that_lies_outside_or_has_no_extent_is_refused(geometry: Geometry):
    with pytest.raises(BadGeometry):
        fit("box", geometry, 100, 50)


def test_a_turned_box_may_stick_out_with_its_corners_but_not_with_its_middle():
    inside = fit("box", Geometry(-4, 20, 20, 10, 45), 100, 50)

    assert inside == Geometry(-4.0, 20.0, 20.0, 10.0, 45.0)
    with pytest.raises(BadGeometry):
        fit("box", Geometry(-12, 20, 20, 10, 45), 100, 50)
    with pytest.raises(BadGeometry):
        fit("box", Geometry(-100, 20, 300, 10, 45), 100, 50)


def test_the_frame_of_a_polygon_comes_from_its_points():
    fitted = fit("polygon", Geometry(0, 0, 1, 1, 0, ((5.001, 6), (20, 8.5), (7, 30))), 100, 50)

    assert fitted == Geometry(5.0, 6.0, 15.0, 24.0, 0.0, ((5.0, 6.0), (20.0, 8.5), (7.0, 30.0)))


def test_a_point_at_the_far_corner_keeps_a_frame_inside_the_picture():
    fitted = fit("point", Geometry(0, 0, 0, 0, 0, ((100.4, 50),)), 100, 50)

    assert fitted == Geometry(99.99, 49.99, 0.01, 0.01, 0.0, ((100.0, 50.0),))


@pytest.mark.parametrize(
    ("shape", "points"),
    [
        ("polygon", ((1.0, 1.0), (2.0, 2.0))),
        ("polyline", ((1.0, 1.0),)),
        ("point", ((1.0, 1.0), (2.0, 2.0))),
        ("polygon", ((1.0, 1.0), (2.0, 2.0), (101.0, 2.0))),
        ("polyline", tuple((1.0, 1.0) for _ in range(2_001))),
    ],
)
def test_too_few_too_many_and_outside_points_are_refused(shape: str, points: tuple):
    with pytest.raises(BadGeometry):
        fit(shape, Geometry(0, 0, 1, 1, 0, points), 100, 50)


def test_a_whole_turn_is_none():
    assert (turn(360), turn(0), turn(359.999), turn(90.126)) == (0, 0, 0, 90.13)
    with pytest.raises(BadGeometry):
        turn(-1)


def test_corners_follow_the_turn_clockwise():
    found = [(round(x, 6), round(y, 6)) for x, y in corners(Geometry(0, 0, 4, 2, 90))]

    assert found == [(3, -1), (3, 3), (1, 3), (1, -1)]


@given(x=SIDES, y=SIDES, w=SIDES, h=SIDES)
def test_what_is_taken_lies_inside_and_fits_again_unchanged(x: float, y: float, w: float, h: float):
    try:
        fitted = fit("box", Geometry(x, y, w, h), 640, 480)
    except BadGeometry:
        return

    assert fitted.x >= 0
    assert fitted.y >= 0
    assert fitted.w > 0
    assert fitted.h > 0
    assert round(fitted.x + fitted.w, 2) <= 640
    assert round(fitted.y + fitted.h, 2) <= 480
    assert fit("box", fitted, 640, 480) == fitted


@pytest.mark.parametrize(
    ("other", "share"),
    [((0, 0, 10, 10), 1.0), ((5, 0, 10, 10), 1 / 3), ((10, 0, 5, 5), 0.0), ((0, 0, 5, 5), 0.25)],
)
def test_frames_overlap_by_what_they_share(other, share):
    assert overlap(Geometry(0, 0, 10, 10), Geometry(*other)) == pytest.approx(share)
