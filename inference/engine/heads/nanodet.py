"""NanoDet and PicoDet: a class score and four distances a cell, each distance as a distribution over steps.

Of the "generalized focal loss" kin (Li et al. 2020): the expected step of a softmax, times the stride, is how
far a box reaches from its cell to the left, top, right and bottom. Two exports are about: all in one answer
(NanoDet-Plus), and an answer of scores and one of distances for each stride (NanoDet, PicoDet).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from inference.engine.class_names import COCO_80, named_classes, names_for
from inference.engine.detections import Detections, Floats
from inference.engine.errors import ModelRefused
from inference.engine.grid import LARGE_STRIDES, STRIDES, Size, cell_count, reached, sane
from inference.engine.picture_input import PictureInput, check_element, the_only, told_size
from inference.engine.protocols import Dims, Feeds, GraphFacts, Outputs, TensorFacts, is_like
from inference.engine.spec import MAX_CLASSES, MAX_SIDE, ModelSpec

SIDES = 4
# Steps 0 to 7 are what all of them are trained with.
STEPS = 8
DISTANCES = SIDES * STEPS
DEFAULT_SIDE = 416
# How exporters call what they answer.
SCORE_WORDS = re.compile(r"cls|class|score|conf|prob|sigmoid")
DISTANCE_WORDS = re.compile(r"reg|box|dis|dfl")
# NanoDet's own pixel statistics, in BGR, and those of ImageNet in RGB, both of 0 to 255.
BGR = ((103.53, 116.28, 123.675), (57.375, 57.12, 58.395))
RGB = ((123.675, 116.28, 103.53), (58.395, 57.12, 57.375))
Numbers = npt.NDArray[Any]


@dataclass(frozen=True)
class Levels:
    """The answers of a model that gives each level two."""

    scores: list[TensorFacts]
    distances: list[TensorFacts]


class NanodetHead:
    """All levels in one answer: cells x (classes + 32); corners of cells are what distances count from."""

    name = "nanodet"
    repeats = True

    def recognise(self, facts: GraphFacts) -> ModelSpec | None:
        source = the_only(facts)
        if source is None or len(facts.outputs) != 1:
            return None
        answer, size = facts.outputs[0], _size_of(source, facts.metadata)
        strides, classes = _strides(answer, size, facts.metadata), _classes(answer.dims)
        if size is None or strides is None or classes is None:
            return None
        return _spec(self.name, source, size, names_for(classes, facts.metadata), [answer.name], strides)

    def answers(self, spec: ModelSpec) -> tuple[str, ...]:
        return (spec.output_name,)

    def beside(self, spec: ModelSpec) -> Feeds:
        return {}

    def decode(self, outputs: Outputs, spec: ModelSpec, confidence: float) -> Detections:
        count = len(spec.class_names)
        strides = _strides_of(outputs[0], spec)
        _check_shape(outputs[0], (1, cell_count(spec.input_size, strides), count + DISTANCES))
        spec = replace(spec, strides=strides)
        return _decoded(outputs[0][0, :, :count], outputs[0][0, :, count:], spec, confidence)


class PicodetHead:
    """Scores and distances of each level apart, read in this order; middles of cells are what distances count from."""

    name = "picodet"
    repeats = True

    def recognise(self, facts: GraphFacts) -> ModelSpec | None:
        source = the_only(facts)
        size = _size_of(source, facts.metadata) if source else None
        if source is None or size is None:
            return None
        for strides in (STRIDES, LARGE_STRIDES):
            levels = _levels(facts.outputs, size, strides)
            if levels:
                names = names_for(levels.scores[0].dims[2] or 0, facts.metadata)
                answers = [answer.name for answer in (*levels.scores, *levels.distances)]
                return _spec(self.name, source, size, names, answers, strides)
        return None

    def answers(self, spec: ModelSpec) -> tuple[str, ...]:
        return (spec.output_name, *spec.more_outputs)

    def beside(self, spec: ModelSpec) -> Feeds:
        return {}

    def decode(self, outputs: Outputs, spec: ModelSpec, confidence: float) -> Detections:
        levels, widths = len(spec.strides), (len(spec.class_names), DISTANCES)
        parts = []
        for width, answers in zip(widths, (outputs[:levels], outputs[levels:]), strict=True):
            for stride, answer in zip(spec.strides, answers, strict=True):
                _check_shape(answer, (1, cell_count(spec.input_size, (stride,)), width))
            parts.append(np.concatenate([answer[0] for answer in answers]))
        return _decoded(parts[0], parts[1], spec, confidence)


def _size_of(source: PictureInput, metadata: dict[str, str]) -> Size | None:
    size = source.size or told_size(metadata) or source.or_square(DEFAULT_SIDE)
    return size if all(0 < side <= MAX_SIDE and side % STRIDES[-1] == 0 for side in size) else None


def _strides(answer: TensorFacts, size: Size | None, metadata: dict[str, str]) -> tuple[int, ...] | None:
    """The levels that have as many cells as the answer has rows.

    Those of three levels have the shape of a YOLOX with 27 classes more: their names tell, or that they are COCO's.
    """
    if size is None or not is_like(answer.dims, (1, None, None)):
        return None
    if answer.dims[1] == cell_count(size, LARGE_STRIDES):
        return LARGE_STRIDES
    is_clear = _classes(answer.dims) == (len(named_classes(metadata)) or len(COCO_80))
    if answer.dims[1] is None:
        # How many levels there are shows in the first answer.
        return LARGE_STRIDES if is_clear else None
    return STRIDES if is_clear and answer.dims[1] == cell_count(size, STRIDES) else None


def _strides_of(answer: Numbers, spec: ModelSpec) -> tuple[int, ...]:
    """The levels that the answer has, where the graph left open how many rows it gives."""
    rows = answer.shape[1] if answer.ndim == 3 else 0
    known = (spec.strides, STRIDES, LARGE_STRIDES)
    return next((one for one in known if cell_count(spec.input_size, one) == rows), spec.strides)


def _classes(dims: Dims) -> int | None:
    """What is left beside the distances."""
    count = (dims[2] or 0) - DISTANCES if len(dims) == 3 else 0
    return count if 1 <= count <= MAX_CLASSES else None


def _levels(answers: tuple[TensorFacts, ...], size: Size, strides: tuple[int, ...]) -> Levels | None:
    """The answers with scores and those with distances, each from the smallest stride on."""
    count = len(strides)
    distances = [answer for answer in answers if answer.dims[2:] == (DISTANCES,)]
    if len(answers) != 2 * count or len(distances) not in (count, 2 * count):
        return None
    cells = [cell_count(size, (stride,)) for stride in strides]
    if len(distances) > count:
        if sorted(answer.dims[1] or 0 for answer in answers) != sorted(cells * 2):
            return None
        distances = _distances_among(distances, count)
    scores = [answer for answer in answers if answer not in distances]
    parts = [sorted(part, key=lambda answer: -(answer.dims[1] or 0)) for part in (scores, distances)]
    classes = {answer.dims[2] for answer in scores}
    fits = all(
        is_like(answer.dims, (1, places, None))
        for part in parts
        for answer, places in zip(part, cells, strict=True)
    )
    return Levels(*parts) if fits and len(classes) == 1 and classes != {None} else None


def _distances_among(answers: list[TensorFacts], count: int) -> list[TensorFacts]:
    """Where there are as many classes as distances: their names tell, or the order of levels, scores first.

    Raises ModelRefused where neither does.
    """
    named = [answer for answer in answers if DISTANCE_WORDS.search(answer.name.lower())]
    scored = [answer for answer in answers if SCORE_WORDS.search(answer.name.lower())]
    if len(named) == count and not any(answer in named for answer in scored):
        return named
    if len(scored) == count and not named:
        return [answer for answer in answers if answer not in scored]
    cells = [answer.dims[1] for answer in answers]
    if cells[:count] == cells[count:] and len(set(cells)) == count:
        return answers[count:]
    raise ModelRefused(
        "ambiguous_outputs",
        "Of a model with 32 classes, scores and distances look alike. Export it with outputs called cls_... and "
        "reg_..., or with all scores before all distances.",
    )


def _spec(
    head: str,
    source: PictureInput,
    size: Size,
    names: tuple[str, ...],
    answers: list[str],
    strides: tuple[int, ...],
) -> ModelSpec:
    check_element(source)
    is_ours = head == NanodetHead.name or answers[0].startswith("cls_pred")
    mean, std = BGR if is_ours else RGB
    return ModelSpec(
        head=head,
        input_size=size,
        class_names=names,
        input_name=source.name,
        output_name=answers[0],
        more_outputs=tuple(answers[1:]),
        channel_order="BGR" if is_ours else "RGB",
        mean=mean,
        std=std,
        resize="stretch",
        strides=strides,
        layout=source.layout,
        element=source.element,
        cell_offset=0.0 if head == NanodetHead.name else 0.5,
    )


def _check_shape(answer: Numbers, promised: tuple[int, ...]) -> None:
    if answer.shape != promised:
        raise ModelRefused(
            "unexpected_output",
            f"The model answered {answer.shape} instead of {promised}. Check its settings.",
        )


def _decoded(scores: Numbers, distances: Numbers, spec: ModelSpec, confidence: float) -> Detections:
    shares = _shares(scores)
    class_ids = shares.argmax(axis=1)
    best = shares[np.arange(len(shares)), class_ids]
    cells = np.flatnonzero(best >= confidence)
    boxes = reached(_expected(distances[cells]), cells, spec.input_size, spec.strides, spec.cell_offset)
    return Detections.of(boxes, best[cells], class_ids[cells]).take(sane(boxes))


def _shares(scores: Numbers) -> Numbers:
    """Some exports leave the sigmoid out."""
    if scores.size and (scores.min() < 0 or scores.max() > 1):
        with np.errstate(over="ignore"):
            return 1 / (1 + np.exp(-scores))
    return scores


def _expected(distances: Numbers) -> Floats:
    """The mean step of each side's distribution."""
    steps = distances.reshape(-1, SIDES, STEPS).astype(np.float64)
    weights = np.exp(steps - steps.max(axis=2, keepdims=True))
    return (weights / weights.sum(axis=2, keepdims=True)) @ np.arange(STEPS)
