"""What a model head must be able to do, and the facts it is recognised by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy.typing as npt

from inference.engine.detections import Detections
from inference.engine.errors import ModelRefused
from inference.engine.spec import ModelSpec

Outputs = list[npt.NDArray[Any]]
# Values by the name of the graph's input.
Feeds = Mapping[str, npt.NDArray[Any]]


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


def check_floats(source: TensorFacts) -> None:
    """Raises ModelRefused for a picture input of another element than 32-bit floats."""
    if source.element != "FLOAT":
        raise ModelRefused(
            "bad_input", f"The model takes {source.element} pixels. Export it with 32-bit floats."
        )


class Family(Protocol):
    """A kind of model that inspection knows."""

    name: str

    def recognise(self, facts: GraphFacts) -> ModelSpec | None:
        """A complete spec, or None when the graph is of another family.

        Raises ModelRefused where the family is clear and the model still cannot run.
        """
        ...

    def answers(self, spec: ModelSpec) -> tuple[str, ...]:
        """The outputs to ask for, in the order in which they are decoded."""
        ...

    def beside(self, spec: ModelSpec) -> Feeds:
        """What the graph wants to be fed beside the picture: the same for every picture."""
        ...


class Head(Family, Protocol):
    """A family of detectors. `repeats` says that it shows one thing by several boxes, to be suppressed."""

    repeats: bool

    def decode(self, outputs: Outputs, spec: ModelSpec, confidence: float) -> Detections:
        """Boxes in pixels of the model's input with score >= confidence, before suppression.

        Raises ModelRefused when the outputs do not have the shape that the spec promises.
        """
        ...
