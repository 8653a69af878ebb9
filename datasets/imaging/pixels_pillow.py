"""Pixels as pictures of Pillow: twice as slow as arrays, and nothing else is needed."""

from collections.abc import Sequence
from functools import cache
from operator import mul

from PIL import Image, ImageFilter, ImageStat
from PIL.Image import Resampling

from datasets.imaging.upright import upright
from datasets.imaging.waves import cosines

Pixels = Image.Image

# The discrete Laplacian; flat grey comes out in the middle, so that both signs are kept.
LAPLACIAN = ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1, offset=128)


def of_image(image: Image.Image) -> Pixels:
    return image


def size_of(pixels: Pixels) -> tuple[int, int]:
    return pixels.size


def resized(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """The same in another width and height."""
    return pixels if pixels.size == size else pixels.resize(size, Resampling.BILINEAR)


def turned(pixels: Pixels, orientation: int) -> Pixels:
    return upright(pixels, orientation)


def grey_image(pixels: Pixels) -> Image.Image:
    return pixels.copy() if pixels.mode == "L" else pixels.convert("L")


def write_jpeg(pixels: Pixels, target: str, quality: int) -> None:
    # Pillow would pass a comment of the original on.
    pixels.info = {}
    pixels.save(target, "JPEG", quality=quality)


def mean(grey: Image.Image) -> float:
    return float(ImageStat.Stat(grey).mean[0])


def edge_variance(grey: Image.Image) -> float:
    """The variance of the Laplacian, but for the outermost pixels, which have no neighbours on one side."""
    edges = grey.filter(LAPLACIAN).crop((1, 1, grey.width - 1, grey.height - 1))
    return float(ImageStat.Stat(edges).var[0])


def lowest_waves(grey: Image.Image) -> list[float]:
    """The lowest cosine waves of a small square picture, row by row."""
    side, data, waves = grey.width, grey.tobytes(), _cosines(grey.width)
    rows = [data[start : start + side] for start in range(0, len(data), side)]
    # Along the rows first, then down the columns of what that gives.
    along = [[_dot(wave, row) for row in rows] for wave in waves]
    return [_dot(wave, column) for wave in waves for column in along]


def _dot(wave: Sequence[float], values: Sequence[float]) -> float:
    return sum(map(mul, wave, values))


_cosines = cache(cosines)
