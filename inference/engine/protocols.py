"""What a model head must be able to do, and the facts it is recognised by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy.typing as npt

from inference.engine.detections import Detections
from inference.engine.spec import ModelSpec

Outputs = list[npt.NDArray[Any]]
# What a graph says of a tensor: a symbolic or missing dimension is None.
Dims = tuple[int | None, ...]
# Values by the name of the graph's input.
Feeds = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class TensorFacts:
    """A graph input or output."""

    name: str
    element: str
    dims: Dims


@dataclass(frozen=True)
class GraphFacts:
    """What inspection tells the heads about a graph, without running it.

    `outputs` are those that hold numbers, `left_out` the others; `last_operator` is the one that makes the first.
    """

    name: str
    inputs: tuple[TensorFacts, ...]
    outputs: tuple[TensorFacts, ...]
    operators: frozenset[str]
    metadata: dict[str, str]
    last_operator: str = ""
    left_out: tuple[TensorFacts, ...] = ()


def is_like(dims: Dims, wanted: Dims) -> bool:
    """Whether the dimensions are these, what is open on either side left aside."""
    return len(dims) == len(wanted) and all(
        side is None or want is None or side == want for side, want in zip(dims, wanted, strict=True)
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
