"""Taking the measures of a picture, in a limited child.

The perceptual hash is that of the ImageHash library (`phash`): grey, 32 x 32, the 8 x 8 lowest cosine waves,
a bit for each that is above their median, row by row from the most significant bit on.
"""

import cv2
import numpy as np
from PIL import Image
from PIL.Image import Resampling

from datasets.imaging.measures import Measures
from datasets.imaging.pixels import Pixels, grey_of

HASH_GRID, HASH_WAVES = 32, 8
WAVES = np.cos(
    np.pi * np.arange(HASH_WAVES)[:, None] * (2 * np.arange(HASH_GRID)[None, :] + 1) / (2 * HASH_GRID)
)
# Sharpness is judged at the size at which people look through pictures, whatever the camera.
JUDGED_SIDE = 512
# The discrete Laplacian; flat grey comes out in the middle, so that both signs are kept.
LAPLACIAN, MIDDLE = np.array(((0, 1, 0), (1, -4, 1), (0, 1, 0)), np.float32), 128


def measured(upright: Pixels) -> Measures:
    """The measures of a decoded picture, upright, in 8-bit grey or RGB."""
    pixels = grey_of(upright)
    grey = Image.fromarray(pixels)
    # Whole steps at once: an exact half, as that of a large thumbnail, costs next to nothing.
    grey.thumbnail((JUDGED_SIDE, JUDGED_SIDE), Resampling.BOX, reducing_gap=1.0)
    judged = np.asarray(grey)
    return Measures(perceptual_hash(pixels), round(_sharpness(judged), 3), round(cv2.mean(judged)[0], 3))


def measure_file(path: str) -> Measures:
    """The same of a rendition of ours."""
    with Image.open(path, formats=["JPEG"]) as image:
        return measured(np.asarray(image))


def perceptual_hash(grey: Pixels) -> int:
    """The hash of a grey picture, signed."""
    small = Image.fromarray(grey).resize((HASH_GRID, HASH_GRID), Resampling.LANCZOS, reducing_gap=3.0)
    waves = WAVES @ np.asarray(small, np.float64) @ WAVES.T
    # An even picture has waves of nothing but rounding errors, which differ from machine to machine.
    flat = waves.round(6).ravel()
    bits = np.packbits(flat > np.median(flat)).tobytes()
    return int.from_bytes(bits, "big", signed=True)


def _sharpness(grey: Pixels) -> float:
    if min(grey.shape) < 3:
        return 0.0
    edges = cv2.filter2D(grey, cv2.CV_8U, LAPLACIAN, delta=MIDDLE)
    # The outermost pixels have no neighbours on one side.
    return float(cv2.meanStdDev(edges[1:-1, 1:-1])[1][0, 0]) ** 2
