"""Reading an ONNX graph without running it, and what a graph must not contain.

A model is somebody else's program. Tensors that live outside the file would let it read files of this
machine, operators from outside the standard need code that we do not have, and a file of a hundred bytes
can ask for more memory than there is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import onnx
import onnx.numpy_helper
from google.protobuf.message import DecodeError, Message

from inference.engine.errors import ModelRefused
from inference.engine.protocols import GraphFacts, TensorFacts

MAX_FILE = 2**31 - 1
MAX_ELEMENTS = 2**28
# What training writes into its files as their producer.
OUR_PRODUCER = "modelship"
STANDARD_DOMAINS = frozenset({"", "ai.onnx", "ai.onnx.ml"})
# Outputs that hold no boxes, scores or classes: masks of what is valid, names.
NO_NUMBERS = frozenset({"BOOL", "STRING", "UNDEFINED"})
# What leaves values as they are.
HANDS_ON = frozenset({"Identity", "Cast", "Squeeze", "Reshape", "Flatten"})
# Operators that make a tensor as large as a number says, and which of their inputs says it.
SIZED_BY_INPUT = {"ConstantOfShape": 0, "Expand": 1, "Tile": 1}


def read_model(source: Path | str | bytes) -> onnx.ModelProto:
    """The model in a file or in its bytes, cleared of what ONNX does not define.

    Raises ModelRefused for anything that is not ONNX, not self-contained, not standard or too large.
    """
    content = source if isinstance(source, bytes) else _file_bytes(Path(source))
    if not content:
        raise ModelRefused("empty", "The file is empty. Export the model again.")
    try:
        model = onnx.load_model_from_string(content)
    except (DecodeError, ValueError, RecursionError) as error:
        raise ModelRefused(
            "not_onnx", "The file is not an ONNX model. Export the model to ONNX first."
        ) from error
    # What our reader does not know, a newer reader behind us could follow: it leaves here.
    model.DiscardUnknownFields()
    if not model.graph.node or not model.opset_import:
        raise ModelRefused("not_onnx", "The file is not an ONNX model. Export the model to ONNX first.")
    _refuse_unsafe(model)
    return model


def facts_of(model: onnx.ModelProto) -> GraphFacts:
    """What the heads need to know: inputs that are fed, outputs, operators, metadata."""
    graph = model.graph
    stored = {tensor.name for tensor in graph.initializer}
    outputs = tuple(_tensor_facts(value) for value in graph.output)
    numbers = tuple(output for output in outputs if output.element not in NO_NUMBERS)
    return GraphFacts(
        name=graph.name,
        inputs=tuple(_tensor_facts(value) for value in graph.input if value.name not in stored),
        outputs=numbers,
        left_out=tuple(output for output in outputs if output not in numbers),
        operators=frozenset(part.op_type for part in _parts(model) if isinstance(part, onnx.NodeProto)),
        metadata={entry.key: entry.value for entry in model.metadata_props},
        last_operator=_maker_of(graph, numbers[0].name if numbers else ""),
    )


def _maker_of(graph: onnx.GraphProto, name: str) -> str:
    """The operator that makes the output of that name; what only hands it on does not count."""
    makers = {output: node for node in graph.node for output in node.output}
    for _ in graph.node:
        node = makers.get(name)
        if node is None or node.op_type not in HANDS_ON:
            return node.op_type if node else ""
        name = node.input[0] if node.input else ""
    return ""


def is_ours(model: onnx.ModelProto) -> bool:
    """Whether the file says that our training wrote it; what training reads it has the last word."""
    return model.producer_name == OUR_PRODUCER


def _file_bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_FILE:
            raise ModelRefused("too_large", "The model is larger than 2 GB. Choose a smaller one.")
        return path.read_bytes()
    except OSError as error:
        raise ModelRefused("unreadable", "The model file cannot be read. Install the model again.") from error


def _refuse_unsafe(model: onnx.ModelProto) -> None:
    domains = STANDARD_DOMAINS | {function.domain for function in model.functions}
    for part in _parts(model):
        if isinstance(part, onnx.TensorProto):
            _check_tensor(part)
        elif isinstance(part, onnx.NodeProto):
            _check_node(part, domains)
        elif isinstance(part, onnx.TensorShapeProto):
            # Some exporters write -1 for a side that is open.
            _check_elements([side for side in map(_side, part.dim) if side is not None])
    _refuse_huge_results(model)


def _parts(message: Message) -> Iterator[Message]:
    """Every message below this one, however deep: subgraphs, functions, attributes, training, sparse tensors."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        yield part
        for field, value in part.ListFields():
            if field.message_type is not None:
                waiting.extend([value] if isinstance(value, Message) else list(value))


def _check_tensor(tensor: onnx.TensorProto) -> None:
    if tensor.external_data or tensor.data_location == onnx.TensorProto.EXTERNAL:
        raise ModelRefused(
            "external_data", "The model keeps weights in other files. Export it as one self-contained file."
        )
    elements = _check_elements(list(tensor.dims))
    if tensor.HasField("raw_data") and elements and not tensor.raw_data:
        raise ModelRefused("not_onnx", f"The weights {tensor.name!r} are missing. Export the model again.")


def _check_node(node: onnx.NodeProto, domains: frozenset[str]) -> None:
    if node.domain not in domains:
        raise ModelRefused(
            "custom_ops",
            f"The model needs the operator {node.op_type!r} of {node.domain!r}. Export it with standard operators.",
        )
    for attribute in node.attribute:
        if attribute.name == "shape":
            # -1 is what is left over.
            _check_elements([side for side in attribute.ints if side != -1])


def _refuse_huge_results(model: onnx.ModelProto) -> None:
    nodes = [part for part in _parts(model) if isinstance(part, onnx.NodeProto)]
    constants = {tensor.name: tensor for tensor in _parts(model) if isinstance(tensor, onnx.TensorProto)}
    constants |= {
        node.output[0]: node.attribute[0].t for node in nodes if node.op_type == "Constant" and node.attribute
    }
    for node in nodes:
        position = SIZED_BY_INPUT.get(node.op_type)
        if position is not None and position < len(node.input) and node.input[position] in constants:
            _check_elements(_numbers(constants[node.input[position]]))


def _numbers(tensor: onnx.TensorProto) -> list[int]:
    try:
        return [int(value) for value in onnx.numpy_helper.to_array(tensor).ravel()]
    except (ValueError, TypeError, OverflowError) as error:
        raise ModelRefused(
            "not_onnx", f"The weights {tensor.name!r} are damaged. Export the model again."
        ) from error


def _check_elements(dims: list[int]) -> int:
    elements = math.prod(dims)
    if any(dim < 0 for dim in dims) or elements > MAX_ELEMENTS:
        raise ModelRefused(
            "too_large", "The model asks for a tensor that is too large. Choose a smaller one."
        )
    return elements


def _tensor_facts(value: onnx.ValueInfoProto) -> TensorFacts:
    tensor = value.type.tensor_type
    dims = tuple(map(_side, tensor.shape.dim))
    return TensorFacts(value.name, onnx.TensorProto.DataType.Name(tensor.elem_type), dims)


def _side(dim: onnx.TensorShapeProto.Dimension) -> int | None:
    """A side that is open is None, however the exporter writes it."""
    return dim.dim_value if dim.WhichOneof("value") == "dim_value" and dim.dim_value >= 0 else None
