"""HEIC as phones write it: turned once, its own pixels, told about, and refused where it is no good."""

import io

import pytest
from PIL import Image

from datasets.imaging.clean import write_clean
from datasets.imaging.formats import HEAD_BYTES
from datasets.imaging.inspect import ImageLimits, opened
from datasets.imaging.renditions import examine
from datasets.imaging.sniff import sniff
from modelship.lib.errors import Unprocessable
from tests.data import shared_data
from tests.datasets.pictures import encoded, exif, flag, located

LIMITS = ImageLimits()


def examined(tmp_path, data, limits=LIMITS):
    (tmp_path / "input").write_bytes(data)
    return examine(str(tmp_path / "input"), "HEIF", limits, str(tmp_path), (256,))


def test_an_avif_is_never_taken_for_a_heic():
    both = b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf"

    assert sniff(both).name == "AVIF"
    assert sniff(encoded(flag(), "AVIF")[:HEAD_BYTES]).name == "AVIF"


def test_what_the_file_turns_is_not_turned_again(tmp_path):
    facts = examined(tmp_path, located("HEIF", orientation=6))

    assert (facts.width, facts.height, facts.orientation) == (20, 40, 1)
    assert (facts.format, facts.mode, facts.bits, facts.frames) == ("HEIF", "RGB", 8, 1)
    assert (facts.has_gps, facts.told["camera_make"]) == (True, "Canary Camera")


def test_exif_alone_turns_nothing(tmp_path):
    """The standard knows only the turn that the file itself tells; browsers and phones hold to it."""
    buffer = io.BytesIO()
    flag().save(buffer, "HEIF", exif=exif(orientation=6))

    facts = examined(tmp_path, buffer.getvalue())

    assert (facts.width, facts.height, facts.orientation) == (40, 20, 1)


def test_ten_bits_are_told(tmp_path):
    facts = examined(tmp_path, encoded(Image.new("I;16", (16, 16), 40_000), "HEIF"))

    assert facts.bits == 10


def test_a_thumbnail_in_the_file_is_never_shown_for_the_picture(tmp_path):
    (tmp_path / "input").write_bytes(encoded(flag(512, 256), "HEIF", thumbnails=[256]))

    with opened(str(tmp_path / "input"), "HEIF", LIMITS) as image:
        assert image.draft(None, (128, 128)) is None
        assert image.size == (512, 256)


def test_size_is_judged_by_the_header_alone(tmp_path):
    with pytest.raises(Unprocessable) as refused:
        examined(tmp_path, encoded(flag(200, 100), "HEIF"), ImageLimits(pixels=10_000))

    assert (refused.value.code, refused.value.extra["width"]) == ("too_many_pixels", 200)


def test_the_copy_to_give_away_is_an_upright_jpeg(tmp_path):
    (tmp_path / "input").write_bytes(located("HEIF", orientation=6))

    write_clean(str(tmp_path / "input"), "HEIF", LIMITS, str(tmp_path / "copy"), 1)

    copy = Image.open(io.BytesIO((tmp_path / "copy").read_bytes()))
    assert (copy.format, copy.size, dict(copy.getexif())) == ("JPEG", (20, 40), {})


def test_transparency_is_shown_on_white_in_the_copy(tmp_path):
    (tmp_path / "input").write_bytes(encoded(Image.new("RGBA", (32, 32), (255, 0, 0, 0)), "HEIF", quality=-1))

    write_clean(str(tmp_path / "input"), "HEIF", LIMITS, str(tmp_path / "copy"), 1)

    assert min(Image.open(tmp_path / "copy").getpixel((9, 9))) > 250


def test_a_real_sample_and_a_broken_one(tmp_path):
    folder = shared_data("odd_images/pillow_heif")

    facts = examined(tmp_path, (folder / "RGB_8__128x128.heif").read_bytes())
    with pytest.raises(Unprocessable) as refused:
        examined(tmp_path, (folder / "corrupted.hif").read_bytes())

    assert (facts.width, facts.height, facts.bits) == (128, 128, 8)
    assert refused.value.code == "corrupt"
