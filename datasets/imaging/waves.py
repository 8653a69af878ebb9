"""The lowest waves of the cosine transform (DCT-II, as perceptual hashes take it), not scaled."""

import math

WAVES = 8


def cosines(length: int) -> list[list[float]]:
    """The lowest WAVES waves over so many points, each as its value at every point."""
    return [
        [math.cos(math.pi * wave * (2 * at + 1) / (2 * length)) for at in range(length)]
        for wave in range(WAVES)
    ]
