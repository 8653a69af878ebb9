"""YOLOX: one row per grid cell, cx, cy, w, h, objectness, then one score per class."""

from __future__ import annotations

import json
import math
from functools import lru_cache

import numpy as np

from inference.engine.class_names import named_classes, names_for
from inference.engine.detections import Detections, Floats
from inference.engine.errors import ModelRefused
from inference.engine.protocols import GraphFacts, Outputs, TensorFacts
from inference.engine.spec import MAX_CLASSES, MAX_SIDE, ModelSpec

STRIDES = (8, 16, 32)
SMALL_SIDE, DEFAULT_SIDE = 416, 640
SIZE_KEYS = ("input_size", "imgsz", "image_size")
# Pixels that no input has: one box out there would cost all others their precision.
FAR = 1e6


class YoloxHead:
    """Anchor-free heads on strides 8, 16 and 32, with sigmoids inside the graph."""

    name = "yolox"

    def recognise(self, facts: GraphFacts) -> ModelSpec | None:
        if not _looks_like_yolox(facts):
            return None
        source, answer = facts.inputs[0], facts.outputs[0]
        classes = _class_count(answer, facts.metadata)
        size = _input_size(source, answer, facts)
        if classes is None or size is None or answer.dims[1] not in (None, cell_count(size)):
            return None
        if source.element != "FLOAT":
            raise ModelRefused(
                "bad_input", f"The model takes {source.element} pixels. Export it with 32-bit floats."
            )
        return ModelSpec(
            head=self.name,
            input_size=size,
            class_names=names_for(classes, facts.metadata),
            input_name=source.name,
            output_name=answer.name,
            # Graphs that decode inside raise e to the box sizes; the others contain no Exp at all.
            decoded="Exp" in facts.operators,
            strides=STRIDES,
        )

    def decode(self, outputs: Outputs, spec: ModelSpec, confidence: float) -> Detections:
        rows = _rows(outputs, spec)
        # A class score is at most 1, so what fails on objectness alone cannot pass: exact, and nearly all rows.
        cells = np.flatnonzero(rows[:, 4] >= confidence)
        rows = rows[cells]
        class_ids = rows[:, 5:].argmax(axis=1)
        scores = rows[:, 4] * rows[np.arange(len(rows)), 5 + class_ids]
        sure = scores >= confidence
        boxes = _corners(rows[sure, :4].astype(np.float64), cells[sure], spec)
        # False for what is not a number, too.
        sane = np.flatnonzero((np.abs(boxes) < FAR).all(axis=1))
        return Detections.of(boxes, scores[sure], class_ids[sure]).take(sane)


def cell_count(size: tuple[int, int], strides: tuple[int, ...] = STRIDES) -> int:
    """Rows that the model answers for an input of that width and height."""
    return sum((size[0] // stride) * (size[1] // stride) for stride in strides)


def _looks_like_yolox(facts: GraphFacts) -> bool:
    if len(facts.inputs) != 1 or len(facts.outputs) != 1:
        return False
    source, answer = facts.inputs[0].dims, facts.outputs[0].dims
    return (
        len(source) == 4
        and source[0] in (None, 1)
        and source[1] in (None, 3)
        and len(answer) == 3
        and answer[0] in (None, 1)
    )


def _class_count(answer: TensorFacts, metadata: dict[str, str]) -> int | None:
    width = answer.dims[2]
    count = len(named_classes(metadata)) if width is None else width - 5
    return count if 1 <= count <= MAX_CLASSES else None


def _input_size(source: TensorFacts, answer: TensorFacts, facts: GraphFacts) -> tuple[int, int] | None:
    """Width and height: fixed by the graph, or told by metadata, or by the number of cells, or usual."""
    height, width = source.dims[2:]
    if height is None or width is None:
        width, height = _told_size(facts.metadata) or _square(answer.dims[1]) or _usual_size(facts.name)
    fits = all(0 < side <= MAX_SIDE and side % STRIDES[-1] == 0 for side in (width, height))
    return (width, height) if fits else None


def _told_size(metadata: dict[str, str]) -> tuple[int, int] | None:
    """Exporters write height, width; a single number is a square."""
    for key in SIZE_KEYS:
        try:
            value = json.loads(metadata.get(key, ""))
        except (ValueError, RecursionError):
            continue
        sides = value if isinstance(value, list) else [value, value]
        if len(sides) == 2 and all(type(side) is int for side in sides):
            return sides[1], sides[0]
    return None


def _square(cells: int | None) -> tuple[int, int] | None:
    if cells is None:
        return None
    side = math.isqrt(cells * 1024 // 21)
    return (side, side) if cell_count((side, side)) == cells else None


def _usual_size(name: str) -> tuple[int, int]:
    small = any(word in name.lower() for word in ("nano", "tiny"))
    side = SMALL_SIDE if small else DEFAULT_SIDE
    return side, side


def _rows(outputs: Outputs, spec: ModelSpec) -> np.ndarray:
    promised = (1, cell_count(spec.input_size, spec.strides), 5 + len(spec.class_names))
    if outputs[0].shape != promised:
        raise ModelRefused(
            "unexpected_output",
            f"The model answered {outputs[0].shape} instead of {promised}. Check its settings.",
        )
    return outputs[0][0]


def _corners(boxes: Floats, cells: np.ndarray, spec: ModelSpec) -> Floats:
    """Centre and size, of the grid or of the input -> corners in pixels of the input."""
    centre, size = boxes[:, :2], boxes[:, 2:]
    if not spec.decoded:
        grid, stride = _grid(spec.input_size, spec.strides)
        centre = (centre + grid[cells]) * stride[cells]
        with np.errstate(over="ignore"):
            size = np.exp(size) * stride[cells]
    with np.errstate(invalid="ignore"):
        return np.concatenate([centre - size / 2, centre + size / 2], axis=1)


@lru_cache(maxsize=32)
def _grid(size: tuple[int, int], strides: tuple[int, ...]) -> tuple[Floats, Floats]:
    """Column and row of every cell, and its stride, in the order of the model's rows."""
    places, steps = [], []
    for stride in strides:
        down, across = np.mgrid[: size[1] // stride, : size[0] // stride]
        places.append(np.stack([across.ravel(), down.ravel()], axis=1))
        steps.append(np.full((across.size, 1), stride))
    return np.concatenate(places).astype(np.float64), np.concatenate(steps).astype(np.float64)
