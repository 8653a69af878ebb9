"""From a whole picture to what a training input shows of it: resizing, padding, boxes that go along."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

# The engine's letterbox pads with this, and resizes as is done here: models see what they were trained on.
PAD = 114


@dataclass(frozen=True)
class View:
    """Pixels [H, W, 3] with the boxes that they show, as corners [N, 4], and their class numbers [N]."""

    pixels: npt.NDArray[np.uint8]
    boxes: npt.NDArray[np.float32]
    class_ids: npt.NDArray[np.int64]


def whole(
    pixels: npt.NDArray[np.uint8],
    boxes: npt.NDArray[np.float32],
    class_ids: npt.NDArray[np.int64],
    side: int,
) -> View:
    """The picture resized so that its longer side is `side`, not padded."""
    height, width = pixels.shape[:2]
    ratio = min(side / width, side / height)
    return View(_resized(pixels, ratio), boxes.reshape(-1, 4) * np.float32(ratio), class_ids)


def framed(
    pixels: npt.NDArray[np.uint8],
    boxes: npt.NDArray[np.float32],
    class_ids: npt.NDArray[np.int64],
    corner: tuple[int, int],
    scale: float,
    size: tuple[int, int],
) -> View:
    """A window of `size` (width, height) whose pixels are `scale` of the picture's; boxes are not yet clipped."""
    height, width = pixels.shape[:2]
    left, top = max(0, corner[0]), max(0, corner[1])
    right = min(width, round(corner[0] + size[0] * scale))
    bottom = min(height, round(corner[1] + size[1] * scale))
    canvas = np.full((size[1], size[0], 3), PAD, np.uint8)
    # How far inside the window the picture begins.
    x, y = round((left - corner[0]) / scale), round((top - corner[1]) / scale)
    if right > left and bottom > top and x < size[0] and y < size[1]:
        part = _resized(pixels[top:bottom, left:right], 1 / scale)[: size[1] - y, : size[0] - x]
        canvas[y : y + part.shape[0], x : x + part.shape[1]] = part
    offset = np.array([left, top, left, top], np.float32)
    place = np.array([x, y, x, y], np.float32)
    return View(canvas, (boxes.reshape(-1, 4) - offset) / np.float32(scale) + place, class_ids)


def kept(view: View, *, least_area: float, least_side: float) -> View:
    """Boxes clipped to the view, without those of which too little is left."""
    height, width = view.pixels.shape[:2]
    limits = np.array([width, height, width, height], np.float32)
    clipped = np.clip(view.boxes, 0, limits).astype(np.float32)
    sides = clipped[:, 2:] - clipped[:, :2]
    before = (view.boxes[:, 2:] - view.boxes[:, :2]).prod(axis=1)
    left = (sides.prod(axis=1) >= least_area * before) & (sides.min(axis=1, initial=np.inf) >= least_side)
    return View(view.pixels, clipped[left], view.class_ids[left])


def _resized(pixels: npt.NDArray[np.uint8], ratio: float) -> npt.NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    size = max(1, int(width * ratio)), max(1, int(height * ratio))
    if size == (width, height):
        return pixels
    return cv2.resize(pixels, size, interpolation=cv2.INTER_LINEAR)  # type: ignore[return-value]
