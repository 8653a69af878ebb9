import random
import time

import pytest
from PIL import Image, ImageChops

from annotations.drawing import DrawnBox, draw_boxes, draw_file
from annotations.drawing.plates import LabelStyle, Plates, contrast, tag_of
from tests.data import shared_data
from tests.datasets.pictures import located

BLUE, GREY = (0, 114, 178), (128, 128, 128)


def box(x=40, y=40, w=60, h=40, **fields):
    values = {
        "shape": "box",
        "rotation": 0.0,
        "points": (),
        "state": "accepted",
        "score": None,
        "name": "boat",
        "number": 1,
        "color": "#0072b2",
    }
    return DrawnBox(x=x, y=y, w=w, h=h, **{**values, **fields})


def ground(width=512, height=400, color=GREY):
    return Image.new("RGB", (width, height), color)


def count(image, color):
    return sum(1 for pixel in image.get_flattened_data() if pixel == color)


def changed(before, after):
    return ImageChops.difference(before, after).getbbox()


def test_box_is_drawn_at_its_place_in_its_colour():
    drawn = draw_boxes(ground(), [box()], labels=False)

    assert [drawn.getpixel(at) for at in [(40, 60), (100, 60), (70, 40), (70, 80)]] == [BLUE] * 4
    assert drawn.getpixel((70, 60)) == GREY
    left, top, right, bottom = changed(ground(), drawn)
    assert max(abs(left - 40), abs(top - 40), abs(right - 100), abs(bottom - 80)) <= 3


def test_the_picture_given_is_not_drawn_upon():
    picture = ground()

    draw_boxes(picture, [box()])

    assert changed(ground(), picture) is None


@pytest.mark.parametrize("color", [(0, 0, 0), (255, 255, 255), BLUE])
def test_lines_stand_out_on_any_ground(color):
    drawn = draw_boxes(ground(color=color), [box()], labels=False)

    strongest = max(
        max(abs(a - b) for a, b in zip(pixel, color, strict=True)) for pixel in drawn.get_flattened_data()
    )
    assert strongest > 120


def test_proposals_are_dashed_and_rejected_boxes_left_out():
    solid = draw_boxes(ground(), [box()], labels=False)
    dashed = draw_boxes(ground(), [box(state="proposed")], labels=False)
    rejected = draw_boxes(ground(), [box(state="rejected")])

    assert 0.4 < count(dashed, BLUE) / count(solid, BLUE) < 0.8
    assert changed(ground(), rejected) is None


def test_small_boxes_lie_on_top_of_large_ones():
    small, large = box(x=38, y=50, w=20, h=20, color="#ff0000"), box()

    drawn = draw_boxes(ground(), [small, large], labels=False)

    # The left edge of the large box runs through the small one's upper edge.
    assert drawn.getpixel((40, 50)) == (255, 0, 0)


@pytest.mark.parametrize("side", [256, 1024, 4096])
def test_lines_and_labels_grow_with_the_drawing(side):
    style = LabelStyle.for_side(side)

    assert style.line == {256: 1, 1024: 3, 4096: 10}[side]
    assert style.font.size == {256: 11, 1024: 17, 4096: 56}[side]


@pytest.mark.parametrize(
    ("size", "side", "expected"),
    [
        ((4000, 3000), 1024, (1024, 768)),
        ((64, 48), 1024, (384, 288)),
        ((500, 400), 1024, (500, 400)),
        ((64, 48), 100, (100, 75)),
    ],
)
def test_large_pictures_shrink_and_tiny_ones_grow_until_labels_fit(size, side, expected):
    assert draw_boxes(ground(*size), [], side=side).size == expected


def test_boxes_of_the_original_land_right_on_a_rendition():
    rendition = ground(512, 400)

    drawn = draw_boxes(rendition, [box(400, 400, 600, 400)], full_size=(5120, 4000), labels=False)

    assert drawn.getpixel((40, 60)) == BLUE


@pytest.mark.parametrize("place", [(0, 0), (452, 0), (0, 360), (452, 360), (200, 0)])
def test_labels_stay_inside_the_picture(place):
    frame = (*place, place[0] + 60, place[1] + 40)

    plate = Plates((512, 400), LabelStyle.for_side(512)).place("a rather long name 0.50", "#000000", frame)

    left, top, right, bottom = plate.place
    assert 0 <= left < right <= 512
    assert 0 <= top < bottom <= 400


