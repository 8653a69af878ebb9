"""A network's ONNX file, which is its checkpoint too: the engine runs it, and training goes on from it.

Normalisation stays in the graph as it is, so that every weight is in the file under the network's own name;
the runtime folds it into the convolutions when it loads the file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from inference.engine.class_names import named_classes
from inference.engine.errors import ModelRefused
from inference.engine.graph import facts_of, read_model
from inference.training.graph import graph_of
from inference.training.network import ROW, YoloxNano

OPSET, IR_VERSION = 17, 8
# What a network counts for itself and nobody reads.
COUNTERS = "num_batches_tracked"
PRODUCER = "modelship"


def write_onnx(
    network: YoloxNano,
    path: Path,
    *,
    class_names: Sequence[str],
    input_size: tuple[int, int] = (416, 416),
    card: Mapping[str, str] | None = None,
) -> None:
    """Write the network as ONNX; `input_size` is the usual height and width, any multiples of 32 will do.

    `card` tells people where the model comes from: author, licence, version, description. Raises ValueError
    for class names that are not one per class.
    """
    if len(class_names) != network.classes:
        raise ValueError(
            f"The network has {network.classes} classes, not {len(class_names)}. Name each once."
        )
    model = helper.make_model(
        _graph(network),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name=PRODUCER,
    )
    told = {"names": json.dumps(list(class_names)), "input_size": json.dumps(list(input_size))}
    helper.set_model_props(model, {**(card or {}), **told})
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())


def read_onnx(
    source: Path | str | bytes, *, class_names: Sequence[str] | None = None
) -> tuple[YoloxNano, tuple[str, ...]]:
    """The network in a file that `write_onnx` wrote, exactly, with its class names.

    With other `class_names` the network gets those: rows of classes whose names stay are kept, new ones
    start afresh. Raises ModelRefused for a file that is no such network.
    """
    model = read_model(source)
    names = named_classes(facts_of(model).metadata)
    weights = {
        tensor.name: torch.from_numpy(numpy_helper.to_array(tensor).copy())
        for tensor in model.graph.initializer
    }
    network = YoloxNano(len(names) or 1)
    expected = {name for name in network.state_dict() if not name.endswith(COUNTERS)}
    try:
        network.load_state_dict({name: weights[name] for name in expected}, strict=False)
    except (KeyError, RuntimeError) as error:
        raise ModelRefused(
            "not_trainable", "The model was not trained here. Start from a file that training wrote."
        ) from error
    if class_names is None or tuple(class_names) == names:
        return network.eval(), names
    return with_classes(network, names, class_names).eval(), tuple(class_names)


def with_classes(network: YoloxNano, before: Sequence[str], after: Sequence[str]) -> YoloxNano:
    """A copy for other classes: those whose names stay keep what they learnt, new ones start at the prior."""
    changed = YoloxNano(len(after))
    kept = [(row, before.index(name)) for row, name in enumerate(after) if name in before]
    state = changed.state_dict()
    for name, value in network.state_dict().items():
        if ".classes." not in name:
            state[name].copy_(value)
            continue
        for new, old in kept:
            state[name][new] = value[old]
    return changed


def _graph(network: YoloxNano) -> onnx.GraphProto:
    nodes, weights = graph_of(network)
    pictures = helper.make_tensor_value_info("images", TensorProto.FLOAT, ["batch", 3, "height", "width"])
    rows = helper.make_tensor_value_info(
        "output", TensorProto.FLOAT, ["batch", "anchors", ROW + network.classes]
    )
    return helper.make_graph(nodes, "yolox_nano", [pictures], [rows], weights)
