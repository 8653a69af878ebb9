import pytest
from PIL import Image

from datasets.imaging.inspect import ImageLimits
from datasets.imaging.renditions import examine, render_display, render_large_display, render_thumbnail
from tests.datasets.pictures import BLUE, LATITUDE, RED, encoded, exif, flag, located

LIMITS = ImageLimits()
# Where the blue quarter of the flag is seen after each orientation has been applied.
BLUE_CORNER = {1: (0, 0), 2: (1, 0), 3: (1, 1), 4: (0, 1), 5: (0, 0), 6: (1, 0), 7: (1, 1), 8: (0, 1)}


def near(pixel, color):
    return all(abs(have - want) < 25 for have, want in zip(pixel, color, strict=True))


def corner(image, right, low):
    """The middle of one quarter."""
    return image.getpixel((image.width * (1 + 2 * right) // 4, image.height * (1 + 2 * low) // 4))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_renditions_are_upright(tmp_path, kind, orientation):
    source = tmp_path / "input"
    source.write_bytes(encoded(flag(80, 40), kind, exif=exif(orientation=orientation)))

    facts = examine(str(source), kind, LIMITS, str(tmp_path), (64, 32))
    render_display(str(source), kind, LIMITS, str(tmp_path / "display.jpg"))

    upright_size = (80, 40) if orientation < 5 else (40, 80)
    assert (facts.width, facts.height) == upright_size
    for name in ("thumb-64.jpg", "thumb-32.jpg", "display.jpg"):
        with Image.open(tmp_path / name) as shown:
            assert (shown.width > shown.height) == (orientation < 5)
            assert near(corner(shown, *BLUE_CORNER[orientation]), BLUE)
            assert sum(near(corner(shown, x, y), RED) for x in (0, 1) for y in (0, 1)) == 3
    with Image.open(tmp_path / "display.jpg") as shown:
        assert shown.size == upright_size


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_renditions_tell_nothing_but_the_picture(tmp_path, kind):
    source = tmp_path / "input"
    source.write_bytes(located(kind))

    assert LATITUDE.encode() in source.read_bytes()
    facts = examine(str(source), kind, LIMITS, str(tmp_path), (256,))
    render_display(str(source), kind, LIMITS, str(tmp_path / "display.jpg"))

    assert facts.has_gps
    for name in ("thumb-256.jpg", "display.jpg"):
        data = (tmp_path / name).read_bytes()
        assert b"Exif" not in data
        assert LATITUDE.encode() not in data
        assert b"Canary" not in data


@pytest.mark.parametrize("kind", ["JPEG", "GIF"])
def test_comment_of_the_original_stays_with_it(tmp_path, kind):
    source = tmp_path / "input"
    source.write_bytes(encoded(flag(400, 200), kind, comment=LATITUDE.encode()))

    examine(str(source), kind, LIMITS, str(tmp_path), (256, 128))
    render_thumbnail(str(source), kind, LIMITS, str(tmp_path / "thumb.jpg"), 128)
    render_display(str(source), kind, LIMITS, str(tmp_path / "display.jpg"))
    render_large_display(str(source), kind, LIMITS, str(tmp_path / "large.jpg"))

    assert LATITUDE.encode() in source.read_bytes()
    assert not [path.name for path in tmp_path.glob("*.jpg") if LATITUDE.encode() in path.read_bytes()]


@pytest.mark.parametrize(
    ("image", "kind", "expected"),
    [
        (Image.new("RGBA", (20, 20), (0, 0, 0, 0)), "PNG", 255),
        (Image.new("LA", (20, 20), (0, 0)), "PNG", 255),
        (Image.new("1", (20, 20), 1), "TIFF", 255),
        (Image.new("CMYK", (20, 20), (0, 0, 0, 0)), "JPEG", 255),
        (Image.new("P", (20, 20), 0), "GIF", 0),
        (Image.new("F", (20, 20), float("nan")), "TIFF", 0),
    ],
    ids=["transparent", "grey-transparent", "one-bit", "cmyk", "palette", "not-a-number"],
)
def test_every_mode_becomes_eight_bits(tmp_path, image, kind, expected):
    source = tmp_path / "input"
    source.write_bytes(encoded(image, kind))

    render_thumbnail(str(source), kind, LIMITS, str(tmp_path / "shown.jpg"), 256)

    with Image.open(tmp_path / "shown.jpg") as shown:
        assert shown.convert("L").getpixel((10, 10)) == pytest.approx(expected, abs=3)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_twelve_bits_in_sixteen_use_the_whole_range(tmp_path, kind):
    deep = Image.new("I;16", (40, 40), 0)
    deep.paste(4095, (0, 0, 20, 40))
    source = tmp_path / "input"
    source.write_bytes(encoded(deep, kind))

    render_display(str(source), kind, LIMITS, str(tmp_path / "shown.jpg"))

    with Image.open(tmp_path / "shown.jpg") as shown:
        assert shown.mode == "L"
        assert shown.getpixel((5, 20)) > 250
        assert shown.getpixel((35, 20)) < 5


def test_thumbnails_keep_the_ratio_and_never_grow(tmp_path):
    source = tmp_path / "input"
    source.write_bytes(encoded(flag(2000, 500), "JPEG"))

    examine(str(source), "JPEG", LIMITS, str(tmp_path), (1024, 256))
    render_thumbnail(str(source), "JPEG", LIMITS, str(tmp_path / "large.jpg"), 4096)

    sizes = {}
    for name in ("thumb-1024.jpg", "thumb-256.jpg", "large.jpg"):
        with Image.open(tmp_path / name) as shown:
            sizes[name] = shown.size
    assert sizes == {"thumb-1024.jpg": (1024, 256), "thumb-256.jpg": (256, 64), "large.jpg": (2000, 500)}
