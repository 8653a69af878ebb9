"""Taking the measures of a picture, in a limited child.

The perceptual hash is that of the ImageHash library (`phash`): grey, 32 x 32, the 8 x 8 lowest cosine waves,
a bit for each that is above their median, row by row from the most significant bit on.
"""

from statistics import median

from PIL import Image
from PIL.Image import Resampling

from datasets.imaging import pixels
from datasets.imaging.measures import Measures
from datasets.imaging.pixels import Pixels

HASH_GRID = 32
# Sharpness is judged at the size at which people look through pictures, whatever the camera.
JUDGED_SIDE = 512
SIGN_BIT = 1 << 63


def measured(upright: Pixels) -> Measures:
    """The measures of a decoded picture, upright, in 8-bit grey or RGB."""
    grey = pixels.engine.grey_image(upright)
    found = perceptual_hash(grey)
    # Whole steps at once: an exact half, as that of a large thumbnail, costs next to nothing.
    grey.thumbnail((JUDGED_SIDE, JUDGED_SIDE), Resampling.BOX, reducing_gap=1.0)
    sharpness = pixels.engine.edge_variance(grey) if min(grey.size) >= 3 else 0.0
    return Measures(found, round(sharpness, 3), round(pixels.engine.mean(grey), 3))


def measure_file(path: str) -> Measures:
    """The same of a rendition of ours."""
    with Image.open(path, formats=["JPEG"]) as image:
        return measured(pixels.engine.of_image(image))


def perceptual_hash(grey: Image.Image) -> int:
    """The hash of a grey picture, signed."""
    small = grey.resize((HASH_GRID, HASH_GRID), Resampling.LANCZOS, reducing_gap=3.0)
    waves = [round(wave, 6) for wave in pixels.engine.lowest_waves(small)]
    # An even picture has waves of nothing but rounding errors, which differ from machine to machine.
    middle = median(waves)
    bits = int("".join("1" if value > middle else "0" for value in waves), 2)
    return bits - (1 << 64) if bits & SIGN_BIT else bits
