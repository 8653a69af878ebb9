"""The measures of a picture as they are usually taken: with Pillow and plain Python."""

import math
from operator import mul
from statistics import median

from PIL import Image, ImageFilter, ImageStat
from PIL.Image import Resampling

GRID, WAVES, SIDE = 32, 8, 512
LAPLACIAN = ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1, offset=128)
TABLE = [
    [math.cos(math.pi * wave * (2 * at + 1) / (2 * GRID)) for at in range(GRID)] for wave in range(WAVES)
]


def measured(image: Image.Image) -> tuple[int, float, float]:
    """Perceptual hash, sharpness and brightness."""
    grey = image.convert("L")
    hashed = perceptual_hash(grey)
    grey.thumbnail((SIDE, SIDE), Resampling.BOX, reducing_gap=None)
    edges = grey.filter(LAPLACIAN).crop((1, 1, grey.width - 1, grey.height - 1))
    return hashed, ImageStat.Stat(edges).var[0], ImageStat.Stat(grey).mean[0]


def perceptual_hash(grey: Image.Image) -> int:
    pixels = grey.resize((GRID, GRID), Resampling.LANCZOS).tobytes()
    rows = [pixels[start : start + GRID] for start in range(0, len(pixels), GRID)]
    across = [[_dot(wave, row) for row in rows] for wave in TABLE]
    flat = [_dot(wave, column) for wave in TABLE for column in across]
    middle = median(flat)
    return sum((value > middle) << at for at, value in enumerate(reversed(flat)))


def _dot(wave: list[float], values: bytes | list[float]) -> float:
    return sum(map(mul, wave, values))