def test_labels_of_neighbours_don_t_cover_each_other():
    plates = Plates((512, 400), LabelStyle.for_side(512))

    placed = [
        plates.place("boat 0.90", "#000000", (100 + d, 100 + d, 200 + d, 180 + d)) for d in range(0, 24, 4)
    ]

    spots = [plate.place for plate in placed if plate]
    assert len(spots) == 6
    for index, a in enumerate(spots):
        for b in spots[index + 1 :]:
            apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
            assert apart, (a, b)


def test_in_a_crowd_only_large_boxes_are_named():
    crowd = [box(x=x, y=y, w=6, h=6) for x in range(0, 500, 10) for y in range(0, 390, 10)]
    large = box(x=200, y=150, w=120, h=90)

    bare, drawn = (draw_boxes(ground(), crowd, labels=labels) for labels in (False, True))
    bare_too, named = (draw_boxes(ground(), [*crowd, large], labels=labels) for labels in (False, True))

    assert changed(bare, drawn) is None
    assert changed(bare_too, named) is not None
    untouched = ImageChops.difference(bare_too, named).convert("L").histogram()[0]
    assert untouched > 0.9 * 512 * 400


@pytest.mark.parametrize(
    ("name", "score", "expected"),
    [
        ("boat", None, "boat"),
        ("boat", 0.876, "boat 0.88"),
        ("Élan", None, "Elan"),
        ("Größe", None, "Grosse"),
        ("日本", 0.5, "#7 0.50"),
        ("", None, "#7"),
        ("x" * 30, None, "x" * 21 + "..."),
    ],
)
def test_labels_say_what_the_font_can_write(name, score, expected):
    assert tag_of(name, 7, score) == expected


@pytest.mark.parametrize(
    ("color", "expected"), [("#ffffff", "#000000"), ("#000000", "#ffffff"), ("#f0e442", "#000000")]
)
def test_words_are_readable_on_their_plate(color, expected):
    assert contrast(color) == expected


@pytest.mark.parametrize(
    "shape",
    [
        {"shape": "polygon", "points": ((40, 40), (100, 40), (70, 80))},
        {"shape": "polyline", "points": ((40, 40), (100, 80))},
        {"shape": "point", "points": ((70, 60),), "w": 0.01, "h": 0.01},
        {"rotation": 30.0},
        {"w": 0.01, "h": 0.01},
        {"x": 0, "y": 0, "w": 512, "h": 400},
        {"shape": "polygon", "points": ((40, 40), (100, 40), (70, 80)), "state": "proposed"},
    ],
)
def test_every_shape_can_be_seen(shape):
    drawn = draw_boxes(ground(), [box(**shape)], labels=False)

    assert count(drawn, BLUE) >= 1
    assert count(drawn, GREY) > 512 * 400 * 0.9


@pytest.mark.parametrize("name", ["PNG", "JPEG"])
def test_the_file_has_the_size_asked_for_and_no_metadata(name, tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(located("JPEG"))

    draw_file(str(source), str(target), [tuple(box(4, 4, 10, 10))], (40, 20), 256, name)

    with Image.open(target) as drawn:
        assert (drawn.format, drawn.size) == (name, (256, 128))
        assert not drawn.getexif()
    assert b"Canary" not in target.read_bytes()


def test_ten_thousand_boxes_take_seconds_at_most():
    source = random.Random(1)
    crowd = [
        box(source.random() * 480, source.random() * 380, 12, 9, state="proposed") for _ in range(10_000)
    ]

    started = time.perf_counter()
    draw_boxes(ground(), crowd, side=2048)

    assert time.perf_counter() - started < 10


def test_a_real_photo_keeps_most_of_its_pixels():
    [path] = sorted(shared_data("coco_val2017/images").glob("000000166918.jpg"))
    with Image.open(path) as photo:
        plain = photo.convert("RGB")

    drawn = draw_boxes(plain, [box(score=0.5), box(200, 200, 100, 120, state="proposed", color="#d55e00")])

    same = ImageChops.difference(plain, drawn).convert("L").point(lambda value: 255 if value else 0)
    assert same.histogram()[0] > 0.95 * plain.width * plain.height
