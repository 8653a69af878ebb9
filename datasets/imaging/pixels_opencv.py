"""Pixels as arrays, worked on with the vector units of the processor."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from datasets.imaging.waves import cosines

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
# The discrete Laplacian; flat grey comes out in the middle, so that both signs are kept.
LAPLACIAN, MIDDLE = np.array(((0, 1, 0), (1, -4, 1), (0, 1, 0)), np.float32), 128


def of_image(image: Image.Image) -> Pixels:
    return np.asarray(image)


def size_of(pixels: Pixels) -> tuple[int, int]:
    height, width = pixels.shape[:2]
    return width, height


def resized(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """The same in another width and height."""
    width, height = size_of(pixels)
    if (width, height) == size:
        return pixels
    # Interpolation is quickest, but below a half it would pass pixels over.
    how = cv2.INTER_LINEAR if max(width, height) < 2 * max(size) else cv2.INTER_AREA
    return np.asarray(cv2.resize(pixels, size, interpolation=how), np.uint8)


def turned(pixels: Pixels, orientation: int) -> Pixels:
    turn = TURNS.get(orientation)
    return pixels if turn is None else np.asarray(turn(pixels), np.uint8)


def grey_image(pixels: Pixels) -> Image.Image:
    grey = pixels if pixels.ndim == 2 else np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)
    return Image.fromarray(grey)


def write_jpeg(pixels: Pixels, target: str, quality: int) -> None:
    shown = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    Path(target).write_bytes(cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes())


def mean(grey: Image.Image) -> float:
    return float(cv2.mean(np.asarray(grey))[0])


def edge_variance(grey: Image.Image) -> float:
    """The variance of the Laplacian, but for the outermost pixels, which have no neighbours on one side."""
    edges = cv2.filter2D(np.asarray(grey), cv2.CV_8U, LAPLACIAN, delta=MIDDLE)
    return float(cv2.meanStdDev(edges[1:-1, 1:-1])[1][0, 0]) ** 2


def lowest_waves(grey: Image.Image) -> list[float]:
    """The lowest cosine waves of a small square picture, row by row."""
    waves = _waves(grey.width)
    return [float(wave) for wave in (waves @ np.asarray(grey, np.float64) @ waves.T).ravel()]


@cache
def _waves(side: int) -> npt.NDArray[np.float64]:
    return np.array(cosines(side))
