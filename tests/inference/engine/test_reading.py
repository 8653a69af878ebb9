"""Reading pictures: upright BGR bytes whatever the file holds."""

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from inference.engine.errors import ImageRefused
from inference.engine.reading import read_image
from tests.data import shared_data

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def refused(content: bytes, **options) -> str:
    with pytest.raises(ImageRefused) as refusal:
        read_image(content, **options)
    return refusal.value.code


def half_and_half() -> Image.Image:
    """Red above, blue below, with a green left quarter above: no two orientations look alike."""
    image = Image.new("RGB", (64, 32), RED)
    image.paste(BLUE, (0, 16, 64, 32))
    image.paste(GREEN, (0, 0, 16, 16))
    return image


def test_jpeg_equals_opencv():
    for path in sorted(shared_data("coco_val2017/images").iterdir())[:5]:
        assert (read_image(path) == cv2.imread(str(path))).all()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_turned_upright(kind: str, orientation: int):
    exif = Image.Exif()
    exif[274] = orientation
    # Bytes, because only then the encoder of HEIF learns the orientation.
    content = encoded(
        half_and_half(), kind, exif=exif.tobytes(), **({"lossless": True} if kind == "WEBP" else {})
    )

    picture = read_image(content)

    expected = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(content))))[:, :, ::-1]
    assert picture.shape == ((32, 64, 3) if orientation < 5 else (64, 32, 3))
    assert np.abs(picture.astype(int) - expected).max() <= 2
    assert picture.flags.c_contiguous


def test_every_real_orientation_sample_stands_upright():
    folder = shared_data("odd_images/Pillow")
    paths = sorted(folder.glob("hopper_orientation_*"))

    for path in paths:
        expected = np.asarray(ImageOps.exif_transpose(Image.open(path)).convert("RGB"))[:, :, ::-1]
        assert np.abs(read_image(path).astype(int) - expected).mean() < 1, path.name
    assert len(paths) > 5


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "BMP", "TIFF", "GIF", "PPM"])
def test_formats_keep_their_colours(kind: str):
    picture = read_image(encoded(half_and_half(), kind, **({"lossless": True} if kind == "WEBP" else {})))

    assert picture[0, 0].tolist() == [0, 255, 0]
    assert picture[0, 63].tolist() == [0, 0, 255]
    assert picture[31, 0].tolist() == [255, 0, 0]


@pytest.mark.parametrize("mode", ["L", "1", "P", "I;16", "I", "F"])
def test_grey_in_every_depth_is_the_same_grey(mode: str):
    values = {"I;16": 65_535, "I": 65_535, "F": 1.0}
    image = Image.new(mode, (8, 4), 0)
    image.paste(Image.new(mode, (4, 4), values.get(mode, 255)), (4, 0))
    if mode == "P":
        image.putpalette([channel for grey in range(256) for channel in (grey, grey, grey)])

    picture = read_image(encoded(image, "TIFF"))

    assert picture[0].tolist() == [[0] * 3] * 4 + [[255] * 3] * 4


def test_deep_grey_is_stretched_over_the_range_it_uses():
    image = Image.new("I;16", (3, 1), 1000)
    image.putpixel((1, 0), 3000)
    image.putpixel((2, 0), 5000)

    assert read_image(encoded(image, "PNG"))[0, :, 0].tolist() == [0, 127, 255]


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparency_shows_white(mode: str):
    image = Image.new("RGBA", (8, 8), (*RED, 0))
    image.paste((0, 0, 0, 255), (4, 0, 8, 8))
    options = {"transparency": 0} if mode == "P" else {}
    if mode == "P":
        image = image.getchannel("A").point(lambda alpha: alpha and 1).convert("P")
        image.putpalette([*RED, 0, 0, 0])

    picture = read_image(encoded(image.convert(mode), "PNG", **options))

    assert picture[0, 0].tolist() == [255, 255, 255]
    assert picture[0, 7].tolist() == [0, 0, 0]


def test_cmyk_becomes_bgr():
    image = Image.new("CMYK", (16, 16), (0, 255, 255, 0))

    blue, green, red = read_image(encoded(image, "JPEG", quality=95))[8, 8].tolist()

    assert (blue < 40, green < 40, red > 215) == (True, True, True)


def test_the_size_is_judged_before_decoding():
    content = encoded(Image.new("1", (4000, 3000)), "PNG")

    assert refused(content, max_pixels=1_000_000) == "too_large"
    assert read_image(content).shape == (3000, 4000, 3)


@pytest.mark.parametrize(
    "content", [b"", b"no picture", b"%PDF-1.7", b"<svg xmlns='http://www.w3.org/2000/svg'/>"]
)
def test_what_is_no_picture_is_refused(content: bytes):
    assert refused(content) == "bad_image"


def test_a_missing_file_is_refused(tmp_path: Path):
    with pytest.raises(ImageRefused) as refusal:
        read_image(tmp_path / "absent.jpg")

    assert refusal.value.code == "unreadable"


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_odd_files_are_read_or_refused_and_nothing_else():
    folder = shared_data("odd_images")

    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".tsv"):
        try:
            picture = read_image(path)
        except ImageRefused:
            continue
        assert (picture.ndim, picture.shape[2], picture.dtype) == (3, 3, np.uint8), path.name
