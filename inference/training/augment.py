"""Changes that leave a view's meaning alone: turned, mirrored, in other light, from a worse camera."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from inference.training.framing import View

Picture = npt.NDArray[np.uint8]

# Largest change of hue (OpenCV counts 180 to the circle), and of saturation and brightness as shares.
HUE, SATURATION, BRIGHTNESS = 6.0, 0.5, 0.4
NOISE = 8.0


def turned(view: View, random: np.random.Generator) -> View:
    """One of the eight ways to lay a view down: mirrored or not along each side, sides swapped or not."""
    swap, across, down = random.random(3) < 0.5
    pixels, boxes = view.pixels, view.boxes
    if swap:
        pixels, boxes = pixels.transpose(1, 0, 2), boxes[:, [1, 0, 3, 2]]
    height, width = pixels.shape[:2]
    if across:
        pixels, boxes = pixels[:, ::-1], _mirrored(boxes, 0, width)
    if down:
        pixels, boxes = pixels[::-1], _mirrored(boxes, 1, height)
    return View(np.ascontiguousarray(pixels), boxes, view.class_ids)


def coloured(pixels: Picture, random: np.random.Generator) -> Picture:
    """Another hue, saturation and brightness."""
    change = random.uniform(-1, 1, 3)
    values = np.arange(256, dtype=np.float64)
    tables = (
        (values + change[0] * HUE) % 180,
        (values * (1 + change[1] * SATURATION)).clip(0, 255),
        (values * (1 + change[2] * BRIGHTNESS)).clip(0, 255),
    )
    hsv = cv2.cvtColor(pixels, cv2.COLOR_BGR2HSV)
    table = np.stack(tables, axis=1).astype(np.uint8)[None]
    return cv2.cvtColor(cv2.LUT(hsv, table), cv2.COLOR_HSV2BGR)  # type: ignore[return-value]


def worn(pixels: Picture, random: np.random.Generator) -> Picture:
    """A little blurred, or a little noisy."""
    if random.random() < 0.5:
        blurred = cv2.GaussianBlur(pixels, (3, 3), random.uniform(0.3, 1.0))
        return blurred  # type: ignore[return-value]
    noise = random.standard_normal(pixels.shape, dtype=np.float32) * np.float32(random.uniform(1, NOISE))
    return (pixels + noise).clip(0, 255).astype(np.uint8)


def _mirrored(boxes: npt.NDArray[np.float32], axis: int, extent: int) -> npt.NDArray[np.float32]:
    mirrored = boxes.copy()
    mirrored[:, axis], mirrored[:, axis + 2] = extent - boxes[:, axis + 2], extent - boxes[:, axis]
    return mirrored
