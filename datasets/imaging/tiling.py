"""Making the tile pyramid of a picture in one pass over its rows, in a limited child.

Memory is bounded by two rows of tiles per level, whatever the height of the picture. The tiles lie as
single files in a scratch folder first (about 1.4 times their final size) and are then packed.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pyvips

from datasets.imaging.inspect import ImageLimits, opened
from datasets.imaging.pyramid import TILE_SIDE, Level, levels_of, tile_count, write_pack
from datasets.imaging.streamed import damage, upright_streamed
from datasets.imaging.upright import eight_bit, orientation_of, upright

# People judge edges on these: fine quantisation, and from 90 on full colour resolution.
TILE_QUALITY = 90
TILE_TYPE = "image/jpeg"


def tile_whole(path: str, format_name: str, limits: ImageLimits, target: str, progress: str) -> None:
    """Write the pack of a picture that may be decoded whole to `target`.

    The share done, 0 to 100, is written to the file `progress` as the work goes on. Raises Problem
    where the picture can't be decoded. The pixels are those that the display rendition shows.
    """
    with opened(path, format_name, limits) as image:
        image.load()
        shown = upright(eight_bit(image), orientation_of(image))
    data = shown.tobytes()
    plain = pyvips.Image.new_from_memory(data, *shown.size, len(shown.getbands()), "uchar")
    _tile(plain.copy(interpretation="srgb" if plain.bands == 3 else "b-w"), target, progress)


def tile_streamed(path: str, format_name: str, limits: ImageLimits, target: str, progress: str) -> None:
    """The same for a picture that is read as a stream."""
    with tempfile.TemporaryDirectory(dir=Path(target).parent) as folder:
        try:
            _tile(upright_streamed(path, format_name, limits, f"{folder}/upright.v"), target, progress)
        except pyvips.Error as error:
            raise damage(error) from error


def _tile(image: pyvips.Image, target: str, progress: str) -> None:
    levels = levels_of(image.width, image.height)
    _tell_progress(image, Path(progress))
    with tempfile.TemporaryDirectory(dir=Path(target).parent) as folder:
        image.dzsave(
            f"{folder}/made",
            layout="dz",
            depth="onetile",
            overlap=0,
            tile_size=TILE_SIDE,
            suffix=f".jpg[Q={TILE_QUALITY},keep=none]",
            region_shrink="mean",
            keep="none",
        )
        with open(target, "wb") as pack:
            write_pack(pack, _tiles(Path(folder, "made_files"), levels), tile_count(levels))


def _tiles(folder: Path, levels: tuple[Level, ...]) -> Iterator[bytes]:
    for number, level in enumerate(levels):
        for row in range(level.rows):
            for column in range(level.columns):
                file = folder / str(number) / f"{column}_{row}.jpg"
                yield file.read_bytes()
                # Read once: the scratch folder shrinks as the pack grows.
                file.unlink()


def _tell_progress(image: pyvips.Image, progress: Path) -> None:
    told = -1

    def tell(_image: pyvips.Image, state: pyvips.GValue) -> None:
        nonlocal told
        if state.percent > told:
            told = state.percent
            progress.write_text(str(told))

    image.set_progress(True)
    image.signal_connect("eval", tell)
