"""Shrinking and turning of small pictures, compared with Pillow's own."""

import random

import numpy as np
import pytest
from PIL import Image
from PIL.Image import Resampling

from datasets.imaging.pixels import at_most, pixels_of, turned
from datasets.imaging.upright import upright


def clouds(width: int, height: int, mode: str = "RGB") -> Image.Image:
    chance = random.Random(7)
    return Image.frombytes("RGB", (40, 30), chance.randbytes(3600)).resize((width, height)).convert(mode)


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize(
    ("size", "most"),
    # Where a side is no multiple of the step, its end is up to half a pixel off.
    [((1280, 960), 1), ((684, 1024), 1), ((683, 1024), 4), ((2600, 1733), 4), ((900, 7), 4), ((512, 512), 0)],
)
def test_shrunk_pictures_look_as_pillow_shrinks_them(mode, size, most):
    picture = clouds(*size, mode)
    scale = min(1, 512 / max(size))
    fitting = tuple(max(1, round(side * scale)) for side in size)

    shrunk = pixels_of(picture, 512)
    again = at_most(np.asarray(picture), 512)

    expected = np.asarray(picture.resize(fitting, Resampling.HAMMING), int)
    assert shrunk.shape == again.shape == expected.shape
    assert np.abs(shrunk - expected).mean() <= most
    assert np.abs(again - expected).mean() <= most


def test_nothing_is_enlarged():
    picture = clouds(30, 20)

    assert (pixels_of(picture, 256) == np.asarray(picture)).all()
    assert at_most(np.asarray(picture), 256).shape == (20, 30, 3)


@pytest.mark.parametrize("orientation", range(9))
def test_turned_as_pillow_turns(orientation):
    picture = clouds(40, 30)

    shown = turned(np.asarray(picture), orientation)

    assert (shown == np.asarray(upright(picture, orientation))).all()
