import pytest
from PIL import Image, ImageChops, ImageStat

from datasets.imaging.inspect import ImageLimits
from datasets.imaging.pyramid import levels_of, read_tile, tile_count
from datasets.imaging.renditions import render_display
from datasets.imaging.streamed import display_streamed, examine_streamed
from datasets.imaging.tiling import tile_streamed, tile_whole
from modelship.lib.errors import Problem
from tests.datasets.pictures import bomb, encoded, exif, flag, located

LIMITS = ImageLimits(pixels=10_000_000, side=8_000, frames=3)
DISPLAY = ("display.jpg", 256, 92)


def examined(tmp_path, data, kind, limits=LIMITS):
    path = tmp_path / "input"
    path.write_bytes(data)
    return examine_streamed(str(path), kind, limits, str(tmp_path), DISPLAY)


def refusal(tmp_path, data, kind, limits=LIMITS):
    with pytest.raises(Problem) as refused:
        examined(tmp_path, data, kind, limits)
    return refused.value


def tiles_in(path, width, height):
    data = path.read_bytes()

    def read(start, length):
        return data[start : start + length]

    return [read_tile(read, number) for number in range(tile_count(levels_of(width, height)))]


def difference(one, other):
    """The largest mean difference of a channel."""
    return max(ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).mean)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_facts_and_display_of_a_stream(tmp_path, kind):
    facts = examined(tmp_path, encoded(flag(800, 600), kind), kind)

    display = Image.open(tmp_path / "display.jpg")
    assert (facts.format, facts.width, facts.height, facts.orientation) == (kind, 800, 600, 1)
    assert (facts.bits, facts.frames, facts.has_gps) == (8, 1, False)
    assert display.size == (256, 192)
    assert difference(display, flag(256, 192)) < 3


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_a_place_is_noticed_and_not_passed_on(tmp_path, kind):
    facts = examined(tmp_path, located(kind), kind)

    assert facts.has_gps
    assert not Image.open(tmp_path / "display.jpg").getexif()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_turned_pictures_stand_upright(tmp_path, kind, orientation):
    source = tmp_path / "input"
    source.write_bytes(encoded(flag(1200, 600), kind, exif=exif(orientation=orientation)))
    render_display(str(source), kind, LIMITS, str(tmp_path / "whole.jpg"))
    whole = Image.open(tmp_path / "whole.jpg")

    display_streamed(str(source), kind, LIMITS, str(tmp_path / "display.jpg"), 300, 92)
    tile_streamed(str(source), kind, LIMITS, str(tmp_path / "pack"), str(tmp_path / "progress"))

    size = (300, 150) if orientation < 5 else (150, 300)
    assert difference(Image.open(tmp_path / "display.jpg"), whole.resize(size)) < 3
    (tmp_path / "tile").write_bytes(tiles_in(tmp_path / "pack", *whole.size)[0])
    smallest = Image.open(tmp_path / "tile")
    assert smallest.size == size
    assert difference(smallest, whole.resize(size)) < 3


def test_tiles_are_the_pixels_of_the_picture(tmp_path):
    picture = flag(1100, 600)
    source = tmp_path / "input"
    source.write_bytes(encoded(picture))
    levels = levels_of(1100, 600)

    tile_streamed(str(source), "PNG", LIMITS, str(tmp_path / "streamed"), str(tmp_path / "progress"))
    tile_whole(str(source), "PNG", LIMITS, str(tmp_path / "whole"), str(tmp_path / "progress"))

    assert tiles_in(tmp_path / "streamed", 1100, 600) == tiles_in(tmp_path / "whole", 1100, 600)
    made = tiles_in(tmp_path / "whole", 1100, 600)
    for one in levels:
        for row in range(one.rows):
            for column in range(one.columns):
                (tmp_path / "tile").write_bytes(made[one.first + row * one.columns + column])
                tile = Image.open(tmp_path / "tile")
                left, top = column * 512, row * 512
                cut = picture.resize((one.width, one.height)).crop(
                    (left, top, min(left + 512, one.width), min(top + 512, one.height))
                )
                assert tile.size == cut.size
                assert difference(tile, cut) < 2


@pytest.mark.parametrize("mode", ["L", "RGBA", "LA", "I;16", "1", "P"])
def test_colours_are_those_of_the_display_rendition(tmp_path, mode):
    source = tmp_path / "input"
    ramp = Image.linear_gradient("L").resize((600, 600))
    image = (
        Image.new("I;16", (600, 600)) if mode == "I;16" else ramp.convert("RGBA" if mode == "RGBA" else "L")
    )
    if mode == "I;16":
        image.putdata([value * 100 for value in ramp.get_flattened_data()])
    elif mode in ("RGBA", "LA"):
        image.putalpha(ramp.rotate(90))
    image = image if image.mode == mode else image.convert(mode)
    source.write_bytes(encoded(image))

    render_display(str(source), "PNG", LIMITS, str(tmp_path / "whole.jpg"))
    display_streamed(str(source), "PNG", LIMITS, str(tmp_path / "display.jpg"), 600, 92)

    assert difference(Image.open(tmp_path / "display.jpg"), Image.open(tmp_path / "whole.jpg")) < 2


@pytest.mark.parametrize(
    ("width", "height", "code"),
    [(60_000, 60_000, "too_many_pixels"), (8_001, 2, "side_too_long"), (3_000, 3_000, "corrupt")],
)
def test_bombs_are_refused(tmp_path, width, height, code):
    assert refusal(tmp_path, bomb(width, height), "PNG").code == code


def test_too_many_pages_are_refused(tmp_path):
    pages = [Image.new("RGB", (9, 9), (60 * number, 0, 0)) for number in range(4)]

    problem = refusal(tmp_path, encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:]), "TIFF")

    assert problem.code == "too_many_frames"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_half_a_file_is_refused_with_words(tmp_path, kind):
    data = encoded(Image.effect_noise((640, 640), 90), kind)

    problem = refusal(tmp_path, data[: len(data) // 2], kind)

    assert problem.status == 422
    assert problem.code in ("truncated", "corrupt")
