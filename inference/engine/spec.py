"""ModelSpec: everything needed to run one model file, found by inspection and open to correction."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from typing import Any

MAX_SIDE = 4096
MAX_CLASSES = 4096
MAX_NAME = 128
# Pixels are multiplied and shifted by no more than this.
MOST = 1e9
CHANNEL_ORDERS = ("BGR", "RGB")
RESIZES = ("letterbox_top_left", "letterbox_center", "stretch", "center_crop")
LAYOUTS = ("NCHW", "NHWC")
# What a pixel's value may be kept in, by ONNX's names.
ELEMENTS = ("FLOAT", "FLOAT16", "UINT8")
# What a model does: find objects, name a whole picture, or turn one into a vector that is near those of its likes.
DETECT, CLASSIFY, EMBED = "detect", "classify", "embed"
TASKS = (DETECT, CLASSIFY, EMBED)
# Where neither the model's owner nor the person who asks says otherwise.
DEFAULT_CONFIDENCE, DEFAULT_IOU = 0.25, 0.45


@dataclass(frozen=True)
class ModelSpec:
    """How to feed a model and how to read its answer.

    A pixel becomes `(value * scale - mean) / std` after resizing to `input_size` (width, height) and
    padding with `pad_value`; `mean` and `std` follow `channel_order`. `layout` and `element` are those of
    the input tensor; `more_outputs` are read beside `output_name`, in that order. `decoded` says that the graph already turns its raw answer into boxes, or into shares
    of 1 for a classifier. `cell_offset` is where in its cell a raw answer counts from, as a share of the
    stride. `tells_classes` says that the graph itself fixes how many classes there are. `confidence` and
    `iou` hold where a call names none. Raises ValueError for a value out of range.
    """

    head: str
    input_size: tuple[int, int]
    class_names: tuple[str, ...]
    input_name: str
    output_name: str
    channel_order: str = "BGR"
    scale: float = 1.0
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)
    resize: str = "letterbox_top_left"
    pad_value: int = 114
    decoded: bool = False
    strides: tuple[int, ...] = (8, 16, 32)
    task: str = DETECT
    tells_classes: bool = True
    layout: str = "NCHW"
    element: str = "FLOAT"
    more_outputs: tuple[str, ...] = ()
    cell_offset: float = 0.0
    confidence: float = DEFAULT_CONFIDENCE
    iou: float = DEFAULT_IOU

    def __post_init__(self) -> None:
        lists = (self.input_size, self.class_names, self.mean, self.std, self.strides, self.more_outputs)
        _require(all(isinstance(value, tuple) for value in lists), "a list is expected")
        _require(
            all(
                _is_text(text) for text in (self.head, self.input_name, self.output_name, *self.more_outputs)
            ),
            "a name is missing, too long or not printable",
        )
        self._check_input()
        self._check_answer()

    def _check_input(self) -> None:
        _require(len(self.input_size) == 2, "input_size needs a width and a height")
        _require(
            all(_is_int(side) and 1 <= side <= MAX_SIDE for side in self.input_size),
            "input_size is out of range",
        )
        _require(self.layout in LAYOUTS, f"layout must be one of {LAYOUTS}")
        _require(self.element in ELEMENTS, f"element must be one of {ELEMENTS}")
        _require(self.channel_order in CHANNEL_ORDERS, f"channel_order must be one of {CHANNEL_ORDERS}")
        _require(self.resize in RESIZES, f"resize must be one of {RESIZES}")
        _require(_is_factor(self.scale), "scale must be above 0")
        _require(
            len(self.mean) == 3 and all(_is_finite(value) and abs(value) <= MOST for value in self.mean),
            "mean needs three numbers",
        )
        _require(len(self.std) == 3 and all(map(_is_factor, self.std)), "std needs three numbers above 0")
        _require(_is_int(self.pad_value) and 0 <= self.pad_value <= 255, "pad_value must be 0 to 255")

    def _check_answer(self) -> None:
        _require(self.task in TASKS, f"task must be one of {TASKS}")
        fewest = 0 if self.task == EMBED else 1
        _require(fewest <= len(self.class_names) <= MAX_CLASSES, "class_names has no or too many entries")
        _require(all(_is_text(name) for name in self.class_names), "a class name is empty or too long")
        _require(isinstance(self.decoded, bool), "decoded must be true or false")
        _require(isinstance(self.tells_classes, bool), "tells_classes must be true or false")
        _require(bool(self.strides), "strides is empty")
        _require(
            all(_is_int(step) and 1 <= step <= MAX_SIDE for step in self.strides), "strides is out of range"
        )
        for name, share in (
            ("cell_offset", self.cell_offset),
            ("confidence", self.confidence),
            ("iou", self.iou),
        ):
            _require(_is_finite(share) and 0 <= share <= 1, f"{name} must be 0 to 1")

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; `from_dict` gives an equal spec back."""
        return {
            name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> ModelSpec:
        """Read `to_dict`'s shape; raises ValueError for an unknown key, a missing key or a wrong value."""
        known = {field.name for field in fields(cls)}
        unknown = sorted(set(values) - known)
        _require(not unknown, f"unknown keys: {', '.join(unknown)}")
        arguments: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
        }
        try:
            return cls(**arguments)
        except TypeError as error:
            raise ValueError(f"The model's settings are not valid: {error}.") from error


def _require(holds: bool, problem: str) -> None:
    if not holds:
        raise ValueError(f"The model's settings are not valid: {problem}.")


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_finite(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_factor(value: object) -> bool:
    """Above 0, and no further from 1 than 32 bits hold without loss."""
    return _is_finite(value) and 1 / MOST <= value <= MOST  # type: ignore[operator]


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= len(value) <= MAX_NAME and value.isprintable()
