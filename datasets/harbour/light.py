"""Sun, haze and the camera: what lies between the port and the picture."""

from dataclasses import dataclass

import numpy as np

from datasets.harbour.brush import Pixels, Points
from datasets.harbour.noise import slow_field

STRIP = 256
HAZE = np.array([206, 214, 222], np.float32)


@dataclass(frozen=True)
class Light:
    """`azimuth`: where shadows fall to, in radians of the picture; `height`: the sun's, in degrees."""

    azimuth: float
    height: float
    warmth: float
    haze: float
    noise: float
    exposure: float

    @classmethod
    def drawn(cls, dice: np.random.Generator) -> "Light":
        height = float(dice.uniform(28, 68))
        return cls(
            azimuth=float(dice.uniform(0, 2 * np.pi)),
            height=height,
            warmth=float(np.clip((50 - height) / 40, 0, 0.5) + dice.uniform(-0.05, 0.08)),
            haze=float(dice.choice([0.0, 0.05, 0.1, 0.2], p=[0.3, 0.35, 0.25, 0.1])),
            noise=float(dice.uniform(1.5, 6.0)),
            exposure=float(dice.uniform(0.86, 1.12)),
        )

    @property
    def direction(self) -> tuple[float, float]:
        return float(np.cos(self.azimuth)), float(np.sin(self.azimuth))

    @property
    def shade(self) -> float:
        """How dark shadows are: haze fills them."""
        return 0.58 - self.haze

    def throw(self, ppm: float) -> Points:
        """Pixels that a metre of height throws its shadow."""
        length = min(1.6, 1 / np.tan(np.radians(self.height))) * ppm
        return np.array(self.direction) * length


def develop(picture: Pixels, light: Light, dice: np.random.Generator) -> None:
    """In place: exposure, the sun's warmth, haze in banks, and the sensor's noise."""
    height, width = picture.shape[:2]
    gain = np.array([1 + 0.10 * light.warmth, 1.0, 1 - 0.14 * light.warmth], np.float32) * light.exposure
    banks = np.asarray(slow_field(dice, (width, height), 4))
    grain = (dice.standard_normal((400, 977, 3)) * light.noise).astype(np.float32)
    for top in range(0, height, STRIP):
        rows = slice(top, min(height, top + STRIP))
        veil = (light.haze * (0.4 + banks[rows].astype(np.float32) / 160))[:, :, None]
        seen = picture[rows] * gain * (1 - veil) + HAZE * veil
        picture[rows] = np.clip(seen + _grain(grain, rows, width, dice), 0, 255).astype(np.uint8)


def _grain(grain: np.ndarray, rows: slice, width: int, dice: np.random.Generator) -> np.ndarray:
    """Noise for some rows: pieces of one sheet, each begun anywhere."""
    down, across = dice.integers(len(grain)), dice.integers(grain.shape[1])
    picked = np.take(grain, (np.arange(rows.stop - rows.start) + down) % len(grain), axis=0)
    return np.take(picked, (np.arange(width) + across) % grain.shape[1], axis=1)
