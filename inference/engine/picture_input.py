"""The input that takes the picture: which way round its dimensions are, and what its values are kept in."""

from __future__ import annotations

import json
from dataclasses import dataclass

from inference.engine.errors import ModelRefused
from inference.engine.grid import Size
from inference.engine.protocols import GraphFacts, TensorFacts
from inference.engine.spec import ELEMENTS, MAX_SIDE

CHANNELS = 3
SIZE_KEYS = ("input_size", "imgsz", "image_size")


@dataclass(frozen=True)
class PictureInput:
    """A graph input of one picture with three channels; a side that the graph leaves open is None."""

    name: str
    layout: str
    element: str
    width: int | None
    height: int | None

    @property
    def size(self) -> Size | None:
        """Width and height, where the graph fixes both."""
        return None if self.width is None or self.height is None else (self.width, self.height)

    def or_square(self, side: int) -> Size:
        """Width and height, that side where the graph leaves one open."""
        return self.width or side, self.height or side


def picture_input(source: TensorFacts) -> PictureInput | None:
    """What a graph says of its picture; None for an input that takes none."""
    dims = source.dims
    if len(dims) != 4 or dims[0] not in (None, 1):
        return None
    if dims[1] in (None, CHANNELS) and not (dims[1] is None and dims[3] == CHANNELS):
        return PictureInput(source.name, "NCHW", source.element, dims[3], dims[2])
    if dims[3] == CHANNELS:
        return PictureInput(source.name, "NHWC", source.element, dims[2], dims[1])
    return None


def check_element(source: PictureInput) -> None:
    """Raises ModelRefused for pixels that are kept in something which we don't make."""
    if source.element not in ELEMENTS:
        raise ModelRefused(
            "bad_input",
            f"The model takes {source.element} pixels. Export it with 32-bit floats, 16-bit floats or bytes.",
        )


def told_size(metadata: dict[str, str]) -> Size | None:
    """Width and height as the metadata has them: exporters write height, width; a single number is a square."""
    for key in SIZE_KEYS:
        try:
            value = json.loads(metadata.get(key, ""))
        except (ValueError, RecursionError):
            continue
        sides = value if isinstance(value, list) else [value, value]
        if len(sides) == 2 and all(type(side) is int and 0 < side <= MAX_SIDE for side in sides):
            return sides[1], sides[0]
    return None


def the_only(facts: GraphFacts) -> PictureInput | None:
    """The picture input of a graph that takes nothing else."""
    return picture_input(facts.inputs[0]) if len(facts.inputs) == 1 else None
