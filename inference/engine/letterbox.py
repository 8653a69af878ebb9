"""From a picture of any size to the tensor that a model takes, and boxes back again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from inference.engine.detections import Floats
from inference.engine.spec import ModelSpec

Picture = npt.NDArray[np.uint8]
Floats32 = npt.NDArray[np.float32]
# 1 x 3 x height x width or 1 x height x width x 3, of the element that the spec names.
Tensor = npt.NDArray[Any]


@dataclass(frozen=True)
class Placement:
    """How many pixels of the input one pixel of the picture became, along x and y, and where its corner lies."""

    x: float
    y: float
    left: float = 0.0
    top: float = 0.0

    def undo(self, boxes: Floats) -> Floats:
        """Boxes in pixels of the model's input -> pixels of the picture."""
        corner = np.array([self.left, self.top, self.left, self.top])
        return (boxes - corner) / np.array([self.x, self.y, self.x, self.y])


def planes_for(spec: ModelSpec) -> Floats32:
    """Room for the planes of one picture, to be given to `to_tensor` again and again."""
    width, height = spec.input_size
    return np.empty((1, 3, height, width), np.float32)


def to_tensor(picture: Picture, spec: ModelSpec, into: Floats32 | None = None) -> tuple[Tensor, Placement]:
    """Resize, pad and normalise a BGR picture into a batch of one, in the model's layout and element.

    The tensor lies in `into`, where that is given: memory that is new for each picture costs more than filling it.
    """
    fitted, placement = FITS[spec.resize](picture, spec)
    if spec.element == "UINT8":
        planes = fitted if spec.channel_order == "BGR" else fitted[:, :, ::-1]
        return _laid_out(planes.transpose(2, 0, 1)[None], spec), placement
    room = planes_for(spec) if into is None else into
    tensor = _normalise(_planes(fitted, spec, room), spec)
    return _laid_out(tensor.astype(np.float16) if spec.element == "FLOAT16" else tensor, spec), placement


def _stretched(picture: Picture, spec: ModelSpec) -> tuple[Picture, Placement]:
    height, width = picture.shape[:2]
    across, down = spec.input_size
    return _resized(picture, (across, down)), Placement(across / width, down / height)


def _in_the_corner(picture: Picture, spec: ModelSpec) -> tuple[Picture, Placement]:
    """In the top left corner, the rest filled."""
    ratio = _ratio(picture, spec, min)
    # Cut off, not rounded, as the models were trained; boxes go back by the exact ratio.
    size = _scaled(picture, ratio, int)
    return _pad(_resized(picture, size), spec, 0, 0), Placement(ratio, ratio)


def _in_the_middle(picture: Picture, spec: ModelSpec) -> tuple[Picture, Placement]:
    """In the middle, what is left over filled on both sides; an odd pixel goes to the right and below."""
    ratio = _ratio(picture, spec, min)
    across, down = _scaled(picture, ratio, round)
    left, top = (spec.input_size[0] - across) // 2, (spec.input_size[1] - down) // 2
    return _pad(_resized(picture, (across, down)), spec, left, top), Placement(ratio, ratio, left, top)


def _cropped(picture: Picture, spec: ModelSpec) -> tuple[Picture, Placement]:
    """The middle of the picture, as much of it as has the input's shape."""
    ratio = _ratio(picture, spec, max)
    across, down = spec.input_size
    resized = _resized(picture, _scaled(picture, ratio, round))
    left, top = max(0, (resized.shape[1] - across) // 2), max(0, (resized.shape[0] - down) // 2)
    cut = resized[top : top + down, left : left + across]
    return _pad(cut, spec, 0, 0), Placement(ratio, ratio, -left, -top)


FITS: dict[str, Callable[[Picture, ModelSpec], tuple[Picture, Placement]]] = {
    "letterbox_top_left": _in_the_corner,
    "letterbox_center": _in_the_middle,
    "stretch": _stretched,
    "center_crop": _cropped,
}


def _ratio(picture: Picture, spec: ModelSpec, choose: Callable[[float, float], float]) -> float:
    height, width = picture.shape[:2]
    return choose(spec.input_size[0] / width, spec.input_size[1] / height)


def _scaled(picture: Picture, ratio: float, whole: Callable[[float], int]) -> tuple[int, int]:
    height, width = picture.shape[:2]
    return max(1, whole(width * ratio)), max(1, whole(height * ratio))


def _resized(picture: Picture, size: tuple[int, int]) -> Picture:
    if size == (picture.shape[1], picture.shape[0]):
        return picture
    return cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR)  # type: ignore[return-value]


def _pad(picture: Picture, spec: ModelSpec, left: int, top: int) -> Picture:
    height, width = picture.shape[:2]
    across, down = spec.input_size
    if (width, height) == (across, down):
        return picture
    canvas = np.full((down, across, 3), spec.pad_value, np.uint8)
    canvas[top : top + height, left : left + width] = picture
    return canvas


def _planes(picture: Picture, spec: ModelSpec, tensor: Floats32) -> Floats32:
    """Interleaved bytes -> float planes; plane by plane is many times faster than one transposition."""
    planes = cv2.split(picture)
    if spec.channel_order == "RGB":
        planes = planes[::-1]
    for channel, plane in enumerate(planes):
        tensor[0, channel] = plane
    return tensor


def _normalise(tensor: Floats32, spec: ModelSpec) -> Floats32:
    if spec.scale != 1.0:
        tensor *= np.float32(spec.scale)
    if any(spec.mean):
        tensor -= np.asarray(spec.mean, np.float32).reshape(1, 3, 1, 1)
    if spec.std != (1.0, 1.0, 1.0):
        tensor /= np.asarray(spec.std, np.float32).reshape(1, 3, 1, 1)
    return tensor


def _laid_out(tensor: Tensor, spec: ModelSpec) -> Tensor:
    return np.ascontiguousarray(tensor if spec.layout == "NCHW" else tensor.transpose(0, 2, 3, 1))
