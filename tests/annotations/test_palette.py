"""The colours that classes get stay apart for everybody, by numbers."""

import math
from itertools import combinations

import pytest

from annotations.actions.labels import COLORS

# Linear RGB as it is seen, at full severity (Machado, Oliveira and Fernandes, 2009).
SIGHTS = {
    "full": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "green-blind": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "red-blind": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
}
# The least distance within the seven of Okabe and Ito (2002).
APART = 0.076


def linear(byte: int) -> float:
    share = byte / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def oklab(color: str, sight: str) -> tuple[float, float, float]:
    """Lightness and two opponent axes, in which distance is difference (Ottosson, 2020)."""
    rgb = [linear(int(color[at : at + 2], 16)) for at in (1, 3, 5)]
    red, green, blue = (
        sum(part * share for part, share in zip(row, rgb, strict=True)) for row in SIGHTS[sight]
    )
    long = max(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue, 0) ** (1 / 3)
    middle = max(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue, 0) ** (1 / 3)
    short = max(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue, 0) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


@pytest.mark.parametrize("sight", SIGHTS)
def test_any_two_colours_stay_apart(sight: str):
    near = {
        (one, other): round(distance, 3)
        for one, other in combinations(COLORS, 2)
        if (distance := math.dist(oklab(one, sight), oklab(other, sight))) < APART
    }

    assert len(COLORS) == 16
    assert near == {}


def test_every_colour_is_seen_on_dark_and_bright_pictures():
    """Neither black nor white: the dark casing under each line does the rest."""
    assert all(0.49 < oklab(color, "full")[0] < 0.95 for color in COLORS)
