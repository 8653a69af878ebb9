"""From a picture of any size to the tensor that a model takes, and boxes back again."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from inference.engine.detections import Floats
from inference.engine.spec import ModelSpec

Picture = npt.NDArray[np.uint8]
Tensor = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Placement:
    """How many pixels of the input one pixel of the picture became, along x and y."""

    x: float
    y: float

    def undo(self, boxes: Floats) -> Floats:
        """Boxes in pixels of the model's input -> pixels of the picture."""
        return boxes / np.array([self.x, self.y, self.x, self.y])


def to_tensor(picture: Picture, spec: ModelSpec) -> tuple[Tensor, Placement]:
    """Resize, pad and normalise a BGR picture into a batch of one."""
    resized, placement = _fit(picture, spec)
    return _normalise(_planes(_pad(resized, spec), spec), spec), placement


def _fit(picture: Picture, spec: ModelSpec) -> tuple[Picture, Placement]:
    height, width = picture.shape[:2]
    across, down = spec.input_size
    if spec.resize == "stretch":
        size, placement = (across, down), Placement(across / width, down / height)
    else:
        ratio = min(across / width, down / height)
        # Cut off, not rounded, as the models were trained; boxes go back by the exact ratio.
        size, placement = (max(1, int(width * ratio)), max(1, int(height * ratio))), Placement(ratio, ratio)
    if size == (width, height):
        return picture, placement
    return cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR), placement  # type: ignore[return-value]


def _pad(picture: Picture, spec: ModelSpec) -> Picture:
    """The picture in the top left corner, the rest filled."""
    height, width = picture.shape[:2]
    across, down = spec.input_size
    if (width, height) == (across, down):
        return picture
    canvas = np.full((down, across, 3), spec.pad_value, np.uint8)
    canvas[:height, :width] = picture
    return canvas


def _planes(picture: Picture, spec: ModelSpec) -> Tensor:
    """Interleaved bytes -> float planes; plane by plane is many times faster than one transposition."""
    planes = cv2.split(picture)
    if spec.channel_order == "RGB":
        planes = planes[::-1]
    tensor = np.empty((1, 3, *picture.shape[:2]), np.float32)
    for channel, plane in enumerate(planes):
        tensor[0, channel] = plane
    return tensor


def _normalise(tensor: Tensor, spec: ModelSpec) -> Tensor:
    if spec.scale != 1.0:
        tensor *= np.float32(spec.scale)
    if any(spec.mean):
        tensor -= np.asarray(spec.mean, np.float32).reshape(1, 3, 1, 1)
    if spec.std != (1.0, 1.0, 1.0):
        tensor /= np.asarray(spec.std, np.float32).reshape(1, 3, 1, 1)
    return tensor
