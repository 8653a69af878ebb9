"""Seamless noise: tiles that repeat without a seam, and slow fields over a whole picture."""

import numpy as np
import numpy.typing as npt
from PIL import Image

Floats = npt.NDArray[np.float32]


def grain_tile(dice: np.random.Generator, side: int, slope: float = 1.0) -> Floats:
    """`side` x `side` of isotropic noise with a 1/f^slope spectrum; mean 0, deviation 1."""
    distance = np.hypot(*_frequencies(side))
    amplitude = 1.0 / np.maximum(distance, 1.0 / side) ** slope
    return _synthesised(dice, amplitude.astype(np.float32))


def wave_tile(dice: np.random.Generator, side: int, length: float, direction: float) -> Floats:
    """Waves of about `length` pixels that run towards `direction` (radians); mean 0, deviation 1.

    The spectrum is a ring around the wave length, narrowed to the wind's direction by a squared cosine,
    as in spectra of wind seas (Pierson and Moskowitz 1964) but without their absolute heights.
    """
    down, across = _frequencies(side)
    distance = np.maximum(np.hypot(down, across), 1e-9)
    ring = np.exp(-(np.log(distance * length) ** 2) / 0.5)
    along = (across * np.cos(direction) + down * np.sin(direction)) / distance
    return _synthesised(dice, ring * (0.15 + along**2) / np.sqrt(distance))


def slow_field(dice: np.random.Generator, size: tuple[int, int], cells: int) -> Image.Image:
    """A grey picture of that width and height that changes over about `cells` places along its longer side."""
    width, height = size
    longer = max(size)
    across, down = (max(2, round(cells * side / longer)) for side in (width, height))
    coarse = dice.integers(0, 256, (down, across), np.uint8)
    return Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)


def tiled(tile: Floats, rows: slice, width: int) -> Floats:
    """The rows of an endless floor of that tile."""
    side = len(tile)
    down = np.arange(rows.start, rows.stop) % side
    return np.tile(tile[down], (1, -(-width // side)))[:, :width]


def _frequencies(side: int) -> tuple[Floats, Floats]:
    down, across = np.meshgrid(np.fft.fftfreq(side), np.fft.fftfreq(side), indexing="ij")
    return down.astype(np.float32), across.astype(np.float32)


def _synthesised(dice: np.random.Generator, amplitude: Floats) -> Floats:
    white = np.fft.fft2(dice.standard_normal(amplitude.shape))
    white[0, 0] = 0
    field = np.fft.ifft2(white * amplitude).real
    return (field / field.std()).astype(np.float32)
