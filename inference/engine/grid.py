"""The grid of anchor-free detectors: one row of the answer per cell, stride by stride, row by row."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from inference.engine.detections import Floats, Ints

STRIDES = (8, 16, 32)
# Pixels that no input has: one box out there would cost all others their precision.
FAR = 1e6


def cell_count(size: tuple[int, int], strides: tuple[int, ...] = STRIDES) -> int:
    """Rows that the model answers for an input of that width and height."""
    return sum((size[0] // stride) * (size[1] // stride) for stride in strides)


def unfolded(boxes: Floats, cells: Ints, size: tuple[int, int], strides: tuple[int, ...]) -> Floats:
    """Offsets from the cells and logarithms of sizes -> centres and sizes in pixels of the input."""
    grid, stride = _grid(size, strides)
    with np.errstate(over="ignore"):
        sides = np.exp(boxes[:, 2:]) * stride[cells]
    return np.concatenate([(boxes[:, :2] + grid[cells]) * stride[cells], sides], axis=1)


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
def _grid(size: tuple[int, int], strides: tuple[int, ...]) -> tuple[Floats, Floats]:
    """Column and row of every cell, and its stride, in the order of the model's rows."""
    places, steps = [], []
    for stride in strides:
        down, across = np.mgrid[: size[1] // stride, : size[0] // stride]
        places.append(np.stack([across.ravel(), down.ravel()], axis=1))
        steps.append(np.full((across.size, 1), stride))
    return np.concatenate(places).astype(np.float64), np.concatenate(steps).astype(np.float64)
