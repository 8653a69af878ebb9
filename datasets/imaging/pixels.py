"""Small pictures in grey or RGB: shrunk, turned, measured and written, by the quickest library that is here.

OpenCV halves the time of an ingest. An installation that leaves detection to a service of its own does
without OpenCV and NumPy, and Pillow does the same work. Only limited children load this.
"""

from types import ModuleType
from typing import Any

from PIL import Image

engine: ModuleType
try:
    from datasets.imaging import pixels_opencv as engine
except ImportError:
    from datasets.imaging import pixels_pillow as engine

# A picture of the engine's own kind.
Pixels = Any


def pixels_of(image: Image.Image, side: int) -> Pixels:
    """The pixels of a decoded picture in mode L or RGB, its longer side at most `side`; never enlarged."""
    size = _fitting(image.width, image.height, side)
    whole = max(image.size) // side
    if whole > 1:
        # Before anything is copied: what is left to shrink is less than half.
        image = image.reduce(whole)
    return engine.resized(engine.of_image(image), size)


def at_most(pixels: Pixels, side: int) -> Pixels:
    """The same with its longer side at most `side`."""
    width, height = engine.size_of(pixels)
    return engine.resized(pixels, _fitting(width, height, side))


def turned(pixels: Pixels, orientation: int) -> Pixels:
    """Upright, by the EXIF orientation that is still to be applied."""
    return engine.turned(pixels, orientation)


def write_jpeg(pixels: Pixels, target: str, quality: int) -> None:
    """Write the pixels, and nothing else, to the file `target`."""
    engine.write_jpeg(pixels, target, quality)


def _fitting(width: int, height: int, side: int) -> tuple[int, int]:
    scale = min(1.0, side / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))
