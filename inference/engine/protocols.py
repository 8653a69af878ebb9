"""What a model head must be able to do, and the facts it is recognised by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from inference.engine.detections import Detections
from inference.engine.spec import ModelSpec

Outputs = list[npt.NDArray[np.float32]]


@dataclass(frozen=True)
class TensorFacts:
    """A graph input or output: a symbolic or missing dimension is None."""

    name: str
    element: str
    dims: tuple[int | None, ...]


@dataclass(frozen=True)
class GraphFacts:
    """What inspection tells the heads about a graph, without running it."""

    name: str
    inputs: tuple[TensorFacts, ...]
    outputs: tuple[TensorFacts, ...]
    operators: frozenset[str]
    metadata: dict[str, str]


class Head(Protocol):
    """One family of detectors."""

    name: str

    def recognise(self, facts: GraphFacts) -> ModelSpec | None:
        """A complete spec, or None when the graph is of another family.

        Raises ModelRefused where the family is clear and the model still cannot run.
        """
        ...

    def decode(self, outputs: Outputs, spec: ModelSpec, confidence: float) -> Detections:
        """Boxes in pixels of the model's input with score >= confidence, before suppression.

        Raises ModelRefused when the outputs do not have the shape that the spec promises.
        """
        ...
