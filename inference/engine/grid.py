"""The grid of anchor-free detectors: one row of the answer per cell, stride by stride, row by row."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from inference.engine.detections import Floats, Ints
from inference.engine.spec import MAX_SIDE

STRIDES = (8, 16, 32)
# With one level more for large inputs.
LARGE_STRIDES = (*STRIDES, 64)
# Pixels that no input has: one box out there would cost all others their precision.
FAR = 1e6
Size = tuple[int, int]


def cell_count(size: Size, strides: tuple[int, ...] = STRIDES) -> int:
    """Rows that the model answers for an input of that width and height; a part of a cell counts as one."""
    return sum(math.ceil(size[0] / stride) * math.ceil(size[1] / stride) for stride in strides)


def square_of(cells: int | None, strides: tuple[int, ...] = STRIDES) -> int | None:
    """The side of the square that has so many cells; None where there is none."""
    sides = range(strides[-1], MAX_SIDE + 1, strides[-1])
    return next((side for side in sides if cell_count((side, side), strides) == cells), None)


def unfolded(boxes: Floats, cells: Ints, size: Size, strides: tuple[int, ...]) -> Floats:
    """Offsets from the cells and logarithms of sizes -> centres and sizes in pixels of the input."""
    grid, stride = _grid(size, strides)
    with np.errstate(over="ignore"):
        sides = np.exp(boxes[:, 2:]) * stride[cells]
    return np.concatenate([(boxes[:, :2] + grid[cells]) * stride[cells], sides], axis=1)


def reached(distances: Floats, cells: Ints, size: Size, strides: tuple[int, ...], offset: float) -> Floats:
    """Distances to the left, top, right and bottom in strides -> corners in pixels of the input."""
    grid, stride = _grid(size, strides)
    points = (grid[cells] + offset) * stride[cells]
    reach = distances * stride[cells]
    return np.concatenate([points - reach[:, :2], points + reach[:, 2:]], axis=1)


def corners(boxes: Floats) -> Floats:
    """Centre x, y and width, height -> x1, y1, x2, y2."""
    centre, size = boxes[:, :2], boxes[:, 2:]
    with np.errstate(invalid="ignore"):
        return np.concatenate([centre - size / 2, centre + size / 2], axis=1)


def sane(boxes: Floats) -> Ints:
    """Rows whose corners are numbers, and no nearer to infinity than a picture is large."""
    # Comparisons with what is not a number are false.
    return np.flatnonzero((np.abs(boxes) < FAR).all(axis=1))


@lru_cache(maxsize=32)
def _grid(size: Size, strides: tuple[int, ...]) -> tuple[Floats, Floats]:
    """Column and row of every cell, and its stride, in the order of the model's rows."""
    places, steps = [], []
    for stride in strides:
        down, across = np.mgrid[: math.ceil(size[1] / stride), : math.ceil(size[0] / stride)]
        places.append(np.stack([across.ravel(), down.ravel()], axis=1))
        steps.append(np.full((across.size, 1), stride))
    return np.concatenate(places).astype(np.float64), np.concatenate(steps).astype(np.float64)
