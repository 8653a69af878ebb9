"""Inspection: from an unknown file to a ModelSpec, without running anything in it."""

from __future__ import annotations

from pathlib import Path

from inference.engine.errors import ModelRefused
from inference.engine.graph import facts_of, read_model
from inference.engine.heads import FAMILIES
from inference.engine.protocols import GraphFacts, TensorFacts
from inference.engine.spec import ModelSpec


def inspect_model(source: Path | str | bytes) -> ModelSpec:
    """The spec of a model file; raises ModelRefused with a code for whatever this engine does not run."""
    facts = facts_of(read_model(source))
    for family in FAMILIES:
        spec = family.recognise(facts)
        if spec is not None:
            return spec
    raise ModelRefused("unknown_head", _unknown(facts))


def _unknown(facts: GraphFacts) -> str:
    families = ", ".join(family.name for family in FAMILIES)
    inputs, outputs = _shapes(facts.inputs), _shapes(facts.outputs)
    others = f" Outputs of {_elements(facts.left_out)} are left aside." if facts.left_out else ""
    return f"The model maps {inputs} to {outputs}, which no known family does.{others} Supported: {families}."


def _elements(tensors: tuple[TensorFacts, ...]) -> str:
    return " and ".join(sorted({tensor.element for tensor in tensors}))


def _shapes(tensors: tuple[TensorFacts, ...]) -> str:
    shown = [
        "x".join("?" if side is None else str(side) for side in tensor.dims) or "?" for tensor in tensors[:4]
    ]
    return ", ".join(shown + ["..."] * (len(tensors) > 4)) or "nothing"
