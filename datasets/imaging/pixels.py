"""Small pictures as arrays, in grey or RGB: shrunk, turned and written with the vector units of the processor.

Only limited children load this: OpenCV takes its time to start, and memory.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels = npt.NDArray[np.uint8]

# Children work side by side, so each has one thread.
cv2.setNumThreads(1)
# What each EXIF orientation asks for, as in `upright.TURNS`.
TURNS: dict[int, Callable[[Pixels], Any]] = {
    2: lambda pixels: cv2.flip(pixels, 1),
    3: lambda pixels: cv2.rotate(pixels, cv2.ROTATE_180),
    4: lambda pixels: cv2.flip(pixels, 0),
    5: cv2.transpose,
    6: lambda pixels: cv2.rotate(pixels, cv2.ROTATE_90_CLOCKWISE),
    7: lambda pixels: cv2.rotate(cv2.transpose(pixels), cv2.ROTATE_180),
    8: lambda pixels: cv2.rotate(pixels, cv2.ROTATE_90_COUNTERCLOCKWISE),
}


def pixels_of(image: Image.Image, side: int) -> Pixels:
    """The pixels of a decoded picture in mode L or RGB, its longer side at most `side`; never enlarged."""
    size = _fitting(image.width, image.height, side)
    whole = max(image.size) // side
    if whole > 1:
        # Before anything is copied: what is left to shrink is less than half.
        image = image.reduce(whole)
    return _shrunk(np.asarray(image), size)


def at_most(pixels: Pixels, side: int) -> Pixels:
    """The same with its longer side at most `side`."""
    height, width = pixels.shape[:2]
    return _shrunk(pixels, _fitting(width, height, side))


def turned(pixels: Pixels, orientation: int) -> Pixels:
    """Upright, by the EXIF orientation that is still to be applied."""
    turn = TURNS.get(orientation)
    return pixels if turn is None else np.asarray(turn(pixels), np.uint8)


def grey_of(pixels: Pixels) -> Pixels:
    return pixels if pixels.ndim == 2 else np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)


def write_jpeg(pixels: Pixels, target: str, quality: int) -> None:
    """Write the pixels, and nothing else, to the file `target`."""
    shown = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    Path(target).write_bytes(cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes())


def _fitting(width: int, height: int, side: int) -> tuple[int, int]:
    scale = min(1.0, side / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _shrunk(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    height, width = pixels.shape[:2]
    if (width, height) == size:
        return pixels
    # Interpolation is quickest, but below a half it would pass pixels over.
    how = cv2.INTER_LINEAR if max(width, height) < 2 * max(size) else cv2.INTER_AREA
    return np.asarray(cv2.resize(pixels, size, interpolation=how), np.uint8)
