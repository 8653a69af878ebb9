import io
import struct

import pytest
from PIL import Image, ImageChops, PngImagePlugin

from datasets.imaging.clean import clean_extension, clean_format, write_clean
from datasets.imaging.inspect import ImageLimits
from modelship.lib.errors import Unprocessable
from tests.data import shared_data
from tests.datasets.pictures import LATITUDE, encoded, exif, flag, located

LIMITS = ImageLimits()


def cleaned(tmp_path, data, kind, orientation=1):
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(data)
    write_clean(str(source), kind, LIMITS, str(target), orientation)
    return target.read_bytes()


def same_pixels(first, second):
    return ImageChops.difference(first.convert("RGB"), second.convert("RGB")).getbbox() is None


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_no_place_and_no_device_is_left(kind, tmp_path):
    data = located(kind)

    clean = cleaned(tmp_path, data, kind)

    assert b"Canary" in data
    assert b"Canary" not in clean
    assert LATITUDE.encode() not in clean
    assert not Image.open(io.BytesIO(clean)).getexif().get_ifd(0x8825)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_pixels_of_an_upright_picture_are_copied_and_not_encoded_again(kind, tmp_path):
    data = located(kind)

    clean = cleaned(tmp_path, data, kind)

    picture, copy = Image.open(io.BytesIO(data)), Image.open(io.BytesIO(clean))
    assert (copy.format, copy.size, copy.mode) == (picture.format, picture.size, picture.mode)
    assert same_pixels(picture, copy)
    assert clean[-60:] in data or kind == "WEBP"


@pytest.mark.parametrize("orientation", range(2, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_turned_pictures_are_written_upright(kind, orientation, tmp_path):
    data = located(kind, orientation=orientation)

    copy = Image.open(io.BytesIO(cleaned(tmp_path, data, kind, orientation)))

    assert copy.format == clean_format(kind, orientation)
    assert copy.size == ((20, 40) if orientation >= 5 else (40, 20))
    assert 274 not in copy.getexif()
    # The blue quarter was at the upper left of the stored picture.
    corner = {2: (1, 0), 3: (1, 1), 4: (0, 1), 5: (0, 0), 6: (1, 0), 7: (1, 1), 8: (0, 1)}[orientation]
    at = tuple(3 if not side else length - 4 for side, length in zip(corner, copy.size, strict=True))
    red, _, blue = copy.convert("RGB").getpixel(at)
    assert (red < 60, blue > 200) == (True, True)


def test_comments_and_other_pictures_in_a_jpeg_are_left_out(tmp_path):
    data = encoded(flag(), "JPEG", comment=b"48.858222 here") + encoded(flag(), "JPEG", comment=b"second")

    clean = cleaned(tmp_path, data, "JPEG")

    assert clean.endswith(b"\xff\xd9")
    assert clean.count(b"\xff\xd8\xff") == 1
    assert b"here" not in clean


def test_colour_profiles_and_progressive_scans_survive(tmp_path):
    data = encoded(flag(400, 300), "JPEG", progressive=True, icc_profile=b"p" * 200, exif=exif())

    clean = cleaned(tmp_path, data, "JPEG")

    copy = Image.open(io.BytesIO(clean))
    assert copy.info["icc_profile"] == b"p" * 200
    assert same_pixels(copy, Image.open(io.BytesIO(data)))


def test_texts_in_a_png_and_what_follows_its_end_are_left_out(tmp_path):
    texts = PngImagePlugin.PngInfo()
    texts.add_itxt("XML:com.adobe.xmp", "GPSLatitude 48.858222")
    texts.add_text("Comment", "48.858222", zip=True)
    data = encoded(flag(), "PNG", pnginfo=texts, dpi=(72, 72)) + b"48.858222"

    clean = cleaned(tmp_path, data, "PNG")

    names = [clean[at : at + 4] for at in chunk_starts(clean)]
    assert names == [b"IHDR", b"pHYs", b"IDAT", b"IEND"]
    assert clean.endswith(b"IEND\xaeB`\x82")


def chunk_starts(data):
    at = 8
    while at < len(data):
        yield at + 4
        at += 12 + struct.unpack_from("!I", data, at)[0]


def test_sixteen_bits_stay_sixteen(tmp_path):
    deep = Image.new("I;16", (8, 8), 4095)

    copies = [
        Image.open(io.BytesIO(cleaned(tmp_path, encoded(deep, kind), kind)))
        for kind in ("PNG", "TIFF", "PPM")
    ]

    assert [copy.format for copy in copies] == ["PNG", "TIFF", "PNG"]
    assert [copy.mode for copy in copies] == ["I;16"] * 3
    assert [copy.getpixel((0, 0)) for copy in copies] == [4095] * 3


@pytest.mark.parametrize(
    ("filename", "kind", "orientation", "extension"),
    [
        ("a.JPG", "JPEG", 1, ".JPG"),
        ("a.jpeg", "JPEG", 6, ".jpeg"),
        ("a.jfif", "JPEG", 1, ".jpg"),
        ("a", "JPEG", 1, ".jpg"),
        ("a.png", "JPEG", 1, ".jpg"),
        ("a.webp", "WEBP", 1, ".webp"),
        ("a.webp", "WEBP", 6, ".png"),
        ("a.gif", "GIF", 1, ".png"),
        ("a.bmp", "BMP", 1, ".png"),
        ("a.avif", "AVIF", 1, ".png"),
        ("a.tif", "TIFF", 1, ".tif"),
        ("a.heic", "HEIF", 1, ".jpg"),
    ],
)
def test_extension_is_that_of_the_copy(filename, kind, orientation, extension):
    assert clean_extension(filename, kind, orientation) == extension


def test_a_picture_that_can_t_be_decoded_is_refused(tmp_path):
    with pytest.raises(Unprocessable):
        cleaned(tmp_path, located("JPEG", orientation=6)[:300], "JPEG", 6)


@pytest.mark.parametrize("cut", [2, 30, 200, 500])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_damaged_files_end_the_copy_and_not_the_process(kind, cut, tmp_path):
    data = located(kind)[:cut]

    assert len(cleaned(tmp_path, data, kind)) <= len(data) + 12


def test_real_photos_keep_every_pixel(tmp_path):
    for path in sorted(shared_data("coco_val2017/images").glob("*.jpg"))[:20]:
        copy = cleaned(tmp_path, path.read_bytes(), "JPEG")

        with Image.open(path) as photo:
            assert same_pixels(photo, Image.open(io.BytesIO(copy))), path.name
