import struct

import pytest
from PIL import Image

from datasets.imaging.inspect import ImageLimits, check_size, opened
from datasets.imaging.renditions import examine
from modelship.lib.errors import Problem
from tests.datasets.pictures import bomb, encoded, flag, located

SMALL = ImageLimits(pixels=10_000, side=200, frames=3)


def examined(tmp_path, data, kind, limits=SMALL):
    path = tmp_path / "input"
    path.write_bytes(data)
    return examine(str(path), kind, limits, str(tmp_path), (256,))


def refusal(tmp_path, data, kind, limits=SMALL):
    with pytest.raises(Problem) as refused:
        examined(tmp_path, data, kind, limits)
    return refused.value


def test_facts_are_upright(tmp_path):
    facts = examined(tmp_path, located("JPEG", orientation=6), "JPEG")

    assert (facts.width, facts.height, facts.orientation) == (20, 40, 6)
    assert (facts.format, facts.mode, facts.bits, facts.frames, facts.has_gps) == ("JPEG", "RGB", 8, 1, True)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "PPM"])
def test_bits_are_those_of_the_file(tmp_path, kind):
    facts = examined(tmp_path, encoded(Image.new("I;16", (8, 8), 4095), kind), kind)

    assert facts.bits == 16


def test_limits_are_inclusive():
    check_size(200, 50, SMALL)

    with pytest.raises(Problem, match="megapixels"):
        check_size(101, 100, SMALL)
    with pytest.raises(Problem, match="201 x 1"):
        check_size(201, 1, SMALL)


@pytest.mark.parametrize(
    ("width", "height", "code"),
    [(60_000, 60_000, "too_many_pixels"), (101, 100, "too_many_pixels"), (201, 2, "side_too_long")],
)
def test_size_is_judged_by_the_header_alone(tmp_path, width, height, code):
    # There is not one pixel in the file: decoding it would have said truncated.
    assert refusal(tmp_path, bomb(width, height), "PNG").code == code


def test_webp_canvas_is_judged_before_its_decoder_reserves_it(tmp_path):
    flags = struct.pack("<I", 0) + (16_382).to_bytes(3, "little") + (16_382).to_bytes(3, "little")
    chunk = b"VP8X" + struct.pack("<I", 10) + flags
    data = b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk

    assert refusal(tmp_path, data, "WEBP").code == "too_many_pixels"


@pytest.mark.parametrize("lossless", [True, False])
def test_webp_of_both_kinds_is_measured(tmp_path, lossless):
    facts = examined(tmp_path, encoded(flag(37, 21), "WEBP", lossless=lossless), "WEBP")

    assert (facts.width, facts.height) == (37, 21)


def test_too_many_frames_are_refused(tmp_path):
    frames = [Image.new("RGB", (9, 9), (60 * number, 0, 0)) for number in range(4)]

    problem = refusal(tmp_path, encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]), "GIF")

    assert problem.code == "too_many_frames"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "AVIF", "HEIF"])
def test_half_a_file_is_refused_with_words(tmp_path, kind):
    noise = Image.effect_noise((64, 64), 90)
    data = encoded(noise, kind)

    problem = refusal(tmp_path, data[: len(data) // 2], kind)

    assert problem.status == 422
    assert problem.code in ("truncated", "corrupt")
    assert problem.detail.endswith(".")


def test_only_the_sniffed_decoder_may_look(tmp_path):
    path = tmp_path / "input"
    path.write_bytes(encoded(flag(), "GIF"))

    with pytest.raises(Problem) as refused, opened(str(path), "PNG", SMALL):
        pass

    assert refused.value.code == "corrupt"
