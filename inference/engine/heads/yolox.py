"""YOLOX: one row per grid cell, cx, cy, w, h, objectness, then one score per class."""

from __future__ import annotations

import numpy as np

from inference.engine.class_names import named_classes, names_for
from inference.engine.detections import Detections
from inference.engine.errors import ModelRefused
from inference.engine.grid import STRIDES, Size, cell_count, corners, sane, square_of, unfolded
from inference.engine.picture_input import PictureInput, check_element, the_only, told_size
from inference.engine.protocols import Feeds, GraphFacts, Outputs, TensorFacts, is_like
from inference.engine.spec import MAX_CLASSES, MAX_SIDE, ModelSpec

SMALL_SIDE, DEFAULT_SIDE = 416, 640
# Rows a cell of those that came before, which look alike otherwise.
ANCHORS = 3


class YoloxHead:
    """Anchor-free heads on strides 8, 16 and 32, with sigmoids inside the graph."""

    name = "yolox"
    repeats = True

    def recognise(self, facts: GraphFacts) -> ModelSpec | None:
        source = the_only(facts)
        if source is None or len(facts.outputs) != 1 or not is_like(facts.outputs[0].dims, (1, None, None)):
            return None
        answer = facts.outputs[0]
        classes = _class_count(answer, facts.metadata)
        size = _input_size(source, answer, facts)
        if classes is None or size is None or answer.dims[1] not in (None, cell_count(size)):
            return None
        check_element(source)
        return ModelSpec(
            head=self.name,
            input_size=size,
            class_names=names_for(classes, facts.metadata),
            input_name=source.name,
            output_name=answer.name,
            # Graphs that decode inside raise e to the box sizes; the others contain no Exp at all.
            decoded="Exp" in facts.operators,
            strides=STRIDES,
            layout=source.layout,
            element=source.element,
        )

    def answers(self, spec: ModelSpec) -> tuple[str, ...]:
        return (spec.output_name,)

    def beside(self, spec: ModelSpec) -> Feeds:
        return {}

    def decode(self, outputs: Outputs, spec: ModelSpec, confidence: float) -> Detections:
        rows = _rows(outputs, spec)
        # A class score is at most 1, so what fails on objectness alone cannot pass: exact, and nearly all rows.
        cells = np.flatnonzero(rows[:, 4] >= confidence)
        rows = rows[cells]
        class_ids = rows[:, 5:].argmax(axis=1)
        scores = rows[:, 4] * rows[np.arange(len(rows)), 5 + class_ids]
        sure = scores >= confidence
        boxes = rows[sure, :4].astype(np.float64)
        if not spec.decoded:
            boxes = unfolded(boxes, cells[sure], spec.input_size, spec.strides)
        boxes = corners(boxes)
        return Detections.of(boxes, scores[sure], class_ids[sure]).take(sane(boxes))


def _class_count(answer: TensorFacts, metadata: dict[str, str]) -> int | None:
    width = answer.dims[2]
    count = len(named_classes(metadata)) if width is None else width - 5
    return count if 1 <= count <= MAX_CLASSES else None


def _input_size(source: PictureInput, answer: TensorFacts, facts: GraphFacts) -> Size | None:
    """Width and height: fixed by the graph, or told by metadata, or by the number of cells, or usual."""
    size = source.size or told_size(facts.metadata)
    if size is None:
        side = square_of(answer.dims[1])
        size = (side, side) if side else _usual_size(facts.name)
    fits = all(0 < side <= MAX_SIDE and side % STRIDES[-1] == 0 for side in size)
    return size if fits else None


def _usual_size(name: str) -> tuple[int, int]:
    small = any(word in name.lower() for word in ("nano", "tiny"))
    side = SMALL_SIDE if small else DEFAULT_SIDE
    return side, side


def _advice(answered: tuple[int, ...], cells: int) -> str:
    """What to choose by hand, where the shape of the answer tells which other head it is for."""
    if len(answered) == 3 and answered[1] == ANCHORS * cells:
        return "These are three rows a cell: choose the head yolov5."
    if len(answered) == 3 and answered[2] == cells:
        return "These are columns: choose the head yolov8, and give all class names."
    return "Check its settings."


def _rows(outputs: Outputs, spec: ModelSpec) -> np.ndarray:
    promised = (1, cell_count(spec.input_size, spec.strides), 5 + len(spec.class_names))
    if outputs[0].shape != promised:
        raise ModelRefused(
            "unexpected_output",
            f"The model answered {outputs[0].shape} instead of {promised}. {_advice(outputs[0].shape, promised[1])}",
        )
    return outputs[0][0]
