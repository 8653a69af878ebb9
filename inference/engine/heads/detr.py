"""DETR kin (DEIM, D-FINE, RT-DETR): a fixed number of guesses, each thing guessed once, no suppression.

Two exports are about: with the post-processing inside (`images`, `orig_target_sizes` -> `labels`, `boxes`,
`scores`), and the bare network (`pixel_values` -> `logits`, `pred_boxes`).
"""

from __future__ import annotations

import numpy as np

from inference.engine.class_names import COCO_80, named_classes, names_for
from inference.engine.detections import Detections, Floats
from inference.engine.errors import ModelRefused
from inference.engine.grid import Size, corners, sane
from inference.engine.picture_input import PictureInput, check_element, picture_input
from inference.engine.protocols import Feeds, GraphFacts, Outputs, TensorFacts, is_like
from inference.engine.spec import MAX_CLASSES, MAX_SIDE, ModelSpec

PICTURE, SIZES = "images", "orig_target_sizes"
FINISHED = ("labels", "boxes", "scores")
BARE_PICTURE = "pixel_values"
BARE = ("logits", "pred_boxes")
# The older kin with softmax scores and a class for nothing make 100 guesses; those with sigmoids 300.
BARE_GUESSES = 300
DEFAULT_SIDE = 640


class DetrHead:
    """Transformers that were trained on RGB of 0 to 1, stretched to their input."""

    name = "detr"
    repeats = False

    def recognise(self, facts: GraphFacts) -> ModelSpec | None:
        inputs = {source.name: source for source in facts.inputs}
        outputs = {answer.name: answer for answer in facts.outputs}
        if set(inputs) == {PICTURE, SIZES} and set(outputs) == set(FINISHED):
            return self._finished(inputs, outputs, facts.metadata)
        if set(inputs) == {BARE_PICTURE} and set(BARE) <= set(outputs):
            return self._bare(inputs[BARE_PICTURE], outputs, facts.metadata)
        return None

    def answers(self, spec: ModelSpec) -> tuple[str, ...]:
        return FINISHED if spec.decoded else BARE

    def beside(self, spec: ModelSpec) -> Feeds:
        """The size that boxes are scaled to: that of the input, so that they come back like all others."""
        return {SIZES: np.asarray([spec.input_size], np.int64)} if spec.decoded else {}

    def decode(self, outputs: Outputs, spec: ModelSpec, confidence: float) -> Detections:
        class_ids, boxes, scores = _guesses(outputs, spec)
        sure = scores >= confidence
        class_ids, boxes = class_ids[sure], boxes[sure].astype(np.float64)
        if class_ids.size and not 0 <= class_ids.min() <= class_ids.max() < len(spec.class_names):
            raise ModelRefused(
                "unexpected_output",
                f"The model answered class {class_ids.max()}, but {len(spec.class_names)} names are known. "
                "Give all class names when you install it.",
            )
        return Detections.of(boxes, scores[sure], class_ids).take(sane(boxes))

    def _finished(
        self, inputs: dict[str, TensorFacts], outputs: dict[str, TensorFacts], metadata: dict[str, str]
    ) -> ModelSpec | None:
        source = picture_input(inputs[PICTURE])
        size = _size_of(source)
        shapes = {name: answer.dims for name, answer in outputs.items()}
        fits = (
            size is not None
            and is_like(inputs[SIZES].dims, (1, 2))
            and is_like(shapes["boxes"], (1, None, 4))
            and all(is_like(shapes[name], (1, None)) for name in ("labels", "scores"))
        )
        if not fits or source is None or size is None:
            return None
        if inputs[SIZES].element != "INT64":
            raise ModelRefused(
                "bad_input",
                f"The model takes {inputs[SIZES].element} sizes. Export it with 64-bit integers.",
            )
        names = named_classes(metadata) or COCO_80
        return self._spec(source, size, names, "boxes", decoded=True)

    def _bare(
        self, pixels: TensorFacts, outputs: dict[str, TensorFacts], metadata: dict[str, str]
    ) -> ModelSpec | None:
        source, logits, boxes = picture_input(pixels), outputs["logits"].dims, outputs["pred_boxes"].dims
        size, guesses = _size_of(source), (1, BARE_GUESSES)
        if (
            source is None
            or size is None
            or not (is_like(logits, (*guesses, None)) and is_like(boxes, (*guesses, 4)))
        ):
            return None
        count = len(named_classes(metadata) or COCO_80) if logits[2] is None else logits[2]
        if not 1 <= count <= MAX_CLASSES:
            return None
        return self._spec(source, size, names_for(count, metadata), "logits", decoded=False)

    def _spec(
        self,
        source: PictureInput,
        size: tuple[int, int],
        names: tuple[str, ...],
        output: str,
        *,
        decoded: bool,
    ) -> ModelSpec:
        check_element(source)
        return ModelSpec(
            head=self.name,
            input_size=size,
            class_names=names,
            input_name=source.name,
            output_name=output,
            channel_order="RGB",
            scale=1.0 if source.element == "UINT8" else 1 / 255,
            resize="stretch",
            decoded=decoded,
            layout=source.layout,
            element=source.element,
            tells_classes=not decoded,
        )


def _size_of(source: PictureInput | None) -> Size | None:
    """Width and height; the usual square where the graph leaves them open."""
    if source is None:
        return None
    width, height = source.or_square(DEFAULT_SIDE)
    return (width, height) if 0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE else None


def _guesses(outputs: Outputs, spec: ModelSpec) -> tuple[np.ndarray, Floats, np.ndarray]:
    """Class, corners in pixels of the input, and score of every guess; raises ModelRefused for other shapes."""
    if spec.decoded:
        labels, boxes, scores = outputs
        _check_shapes(labels, (1, None))
        _check_shapes(boxes, (*labels.shape, 4))
        _check_shapes(scores, labels.shape)
        return labels[0].astype(np.int64), boxes[0], scores[0]
    logits, boxes = outputs
    _check_shapes(logits, (1, None, len(spec.class_names)))
    _check_shapes(boxes, (*logits.shape[:2], 4))
    # One box may show several classes; of all pairs the best are kept, as many as there are boxes.
    flat = logits[0].ravel()
    best = np.argsort(-flat, kind="stable")[: logits.shape[1]]
    with np.errstate(over="ignore"):
        scores = 1 / (1 + np.exp(-flat[best]))
    guesses, class_ids = np.divmod(best, logits.shape[2])
    width, height = spec.input_size
    pixels = boxes[0].astype(np.float64) * np.array([width, height, width, height])
    return class_ids, corners(pixels)[guesses], scores


def _check_shapes(answer: np.ndarray, promised: tuple[int | None, ...]) -> None:
    if not is_like(answer.shape, promised):
        raise ModelRefused(
            "unexpected_output",
            f"The model answered {answer.shape} instead of {promised}. Check its settings.",
        )
