"""Classifiers: one number for each class, about the picture as a whole."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from inference.engine.class_names import told_names
from inference.engine.errors import ModelRefused
from inference.engine.picture_input import check_element, the_only, told_size
from inference.engine.protocols import Feeds, GraphFacts, Outputs
from inference.engine.spec import CLASSIFY, MAX_CLASSES, MAX_SIDE, ModelSpec

DEFAULT_SIDE = 224
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
# Its exporter's models take 0 to 1 as it is.
PLAIN = ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))


class Classifier:
    """RGB, cut to the input's shape from the middle; one class is the answer."""

    name = "classifier"

    def recognise(self, facts: GraphFacts) -> ModelSpec | None:
        source = the_only(facts)
        if source is None or len(facts.outputs) != 1:
            return None
        answer = facts.outputs[0]
        size = source.size or told_size(facts.metadata) or source.or_square(DEFAULT_SIDE)
        if len(answer.dims) != 2 or answer.dims[0] not in (None, 1) or max(size) > MAX_SIDE or min(size) < 1:
            return None
        count = answer.dims[1]
        if count is None or not 2 <= count <= MAX_CLASSES:
            return None
        check_element(source)
        is_bytes = source.element == "UINT8"
        mean, std = PLAIN if is_bytes or facts.metadata.get("task") == "classify" else IMAGENET
        return ModelSpec(
            head=self.name,
            input_size=size,
            class_names=told_names(count, facts.metadata),
            input_name=source.name,
            output_name=answer.name,
            channel_order="RGB",
            scale=1.0 if is_bytes else 1 / 255,
            mean=mean,
            std=std,
            resize="center_crop",
            decoded=facts.last_operator in ("Softmax", "Sigmoid"),
            task=CLASSIFY,
            layout=source.layout,
            element=source.element,
        )

    def answers(self, spec: ModelSpec) -> tuple[str, ...]:
        return (spec.output_name,)

    def beside(self, spec: ModelSpec) -> Feeds:
        return {}

    def shares(self, outputs: Outputs, spec: ModelSpec) -> npt.NDArray[np.float64]:
        """How sure the model is of each class; together they are 1. Raises ModelRefused for another answer."""
        answer = outputs[0]
        if answer.shape != (1, len(spec.class_names)) or not np.isfinite(answer).all():
            raise ModelRefused(
                "unexpected_output",
                f"The model answered {answer.shape} or no numbers, not {len(spec.class_names)} scores. Check its settings.",
            )
        values = answer[0].astype(np.float64)
        if spec.decoded:
            return np.clip(values, 0, 1)
        weights = np.exp(values - values.max())
        return weights / weights.sum()
