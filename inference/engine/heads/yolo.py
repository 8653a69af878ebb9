"""The YOLO of Ultralytics and its likes: boxes in pixels of the input, decoded inside the graph.

Three shapes are about: v5 and v7 answer rows of cx, cy, w, h, objectness and a score per class, three for
each cell of the grid; v8, v9, v11 and v12 answer columns without an objectness, one for each cell; v10 and
others without suppression answer finished rows of x1, y1, x2, y2, score, class. What follows the classes
(masks, landmarks) is left aside.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inference.engine.class_names import COCO_80, named_classes, names_for
from inference.engine.detections import Detections
from inference.engine.errors import ModelRefused
from inference.engine.grid import LARGE_STRIDES, STRIDES, Size, cell_count, corners, sane, square_of
from inference.engine.picture_input import PictureInput, check_element, the_only, told_size
from inference.engine.protocols import Dims, Feeds, GraphFacts, Outputs
from inference.engine.spec import MAX_CLASSES, MAX_SIDE, ModelSpec

DEFAULT_SIDE = 640
ANCHORS = 3
# Rows of a finished answer: x1, y1, x2, y2, score, class.
FINISHED = 6
MOST_FINISHED = 1000
# What the exporter says that the model is for, and we have no boxes for.
OTHER_TASKS = {"obb": "rotated boxes", "semantic": "areas"}


@dataclass(frozen=True)
class Kind:
    """One way to answer. `fixed` numbers come before the class scores of a candidate."""

    name: str
    fixed: int
    repeats: bool


ROWS, COLUMNS, ENDS = Kind("yolov5", 5, True), Kind("yolov8", 4, True), Kind("yolov10", FINISHED, False)


class YoloHead:
    """One of the three kinds; pixels are RGB of 0 to 1, letterboxed to the middle."""

    def __init__(self, kind: Kind) -> None:
        self.name = kind.name
        self.repeats = kind.repeats
        self._kind = kind

    def recognise(self, facts: GraphFacts) -> ModelSpec | None:
        source = the_only(facts)
        if source is None or not facts.outputs:
            return None
        answer, metadata = facts.outputs[0], facts.metadata
        if len(answer.dims) != 3 or answer.dims[0] not in (None, 1):
            return None
        size = source.size or told_size(metadata) or source.or_square(self._side(answer.dims))
        if any(side > MAX_SIDE or side % STRIDES[-1] for side in size):
            return None
        count = READERS[self._kind](answer.dims, size, metadata)
        if count is None or not 1 <= count <= MAX_CLASSES:
            return None
        _check_task(metadata)
        return self._spec(source, size, names_for(count, metadata), answer.name)

    def answers(self, spec: ModelSpec) -> tuple[str, ...]:
        return (spec.output_name,)

    def beside(self, spec: ModelSpec) -> Feeds:
        return {}

    def decode(self, outputs: Outputs, spec: ModelSpec, confidence: float) -> Detections:
        rows = self._rows(outputs[0], spec)
        if self._kind is ENDS:
            return _finished(rows, spec, confidence)
        classes = rows[:, self._kind.fixed : self._kind.fixed + len(spec.class_names)]
        at = np.arange(len(rows))
        if self._kind is ROWS:
            # A class score is at most 1, so what fails on objectness alone cannot pass: exact, and nearly all rows.
            at = np.flatnonzero(rows[:, 4] >= confidence)
        class_ids = classes[at].argmax(axis=1)
        scores = classes[at, class_ids] * (rows[at, 4] if self._kind is ROWS else 1)
        sure = scores >= confidence
        boxes = corners(rows[at[sure], :4].astype(np.float64))
        return Detections.of(boxes, scores[sure], class_ids[sure]).take(sane(boxes))

    def _rows(self, answer: npt.NDArray[np.float32], spec: ModelSpec) -> npt.NDArray[np.float32]:
        """One candidate a row; raises ModelRefused for an answer of another shape."""
        width = self._kind.fixed + (0 if self._kind is ENDS else len(spec.class_names))
        if answer.ndim == 3 and len(answer) == 1:
            rows = answer[0].T if self._kind is COLUMNS and _is_upright(answer[0], spec) else answer[0]
            if rows.shape[1] >= width:
                return rows
        raise ModelRefused(
            "unexpected_output",
            f"The model answered {answer.shape}, which does not hold {width} numbers a box. Check its settings.",
        )

    def _side(self, dims: Dims) -> int:
        """The square whose grid has as many cells as the answer has places, or the usual one."""
        places = {
            ROWS: dims[1] and dims[1] // ANCHORS,
            # Whichever way round, a grid has more cells than there are classes.
            COLUMNS: max(dims[1], dims[2]) if dims[1] and dims[2] else dims[2],
            ENDS: None,
        }
        return square_of(places[self._kind]) or DEFAULT_SIDE

    def _spec(self, source: PictureInput, size: Size, names: tuple[str, ...], output: str) -> ModelSpec:
        check_element(source)
        is_bytes = source.element == "UINT8"
        return ModelSpec(
            head=self.name,
            input_size=size,
            class_names=names,
            input_name=source.name,
            output_name=output,
            channel_order="RGB",
            scale=1.0 if is_bytes else 1 / 255,
            resize="letterbox_center",
            decoded=True,
            layout=source.layout,
            element=source.element,
            tells_classes=self._kind is not ENDS,
        )


def is_ultralytics(metadata: dict[str, str]) -> bool:
    """Whether the metadata is what that exporter writes; YOLOX has none."""
    return "stride" in metadata and "names" in metadata


def is_suppressed(metadata: dict[str, str]) -> bool:
    """Whether the exporter says that it put the suppression into the graph, or that there is none to be done."""
    return metadata.get("end2end") == "True" or "'nms': True" in metadata.get("args", "")


def _count_in_rows(dims: Dims, size: Size, metadata: dict[str, str]) -> int | None:
    """Classes of a v5: three rows a cell, or an open number of rows and its exporter's word.

    The exporter of v8 and later tells a task, too.
    """
    counts = {ANCHORS * cell_count(size, strides) for strides in (STRIDES, LARGE_STRIDES)}
    is_told = is_ultralytics(metadata) and "task" not in metadata
    if dims[1] not in counts and not (dims[1] is None and is_told):
        return None
    return _classes(dims[2], ROWS.fixed, metadata)


def _count_in_columns(dims: Dims, size: Size, metadata: dict[str, str]) -> int | None:
    """Classes of a v8: one column a cell. Turned round, only its names tell it from a YOLOX."""
    counts = {cell_count(size, strides) for strides in (STRIDES, LARGE_STRIDES)}
    named = len(named_classes(metadata))
    if is_suppressed(metadata):
        return None
    if dims[1] is None and dims[2] in counts:
        return named or None
    is_clear = dims[1] not in (*counts, None) or is_ultralytics(metadata)
    if dims[1] is not None and is_clear and dims[2] in (*counts, None):
        return _classes(dims[1], COLUMNS.fixed, metadata)
    is_turned = named and is_ultralytics(metadata) and dims[1] in (*counts, None)
    return _classes(dims[2], COLUMNS.fixed, metadata) if is_turned else None


def _count_at_end(dims: Dims, size: Size, metadata: dict[str, str]) -> int | None:
    """Classes of a model that suppresses by itself. Its numbers of rows are none that a grid has."""
    grids = {n * cell_count(size, strides) for n in (1, ANCHORS) for strides in (STRIDES, LARGE_STRIDES)}
    is_short = dims[1] is not None and dims[1] <= MOST_FINISHED and dims[1] not in grids
    if dims[2] != FINISHED or not (is_short or (dims[1] is None and is_ultralytics(metadata))):
        return None
    return len(named_classes(metadata)) or len(COCO_80)


READERS = {ROWS: _count_in_rows, COLUMNS: _count_in_columns, ENDS: _count_at_end}


def _classes(width: int | None, fixed: int, metadata: dict[str, str]) -> int | None:
    """As many as there are names, where masks or landmarks may follow; else all that is left."""
    named = len(named_classes(metadata))
    if width is None:
        return named or None
    return named if named and named + fixed < width and metadata.get("task") != "detect" else width - fixed


def _is_upright(answer: npt.NDArray[np.float32], spec: ModelSpec) -> bool:
    """Whether each candidate is a column, as it is exported."""
    counts = {cell_count(spec.input_size, strides) for strides in (STRIDES, LARGE_STRIDES)}
    down, across = answer.shape
    return across in counts or (down not in counts and down < across)


def _finished(rows: npt.NDArray[np.float32], spec: ModelSpec, confidence: float) -> Detections:
    sure = rows[rows[:, 4] >= confidence]
    class_ids, boxes = sure[:, 5].astype(np.int64), sure[:, :4].astype(np.float64)
    if len(sure) and not 0 <= class_ids.min() <= class_ids.max() < len(spec.class_names):
        raise ModelRefused(
            "unexpected_output",
            f"The model answered class {class_ids.max()}, but {len(spec.class_names)} names are known. "
            "Give all class names when you install it.",
        )
    return Detections.of(boxes, sure[:, 4], class_ids).take(sane(boxes))


def _check_task(metadata: dict[str, str]) -> None:
    other = OTHER_TASKS.get(metadata.get("task", ""))
    if other:
        raise ModelRefused("wrong_task", f"The model finds {other}. Export one that finds upright boxes.")
