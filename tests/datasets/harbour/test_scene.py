"""The harbour: the same seed gives the same port, and its boxes are where the things are."""

import io
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from datasets.harbour import CLASSES, DEMO, View, draw
from datasets.harbour.brush import Frame, Sheet, paint
from datasets.harbour.landside import RAILS
from datasets.harbour.light import Light
from datasets.harbour.plan import Extent, Plan
from datasets.harbour.scene import SMALLEST, things_of
from datasets.harbour.scenery import shed
from datasets.harbour.vehicles import car, container, crane, truck
from datasets.harbour.vessels import boat, container_ship, ship

SMALL = View(3, 640, 480)


def test_a_view_is_drawn_the_same_again():
    first, second = draw(SMALL), draw(SMALL)

    assert np.array_equal(first.pixels, second.pixels)
    assert first.things == second.things
    assert first.jpeg() == second.jpeg()


def test_another_seed_is_another_port():
    assert not np.array_equal(draw(SMALL).pixels, draw(View(4, 640, 480)).pixels)


def test_a_scene_is_an_upright_picture_of_its_size():
    scene = draw(SMALL)
    with Image.open(io.BytesIO(scene.jpeg())) as picture:
        assert picture.size == (640, 480)
        assert picture.format == "JPEG"

    assert scene.pixels.shape == (480, 640, 3)
    assert scene.pixels.dtype == np.uint8


@pytest.mark.parametrize("seed", range(20, 28))
def test_boxes_lie_inside_the_picture_and_have_names(seed: int):
    for thing in draw(View(seed, 800, 600)).things:
        assert thing.name in CLASSES
        assert thing.x >= 0
        assert thing.y >= 0
        assert thing.x + thing.w <= 800.01
        assert thing.y + thing.h <= 600.01
        assert min(thing.w, thing.h) >= SMALLEST


def test_a_dozen_ports_hold_every_class_at_many_sizes():
    things = [thing for seed in range(12) for thing in draw(View(400 + seed, 1000, 800)).things]

    found = Counter(thing.name for thing in things)
    longest = [max(thing.w, thing.h) for thing in things]
    assert set(found) == set(CLASSES)
    assert min(longest) < 30
    assert max(longest) > 300


@pytest.mark.parametrize(
    "make",
    [
        lambda dice: car(dice, 0, 0, 0.4),
        lambda dice: truck(dice, 0, 0, 0.1),
        lambda dice: container(dice, 0, 0, 0.05, 12.19, 2),
        lambda dice: crane(dice, 0, 0, RAILS, 40.0),
        lambda dice: boat(dice, 0, 0, 1.0, 12.0),
        lambda dice: boat(dice, 0, 0, 2.0, 24.0),
        lambda dice: ship(dice, 0, 0, 0.7, 80.0),
        lambda dice: container_ship(dice, 0, 0, 0.0, 100.0)[0],
    ],
    ids=["car", "truck", "container", "crane", "boat", "tug", "ship", "container-ship"],
)
def test_the_box_is_the_outline_of_what_is_drawn(make):
    """Drawn alone on an empty sheet, the pixels that it owns fill its box to a pixel."""
    frame = Frame((600.0, 600.0), 0.3, 7.0)
    sheet = Sheet(np.zeros((1200, 1200, 3), np.uint8))
    item = make(np.random.Generator(np.random.PCG64(1)))

    paint(sheet, [(frame.place(item, part.points), part.color) for part in item.parts], 1)

    down, across = np.nonzero(sheet.owner)
    points = np.concatenate([frame.place(item, part.points) for part in item.parts])
    drawn = [across.min(), down.min(), across.max() + 1, down.max() + 1]
    assert np.abs(np.array(drawn) - [*points.min(axis=0), *points.max(axis=0)]).max() <= 1.6


def test_what_is_covered_is_no_thing():
    """A car wholly under a shed's roof shows nothing, so nothing is to be found there."""
    dice = np.random.Generator(np.random.PCG64(1))
    frame, light = Frame((200.0, 200.0), 0.0, 7.0), Light.drawn(dice)
    seen = Plan(Extent(-30, 30, -30, 30), items=[car(dice, 0, 0, 0)])
    covered = Plan(Extent(-30, 30, -30, 30), items=[car(dice, 0, 0, 0), shed(dice, 0, 0, 20, 20)])
    sheets = [Sheet(np.full((400, 400, 3), 128, np.uint8)) for _ in range(2)]

    found = [
        things_of(sheet, frame, plan, light) for sheet, plan in zip(sheets, (seen, covered), strict=True)
    ]

    assert [thing.name for thing in found[0]] == ["car"]
    assert found[1] == []


def test_the_sample_is_a_dozen_views_from_small_to_large():
    sizes = [(view.width, view.height) for view in DEMO]

    assert len(DEMO) == 12
    assert sizes[0] == (1280, 960)
    assert sizes[-1] == (6000, 4000)
    assert sizes == sorted(sizes)
    assert len({view.seed for view in DEMO}) == 12


@pytest.mark.slow
def test_the_largest_view_is_drawn_in_bounded_memory():
    """24 million pixels: the picture and its owners are held once, all else goes strip by strip."""
    code = (
        "from datasets.harbour import DEMO, draw; scene = draw(DEMO[-1]); status = open('/proc/self/status').read();"
        "print(len(scene.things), int(status.partition('VmHWM:')[2].split()[0]) // 1024)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    things, mebibytes = (int(word) for word in done.stdout.split())

    assert things > 100
    assert mebibytes < 1000
