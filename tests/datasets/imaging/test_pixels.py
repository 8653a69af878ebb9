"""Shrinking and turning of small pictures, compared with Pillow's own."""

import random

import numpy as np
import pytest
from PIL import Image
from PIL.Image import Resampling

from datasets.imaging.pixels import at_most, pixels_of, turned, write_jpeg
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
def test_shrunk_pictures_look_as_pillow_shrinks_them(engine, mode, size, most):
    picture = clouds(*size, mode)
    scale = min(1, 512 / max(size))
    fitting = tuple(max(1, round(side * scale)) for side in size)

    shrunk = np.asarray(pixels_of(picture, 512))
    again = np.asarray(at_most(engine.of_image(picture), 512))

    expected = np.asarray(picture.resize(fitting, Resampling.HAMMING), int)
    assert shrunk.shape == again.shape == expected.shape
    assert np.abs(shrunk - expected).mean() <= most
    assert np.abs(again - expected).mean() <= most


def test_nothing_is_enlarged(engine):
    picture = clouds(30, 20)

    assert (np.asarray(pixels_of(picture, 256)) == np.asarray(picture)).all()
    assert engine.size_of(at_most(engine.of_image(picture), 256)) == (30, 20)


@pytest.mark.parametrize("orientation", range(9))
def test_turned_as_pillow_turns(engine, orientation):
    picture = clouds(40, 30)

    shown = turned(engine.of_image(picture), orientation)

    assert (np.asarray(shown) == np.asarray(upright(picture, orientation))).all()


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_written_picture_is_the_pixels_and_nothing_else(engine, mode, tmp_path):
    picture = clouds(640, 480, mode)
    picture.info["comment"] = b"taken at home"

    write_jpeg(engine.of_image(picture), str(tmp_path / "small.jpg"), 90)

    with Image.open(tmp_path / "small.jpg") as written:
        assert (written.format, written.mode, written.size) == ("JPEG", mode, (640, 480))
        assert "comment" not in written.info
        assert np.abs(np.asarray(written, int) - np.asarray(picture, int)).mean() < 3
