"""Slice advice: how to cut pictures so that a model sees the objects in them, and how many looks that takes.

COCO calls an object of less than 32 x 32 pixels small, and detectors find those worst (Lin et al. 2014). What a
picture loses when it is shrunk to the model's input decides whether its objects are small to the model; slices
shrink less. Needs nothing of the engine that runs models.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

SMALL = 32.0
# Sizes that are offered, so that neighbours in size get the same advice.
SIDES = (128, 192, 256, 320, 384, 448, 512, 640, 768, 896, 1024, 1280, 1536, 2048, 3072, 4096)
# Pixels larger than the model's own show it nothing more.
MOST_ENLARGED = 2.0
LEAST_OVERLAP, MOST_OVERLAP, OVERLAP_STEP = 0.1, 0.5, 0.05
# Of the sizes seen, which count as the smallest and the largest: the extremes may be slips.
LOW, HIGH = 0.1, 0.9
Size = tuple[int, int]


@dataclass(frozen=True)
class Cut:
    """Square slices of `side` pixels; neighbours share `overlap` of it. A look at the whole comes with them."""

    side: int
    overlap: float


@dataclass(frozen=True)
class Advice:
    """`cut` is None where a look at the whole picture is enough. Sizes are the square roots of areas, in pixels."""

    cut: Cut | None
    small: float
    large: float
    count: int


def advise(objects: Sequence[float], pictures: Sequence[Size], input_size: Size) -> Advice | None:
    """For objects of those sizes in pictures of those widths and heights; None where nothing was seen yet."""
    if not objects or not pictures:
        return None
    sizes = sorted(objects)
    small, large = _at(sizes, LOW), _at(sizes, HIGH)
    width, height = _typical(pictures)
    shrunk = min(input_size[0] / width, input_size[1] / height)
    if small * shrunk >= SMALL:
        return Advice(None, small, large, len(sizes))
    side = _side(small, min(input_size))
    if side >= max(width, height):
        return Advice(None, small, large, len(sizes))
    # What the look at the whole finds need not fit where slices meet.
    rest = [size for size in sizes if size * shrunk < SMALL]
    return Advice(Cut(side, _overlap(_at(rest, HIGH), side)), small, large, len(sizes))


def looks_of(picture: Size, cut: Cut | None) -> int:
    """How often a model looks at one picture, the whole included."""
    if cut is None:
        return 1
    tiles = math.prod(tiles_along(length, cut.side, cut.overlap) for length in picture)
    return tiles + 1 if tiles > 1 else 1


def tiles_along(length: int, side: int, overlap: float) -> int:
    """Slices along one side of a picture, by SAHI's rules."""
    step = side - int(overlap * side)
    return 1 + math.ceil(max(0, length - side) / step)


def _side(small: float, side_of_input: int) -> int:
    """The largest side in which small objects reach the input at 32 px, if it may be enlarged that far."""
    least = side_of_input / MOST_ENLARGED
    wanted = max(small * side_of_input / SMALL, least)
    fitting = [side for side in SIDES if least <= side <= wanted]
    return fitting[-1] if fitting else next((side for side in SIDES if side >= least), SIDES[-1])


def _overlap(size: float, side: int) -> float:
    steps = math.ceil(size / side / OVERLAP_STEP)
    return round(min(MOST_OVERLAP, max(LEAST_OVERLAP, steps * OVERLAP_STEP)), 2)


def _at(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _typical(pictures: Sequence[Size]) -> Size:
    """The picture in the middle when they are ordered by area."""
    return sorted(pictures, key=math.prod)[len(pictures) // 2]
