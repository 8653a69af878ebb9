"""Tiny ONNX models made on the spot: known boxes where no real weights are at hand."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

STRIDES = (8, 16, 32)

# class number, score, (x1, y1, x2, y2) in pixels of the model's input
KnownBox = tuple[int, float, tuple[float, float, float, float]]
Port = tuple[str, int, list[int | str | None]]
DEFAULT_BOXES: tuple[KnownBox, ...] = ((0, 0.9, (8.0, 16.0, 24.0, 40.0)),)


def tiny_yolox(
    path: Path,
    *,
    boxes: Sequence[KnownBox] = DEFAULT_BOXES,
    classes: Sequence[str] | None = ("thing", "stuff"),
    class_count: int = 2,
    side: int = 64,
) -> Path:
    """A model that answers the same boxes to every picture; two boxes need different grid cells."""
    rows = np.zeros((1, sum((side // stride) ** 2 for stride in STRIDES), 5 + class_count), np.float32)
    for number, score, box in boxes:
        cell, values = _raw_row(box, side)
        rows[0, cell, :4] = values
        rows[0, cell, 4] = score
        rows[0, cell, 5 + number] = 1.0
    nodes = [helper.make_node("Constant", [], ["output"], value=numpy_helper.from_array(rows))]
    return save(path, nodes, [], rows.shape, side=side, classes=classes)


def spot_yolox(path: Path, *, side: int = 64, classes: Sequence[str] | None = ("spot",)) -> Path:
    """A model that sees white squares: each grid cell scores its own brightness and boxes itself."""
    nodes, stored, parts = [], [], []
    for stride in STRIDES:
        cells = (side // stride) ** 2
        mean, flat, grey, score = (f"{name}{stride}" for name in ("mean", "flat", "grey", "score"))
        stored += [
            numpy_helper.from_array(np.array([1, 3, cells], np.int64), f"shape{stride}"),
            numpy_helper.from_array(np.full((1, 2, cells), 0.5, np.float32), f"centre{stride}"),
            numpy_helper.from_array(np.zeros((1, 2, cells), np.float32), f"size{stride}"),
            numpy_helper.from_array(np.ones((1, 1, cells), np.float32), f"class{stride}"),
        ]
        nodes += [
            helper.make_node(
                "AveragePool", ["images"], [mean], kernel_shape=[stride] * 2, strides=[stride] * 2
            ),
            helper.make_node("Reshape", [mean, f"shape{stride}"], [flat]),
            helper.make_node("ReduceMean", [flat], [grey], axes=[1], keepdims=1),
            helper.make_node("Div", [grey, "white"], [score]),
            helper.make_node(
                "Concat",
                [f"centre{stride}", f"size{stride}", score, f"class{stride}"],
                [f"part{stride}"],
                axis=1,
            ),
        ]
        parts.append(f"part{stride}")
    stored.append(numpy_helper.from_array(np.array(255.0, np.float32), "white"))
    nodes.append(helper.make_node("Concat", parts, ["all"], axis=2))
    nodes.append(helper.make_node("Transpose", ["all"], ["output"], perm=[0, 2, 1]))
    rows = sum((side // stride) ** 2 for stride in STRIDES)
    return save(path, nodes, stored, (1, rows, 6), side=side, classes=classes)


def slow_yolox(path: Path, *, turns: int) -> Path:
    """A model that sees nothing, and adds the picture to itself so often before it says so: about 10 us each."""
    rows = np.zeros((1, sum((64 // stride) ** 2 for stride in STRIDES), 6), np.float32)
    turn = helper.make_graph(
        [
            helper.make_node("Add", ["before", "images"], ["after"]),
            helper.make_node("Identity", ["on"], ["still"]),
        ],
        "turn",
        [
            helper.make_tensor_value_info("number", TensorProto.INT64, []),
            helper.make_tensor_value_info("on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("before", TensorProto.FLOAT, [1, 3, 64, 64]),
        ],
        [
            helper.make_tensor_value_info("still", TensorProto.BOOL, []),
            helper.make_tensor_value_info("after", TensorProto.FLOAT, [1, 3, 64, 64]),
        ],
    )
    stored = [
        numpy_helper.from_array(np.array(turns, np.int64), "turns"),
        numpy_helper.from_array(np.array(True), "yes"),
        numpy_helper.from_array(rows, "rows"),
        numpy_helper.from_array(np.array(0, np.float32), "zero"),
    ]
    nodes = [
        helper.make_node("Loop", ["turns", "yes", "images"], ["sum"], body=turn),
        helper.make_node("ReduceMean", ["sum"], ["mean"], axes=[0, 1, 2, 3], keepdims=0),
        helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
        helper.make_node("Add", ["rows", "nothing"], ["output"]),
    ]
    return save(path, nodes, stored, rows.shape, classes=["nothing"])


def noisy_yolox(path: Path) -> Path:
    """A model that sees a small thing in each of 1,344 cells of its 256 x 256 input."""
    rows = np.tile(np.array([0.5, 0.5, -1, -1, 1, 1], np.float32), (1, 1344, 1))
    nodes = [helper.make_node("Constant", [], ["output"], value=numpy_helper.from_array(rows))]
    return save(path, nodes, [], rows.shape, side=256, classes=["noise"])


def tiny_embedder(path: Path, *, side: int = 112, length: int = 128, value: float = 1.0) -> Path:
    """A model that answers the same vector to every face."""
    vector = numpy_helper.from_array(np.full((1, length), value, np.float32))
    return write(
        path,
        [helper.make_node("Constant", [], ["vector"], value=vector)],
        inputs=[("input0", TensorProto.FLOAT, [1, 3, side, side])],
        outputs=[("vector", TensorProto.FLOAT, [1, length])],
    )


def tiny_classifier(path: Path, *, side: int = 32, classes: Sequence[str] = ("dark", "bright")) -> Path:
    """A model that says how bright a picture is: of its mean, normalised as ImageNet's, it makes two raw scores."""
    nodes = [
        helper.make_node("ReduceMean", ["images"], ["mean"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("Reshape", ["mean", "shape"], ["bright"]),
        helper.make_node("Neg", ["bright"], ["dark"]),
        helper.make_node("Concat", ["dark", "bright"], ["output"], axis=1),
    ]
    stored = [numpy_helper.from_array(np.array([1, 1], np.int64), "shape")]
    return save(path, nodes, stored, (1, 2), side=side, classes=classes)


def tiny_detr(
    path: Path, guesses: Sequence[KnownBox], *, side: int = 64, classes: Sequence[str] | None = None
) -> Path:
    """A model with the post-processing inside: the same guesses to every picture, scaled to the size it is told."""
    boxes = np.array([[box for _, _, box in guesses]], np.float32) / side
    stored = [
        numpy_helper.from_array(boxes, "shares"),
        numpy_helper.from_array(np.array([1, 2], np.int64), "twice"),
        numpy_helper.from_array(np.array([1, 1, 4], np.int64), "row"),
    ]
    numbers = np.array([[number for number, _, _ in guesses]], np.int64)
    scores = np.array([[score for _, score, _ in guesses]], np.float32)
    nodes = [
        helper.make_node("Constant", [], ["labels"], value=numpy_helper.from_array(numbers)),
        helper.make_node("Constant", [], ["scores"], value=numpy_helper.from_array(scores)),
        helper.make_node("Cast", ["orig_target_sizes"], ["sizes"], to=TensorProto.FLOAT),
        helper.make_node("Tile", ["sizes", "twice"], ["corners"]),
        helper.make_node("Reshape", ["corners", "row"], ["scale"]),
        helper.make_node("Mul", ["shares", "scale"], ["boxes"]),
    ]
    return write(
        path,
        nodes,
        stored,
        inputs=[
            ("images", TensorProto.FLOAT, ["N", 3, side, side]),
            ("orig_target_sizes", TensorProto.INT64, ["N", 2]),
        ],
        outputs=[
            ("labels", TensorProto.INT64, ["N", "Q"]),
            ("boxes", TensorProto.FLOAT, ["N", "Q", 4]),
            ("scores", TensorProto.FLOAT, ["N", "Q"]),
        ],
        classes=classes,
    )


def save(
    path: Path,
    nodes: list[onnx.NodeProto],
    stored: list[onnx.TensorProto],
    output: Sequence[int | str | None],
    *,
    side: int | str = 64,
    classes: Sequence[str] | None = None,
) -> Path:
    """Write a graph from `images` to `output`."""
    return write(
        path,
        nodes,
        stored,
        inputs=[("images", TensorProto.FLOAT, [1, 3, side, side])],
        outputs=[("output", TensorProto.FLOAT, list(output))],
        classes=classes,
    )


def write(
    path: Path,
    nodes: list[onnx.NodeProto],
    stored: Sequence[onnx.TensorProto] = (),
    *,
    inputs: Sequence[Port],
    outputs: Sequence[Port],
    classes: Sequence[str] | None = None,
) -> Path:
    """Write a graph whose inputs and outputs are name, element and dimensions."""
    ports = [[helper.make_tensor_value_info(*port) for port in side] for side in (inputs, outputs)]
    graph = helper.make_graph(nodes, "tiny", *ports, list(stored))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=8)
    if classes is not None:
        helper.set_model_props(model, {"names": str(dict(enumerate(classes)))})
    onnx.save_model(model, path)
    return path


def _raw_row(box: tuple[float, float, float, float], side: int) -> tuple[int, list[float]]:
    """The stride-8 cell below the box's centre and what the head must say there."""
    x, y = (box[0] + box[2]) / 2 / 8, (box[1] + box[3]) / 2 / 8
    column, row = int(x), int(y)
    size = [float(np.log((box[2] - box[0]) / 8)), float(np.log((box[3] - box[1]) / 8))]
    return row * (side // 8) + column, [x - column, y - row, *size]
