"""YuNet: a small face detector whose answer comes in parts, one set of parts for each stride."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inference.engine.class_names import FACE
from inference.engine.detections import Detections, Floats
from inference.engine.errors import ModelRefused
from inference.engine.grid import STRIDES, cell_count, corners, sane, unfolded
from inference.engine.picture_input import check_element, the_only
from inference.engine.protocols import Feeds, GraphFacts, Outputs
from inference.engine.spec import MAX_SIDE, ModelSpec

# What each part says of a cell, and in how many numbers; kps are the five landmarks.
WIDTHS = {"cls": 1, "obj": 1, "bbox": 4, "kps": 10}
READ = ("cls", "obj", "bbox")
DEFAULT_SIDE = 640


@dataclass(frozen=True)
class Cells:
    """The parts of all strides after one another, a row a cell."""

    scores: np.ndarray
    boxes: Floats


class YunetHead:
    """Faces in BGR pictures of 0 to 255 whose sides are multiples of 32."""

    name = "yunet"
    repeats = True

    def recognise(self, facts: GraphFacts) -> ModelSpec | None:
        outputs = {answer.name: answer.dims for answer in facts.outputs}
        wanted = {f"{part}_{stride}": (part, stride) for part in WIDTHS for stride in STRIDES}
        source = the_only(facts)
        if source is None or set(outputs) != set(wanted):
            return None
        width, height = source.or_square(DEFAULT_SIDE)
        if not all(0 < side <= MAX_SIDE and side % STRIDES[-1] == 0 for side in (width, height)):
            return None
        for name, (part, stride) in wanted.items():
            if not _is_part(outputs[name], WIDTHS[part], cell_count((width, height), (stride,))):
                return None
        check_element(source)
        return ModelSpec(
            head=self.name,
            input_size=(width, height),
            class_names=(FACE,),
            input_name=source.name,
            output_name=f"cls_{STRIDES[0]}",
            strides=STRIDES,
            layout=source.layout,
            element=source.element,
        )

    def answers(self, spec: ModelSpec) -> tuple[str, ...]:
        return tuple(f"{part}_{stride}" for part in READ for stride in spec.strides)

    def beside(self, spec: ModelSpec) -> Feeds:
        return {}

    def decode(self, outputs: Outputs, spec: ModelSpec, confidence: float) -> Detections:
        found = _cells(outputs, spec)
        sure = np.flatnonzero(found.scores >= confidence)
        boxes = corners(unfolded(found.boxes[sure], sure, spec.input_size, spec.strides))
        return Detections.of(boxes, found.scores[sure], np.zeros(len(sure), np.int64)).take(sane(boxes))


def _is_part(dims: tuple[int | None, ...], width: int, cells: int) -> bool:
    return len(dims) == 3 and dims[0] in (None, 1) and dims[1] in (None, cells) and dims[2] == width


def _cells(outputs: Outputs, spec: ModelSpec) -> Cells:
    """The answer as one row a cell; raises ModelRefused where a part has another shape."""
    joined = {}
    for number, part in enumerate(READ):
        start = number * len(spec.strides)
        pieces = outputs[start : start + len(spec.strides)]
        for stride, piece in zip(spec.strides, pieces, strict=True):
            promised = (1, cell_count(spec.input_size, (stride,)), WIDTHS[part])
            if piece.shape != promised:
                raise ModelRefused(
                    "unexpected_output",
                    f"The model answered {piece.shape} instead of {promised}. Check its settings.",
                )
        joined[part] = np.concatenate([piece[0] for piece in pieces])
    shares = np.clip(joined["cls"], 0, 1) * np.clip(joined["obj"], 0, 1)
    return Cells(np.sqrt(shares[:, 0]), joined["bbox"].astype(np.float64))
