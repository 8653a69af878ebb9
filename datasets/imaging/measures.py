"""What a picture measures: how it looks from afar, how sharp and how bright it is. Plain Python, so that every
installation gets the same numbers.

The perceptual hash is that of the ImageHash library (`phash`): grey, 32 x 32, the 8 x 8 lowest cosine waves,
a bit for each that is above their median, row by row from the most significant bit on.
"""

import math
from dataclasses import dataclass
from itertools import chain
from operator import mul
from statistics import median

from PIL import Image, ImageFilter, ImageStat
from PIL.Image import Resampling

HASH_GRID, HASH_WAVES = 32, 8
WAVES = [
    [math.cos(math.pi * wave * (2 * at + 1) / (2 * HASH_GRID)) for at in range(HASH_GRID)]
    for wave in range(HASH_WAVES)
]
# Sharpness is judged at the size at which people look through pictures, whatever the camera.
JUDGED_SIDE = 512
# The discrete Laplacian; flat grey comes out in the middle, so that both signs are kept.
LAPLACIAN = ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1, offset=128)


@dataclass(frozen=True)
class Measures:
    """`phash` is signed, as databases keep 64 bits; `brightness` is the mean luma, 0 to 255.

    `sharpness` is the variance of the Laplacian of the grey picture at most 512 pixels wide and high:
    below about 50 a photo looks blurred (Pech-Pacheco et al., 2000).
    """

    phash: int
    sharpness: float
    brightness: float


def measured(upright: Image.Image) -> Measures:
    """The measures of a decoded picture, upright, in 8-bit grey or RGB."""
    grey = upright.convert("L")
    phash = perceptual_hash(grey)
    if max(grey.size) > JUDGED_SIDE:
        grey.thumbnail((JUDGED_SIDE, JUDGED_SIDE), Resampling.BOX, reducing_gap=None)
    edges = ImageStat.Stat(grey.filter(LAPLACIAN)).var[0] if min(grey.size) >= 3 else 0.0
    return Measures(phash, round(edges, 3), round(ImageStat.Stat(grey).mean[0], 3))


def measure_file(path: str) -> Measures:
    """The same of a rendition of ours."""
    with Image.open(path, formats=["JPEG"]) as image:
        return measured(image)


def perceptual_hash(grey: Image.Image) -> int:
    """The hash of a grey picture, signed."""
    small = grey.resize((HASH_GRID, HASH_GRID), Resampling.LANCZOS)
    pixels = small.tobytes()
    rows = [pixels[start : start + HASH_GRID] for start in range(0, len(pixels), HASH_GRID)]
    across = [[_dot(wave, row) for row in rows] for wave in WAVES]
    waves = [[_dot(wave, column) for column in across] for wave in WAVES]
    # An even picture has waves of nothing but rounding errors, which differ from machine to machine.
    flat = [round(value, 6) for value in chain.from_iterable(waves)]
    middle = median(flat)
    bits = 0
    for value in flat:
        bits = bits << 1 | (value > middle)
    return bits - (1 << 64) if bits >> 63 else bits


def hash_text(phash: int | None) -> str | None:
    """The hash as 16 hexadecimal digits."""
    return None if phash is None else f"{phash & (1 << 64) - 1:016x}"


def _dot(wave: list[float], values: "bytes | list[float]") -> float:
    return sum(map(mul, wave, values))
