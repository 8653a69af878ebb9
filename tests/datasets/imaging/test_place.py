"""A clean copy that says where it was taken: that and nothing else, and not one pixel changed."""

import io

import pytest
from PIL import Image, ImageChops
from PIL.ExifTags import GPS, IFD

from datasets.imaging.clean import clean_format, write_clean
from datasets.imaging.inspect import ImageLimits
from datasets.imaging.intrinsic import place_of
from tests.datasets.pictures import encoded, flag, located

LIMITS = ImageLimits()
PARIS = [48.8582221, 2.2944444, 35.4]
LIMA = [-12.0463731, -77.042754]
HOLE = [31.5, 35.5, -430.5]


def copies(tmp_path, data, kind, orientation, place):
    """The clean copy without and with the place."""
    source, bare, placed = (tmp_path / name for name in ("source", "bare", "placed"))
    source.write_bytes(data)
    write_clean(str(source), kind, LIMITS, str(bare), orientation)
    write_clean(str(source), kind, LIMITS, str(placed), orientation, place)
    return bare.read_bytes(), placed.read_bytes()


def opened(data):
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize("place", [PARIS, LIMA, HOLE, [0.0, -180.0], [-90.0, 180.0, 0.0]], ids=str)
@pytest.mark.parametrize(
    ("kind", "orientation"),
    [
        ("JPEG", 1),
        ("JPEG", 6),
        ("PNG", 1),
        ("PNG", 6),
        ("WEBP", 1),
        ("WEBP", 6),
        ("TIFF", 1),
        ("AVIF", 1),
        ("HEIF", 1),
    ],
)
def test_the_copy_tells_its_place_alone(tmp_path, kind, orientation, place):
    bare, placed = copies(tmp_path, located(kind, orientation=orientation), kind, orientation, place)

    exif = opened(placed).getexif()
    told = exif.get_ifd(IFD.GPSInfo)
    assert opened(placed).format == clean_format(kind, orientation)
    assert place_of(told) == place
    assert set(told) <= {0, 1, 2, 3, 4, 5, 6}
    assert b"Canary" not in placed
    assert GPS.GPSDateStamp not in told
    assert not opened(bare).getexif().get_ifd(IFD.GPSInfo)
    own = set(exif) - {IFD.GPSInfo}
    assert own == (set(opened(bare).getexif()) if kind == "TIFF" else set())
    assert ImageChops.difference(opened(bare).convert("RGB"), opened(placed).convert("RGB")).getbbox() is None


@pytest.mark.parametrize(
    ("image", "options"),
    [
        (flag(37, 21), {"lossless": True}),
        (flag(37, 21), {"lossless": False}),
        (flag(37, 21).convert("RGBA"), {"lossless": True}),
        (Image.new("RGBA", (37, 21), (9, 9, 9, 90)), {"lossless": True}),
        (Image.new("RGBA", (37, 21), (9, 9, 9, 90)), {"lossless": False}),
        (flag(37, 21), {"icc_profile": b"p" * 201}),
    ],
)
def test_every_kind_of_webp_gets_its_extended_header(tmp_path, image, options):
    bare, placed = copies(tmp_path, encoded(image, "WEBP", **options), "WEBP", 1, PARIS)

    copy = opened(placed)
    assert int.from_bytes(placed[4:8], "little") + 8 == len(placed)
    assert (copy.size, copy.mode) == (opened(bare).size, opened(bare).mode)
    assert copy.tobytes() == opened(bare).tobytes()
    assert copy.info.get("icc_profile") == options.get("icc_profile")
    assert place_of(copy.getexif().get_ifd(IFD.GPSInfo)) == PARIS


@pytest.mark.parametrize(
    "image", [Image.new("1", (9, 9)), Image.new("I;16", (9, 9), 4095), flag().convert("CMYK")]
)
def test_every_kind_of_tiff_keeps_its_pixels(tmp_path, image):
    bare, placed = copies(tmp_path, encoded(image, "TIFF"), "TIFF", 1, PARIS)

    assert opened(placed).tobytes() == opened(bare).tobytes() == image.tobytes()
    assert opened(placed).mode == image.mode


def test_all_but_the_block_is_as_without_it(tmp_path):
    bare, placed = copies(tmp_path, located("JPEG"), "JPEG", 1, PARIS)

    at = placed.index(b"\xff\xe1")
    length = 2 + int.from_bytes(placed[at + 2 : at + 4], "big")
    assert placed[:at] + placed[at + length :] == bare


def test_an_altitude_beyond_all_reason_is_left_out(tmp_path):
    _, placed = copies(tmp_path, located("PNG"), "PNG", 1, [1.5, 2.5, 4e9])

    assert place_of(opened(placed).getexif().get_ifd(IFD.GPSInfo)) == [1.5, 2.5]
