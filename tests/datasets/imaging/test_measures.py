"""Measures of pictures: the hash of the ImageHash library, sharpness and brightness."""

import random
from pathlib import Path

import pytest
from PIL import Image, ImageFilter

from datasets.cleaning.rules import parse_rules
from datasets.imaging import measuring, pixels
from datasets.imaging.measures import Measures, hash_text
from datasets.imaging.measuring import measure_file
from tests.bench import pillow_measures
from tests.data import shared_data

pytestmark = pytest.mark.usefixtures("engine")
ORIGINAL = "ukbench00120"


def distance(one: int, other: int) -> int:
    return ((one ^ other) & (1 << 64) - 1).bit_count()


def measured(image: Image.Image) -> Measures:
    return measuring.measured(pixels.engine.of_image(image))


def perceptual_hash(image: Image.Image) -> int:
    return measuring.perceptual_hash(pixels.engine.grey_image(pixels.engine.of_image(image)))


def drawn(width: int = 640, height: int = 480) -> Image.Image:
    """Clouds with hard-edged blocks before them: waves of every length, as a photo has."""
    chance = random.Random(5)
    clouds, blocks = (Image.frombytes("L", (side, side), chance.randbytes(side * side)) for side in (9, 24))
    soft, hard = clouds.resize((width, height)), blocks.resize((width, height), Image.Resampling.NEAREST)
    return Image.blend(soft, hard, 0.3)


def photos(part: str) -> list[Path]:
    return sorted(shared_data(f"duplicates/imagededup/{part}").glob("*.jpg"))


def hash_of(path: Path) -> int:
    with Image.open(path) as image:
        return measured(image).phash


def test_a_resized_copy_has_the_hash_of_its_original_and_a_mirrored_one_has_not():
    by_name = {path.stem: hash_of(path) for path in photos("mixed_images") if "corrupt" not in path.stem}

    assert distance(by_name[ORIGINAL], by_name[f"{ORIGINAL}_resize"]) == 0
    assert 18 <= distance(by_name[ORIGINAL], by_name[f"{ORIGINAL}_hflip"]) <= 34
    assert 18 <= distance(by_name[ORIGINAL], by_name[f"{ORIGINAL}_rotation"]) <= 34


def test_different_photos_are_far_apart():
    hashes = [hash_of(path) for path in photos("base_images")]

    apart = [distance(one, other) for at, one in enumerate(hashes) for other in hashes[:at]]

    assert len(hashes) == 10
    assert min(apart) >= 22


def test_the_hash_is_signed_and_written_as_sixteen_digits():
    assert hash_text(-1) == "f" * 16
    assert hash_text(255) == "00000000000000ff"
    assert hash_text(None) is None
    assert -(1 << 63) <= perceptual_hash(drawn()) < 1 << 63


def test_an_even_picture_has_a_hash_too():
    facts = measured(Image.new("RGB", (1, 1), (200, 200, 200)))

    assert (facts.sharpness, facts.brightness) == (0.0, 200.0)
    assert perceptual_hash(Image.new("L", (50, 50), 7)) == perceptual_hash(Image.new("L", (50, 50), 9))


def test_blur_lowers_sharpness_and_little_else():
    sharp = drawn()
    blurred = sharp.filter(ImageFilter.GaussianBlur(4))

    before, after = measured(sharp), measured(blurred)

    assert after.sharpness < before.sharpness / 4
    assert after.brightness == pytest.approx(before.brightness, abs=1)
    assert distance(before.phash, after.phash) <= 4


@pytest.mark.parametrize("luma", [0, 90, 255])
def test_an_even_picture_is_not_sharp_whatever_its_brightness(luma: int):
    assert measured(Image.new("L", (300, 200), luma)).sharpness == 0


def test_photos_out_of_focus_measure_less_than_the_rule_asks_for_and_others_more():
    threshold = parse_rules({"blurred": True})["blurred"]["below"]

    for path in sorted(shared_data("coco_val2017/images").glob("*.jpg"))[:12]:
        with Image.open(path) as photo:
            grey = photo.convert("L")
        assert (
            measured(grey.filter(ImageFilter.GaussianBlur(4))).sharpness
            < threshold
            < measured(grey).sharpness
        )


def test_brightness_is_the_mean_luma():
    assert measured(Image.new("RGB", (60, 40), (255, 0, 0))).brightness == pytest.approx(76, abs=1)
    assert measured(Image.new("L", (60, 40), 12)).brightness == 12


def test_a_rendition_measures_like_its_picture(tmp_path):
    picture = drawn()
    picture.save(tmp_path / "thumb.jpg", quality=85)

    from_file = measure_file(str(tmp_path / "thumb.jpg"))

    assert distance(from_file.phash, measured(picture).phash) <= 2
    assert from_file.brightness == pytest.approx(measured(picture).brightness, abs=0.5)


def test_measures_are_those_of_the_plain_definition():
    pictures = [drawn(), drawn(1024, 683), drawn(300, 200)]

    for picture in pictures:
        phash, sharpness, brightness = pillow_measures.measured(picture)
        found = measured(picture)

        assert distance(found.phash, phash) <= 2
        assert found.sharpness == pytest.approx(sharpness, rel=0.001)
        assert found.brightness == pytest.approx(brightness, abs=0.01)
