"""Inspection: what a model file tells, and what makes us refuse it without running it."""

import pickle
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from inference.engine.detector import open_detector
from inference.engine.errors import ModelRefused
from inference.engine.inspection import inspect_model
from inference.engine.spec import ModelSpec
from tests.data import shared_data
from tests.inference.models import save, spot_yolox, tiny_yolox

ROWS = 84


def refused(source: Path | bytes) -> ModelRefused:
    with pytest.raises(ModelRefused) as refusal:
        inspect_model(source)
    return refusal.value


def external(name: str, dims: tuple[int, ...] = (1, ROWS, 7)) -> TensorProto:
    tensor = TensorProto(
        name=name, dims=dims, data_type=TensorProto.FLOAT, data_location=TensorProto.EXTERNAL
    )
    tensor.external_data.add(key="location", value="secret.env")
    return tensor


def identity(output: str = "output") -> onnx.NodeProto:
    return helper.make_node("Identity", ["weights"], [output])


def test_yolox_nano_is_recognised():
    spec = inspect_model(shared_data("models/yolox_nano.onnx"))

    assert (spec.head, spec.input_size, spec.channel_order, spec.pad_value) == (
        "yolox",
        (416, 416),
        "BGR",
        114,
    )
    assert (spec.decoded, spec.scale, spec.resize) == (False, 1.0, "letterbox_top_left")
    assert (spec.input_name, spec.output_name) == ("images", "output")
    assert spec.class_names[:3] == ("person", "bicycle", "car")


@pytest.mark.parametrize(
    ("name", "head", "size", "classes", "order"),
    [
        ("deimv2_hgnetv2_femto_coco.onnx", "detr", (416, 416), 80, "RGB"),
        ("yunet_n_dynamic.onnx", "yunet", (640, 640), 1, "BGR"),
        ("yunet_n_320_320.onnx", "yunet", (320, 320), 1, "BGR"),
        ("MobileFaceNet.onnx", "face_embedding", (112, 112), 0, "RGB"),
    ],
)
def test_other_real_models_are_recognised(name: str, head: str, size: tuple, classes: int, order: str):
    spec = inspect_model(shared_data("models") / name)

    assert (spec.head, spec.input_size, len(spec.class_names)) == (head, size, classes)
    assert spec.channel_order == order
    assert spec.task == ("detect" if classes else "embed")


def test_a_model_of_no_family_is_refused_with_its_shapes(tmp_path: Path):
    node = helper.make_node("Relu", ["images"], ["output"])

    refusal = refused(save(tmp_path / "a.onnx", [node], [], (1, 3, 64, 64)))

    assert refusal.code == "unknown_head"
    assert refusal.detail == (
        "The model maps 1x3x64x64 to 1x3x64x64, which no known family does. "
        "Supported: detr, yunet, picodet, nanodet, yolov5, yolov8, yolov10, yolox, face_embedding, classifier."
    )


def test_metadata_names_the_classes(tmp_path: Path):
    spec = inspect_model(tiny_yolox(tmp_path / "tiny.onnx", classes=("boat", "crane")))

    assert spec.class_names == ("boat", "crane")
    assert spec.input_size == (64, 64)


def test_bytes_and_paths_give_the_same_spec(tmp_path: Path):
    path = spot_yolox(tmp_path / "spot.onnx")

    assert inspect_model(path.read_bytes()) == inspect_model(path) == inspect_model(str(path))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"not a model at all", "not_onnx"),
        (b"\x08\x07", "not_onnx"),
        (bytes(range(256)) * 50, "not_onnx"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 500, "not_onnx"),
    ],
)
def test_what_is_no_model_is_refused(content: bytes, code: str):
    assert refused(content).code == code


def test_a_missing_file_is_refused(tmp_path: Path):
    assert refused(tmp_path / "absent.onnx").code == "unreadable"


def test_a_truncated_model_is_refused(tmp_path: Path):
    content = tiny_yolox(tmp_path / "tiny.onnx").read_bytes()

    assert refused(content[: len(content) // 2]).code == "not_onnx"


def external_initializer() -> onnx.GraphProto:
    return helper.make_graph([identity()], "g", [], [], [external("weights")])


def external_attribute() -> onnx.GraphProto:
    return helper.make_graph([helper.make_node("Constant", [], ["output"], value=external("v"))], "g", [], [])


def external_sparse() -> onnx.GraphProto:
    graph = helper.make_graph([identity()], "g", [], [])
    graph.sparse_initializer.add(values=external("weights", (3,)), dims=[9])
    return graph


def external_in_a_subgraph() -> onnx.GraphProto:
    branch = helper.make_graph([identity("inner")], "b", [], [], [external("weights")])
    node = helper.make_node("If", ["condition"], ["output"], then_branch=branch, else_branch=branch)
    return helper.make_graph([node], "g", [], [])


@pytest.mark.parametrize(
    "build", [external_initializer, external_attribute, external_sparse, external_in_a_subgraph]
)
def test_data_outside_the_file_is_refused_wherever_it_hides(tmp_path: Path, monkeypatch, build):
    (tmp_path / "secret.env").write_bytes(b"KEY=1" * ROWS * 7)
    monkeypatch.chdir(tmp_path)
    content = helper.make_model(build()).SerializeToString()

    assert refused(content).code == "external_data"
    with pytest.raises(ModelRefused, match="external_data"):
        open_detector(content, ModelSpec("yolox", (64, 64), ("a", "b"), "images", "output"))


def test_data_outside_the_file_is_refused_in_functions_and_training(tmp_path: Path):
    in_function = onnx.load_model(tiny_yolox(tmp_path / "tiny.onnx"))
    body = helper.make_node("Constant", [], ["y"], value=external("v"))
    in_function.functions.append(
        helper.make_function("mine", "Leak", [], ["y"], [body], [helper.make_opsetid("", 11)])
    )
    in_training = onnx.load_model(tmp_path / "tiny.onnx")
    in_training.training_info.add(algorithm=external_initializer())

    assert refused(in_function.SerializeToString()).code == "external_data"
    assert refused(in_training.SerializeToString()).code == "external_data"


def test_operators_from_elsewhere_are_refused(tmp_path: Path):
    model = onnx.load_model(tiny_yolox(tmp_path / "tiny.onnx"))
    model.graph.node[0].domain = "com.example"

    assert refused(model.SerializeToString()).code == "custom_ops"


def test_a_huge_constant_is_refused(tmp_path: Path):
    shape = numpy_helper.from_array(np.array([100_000, 100_000], np.int64), "shape")
    node = helper.make_node("ConstantOfShape", ["shape"], ["output"])

    assert refused(save(tmp_path / "a.onnx", [node], [shape], (1, ROWS, 7))).code == "too_large"


def test_a_huge_constant_from_a_node_or_an_attribute_is_refused(tmp_path: Path):
    shape = numpy_helper.from_array(np.array([2**40], np.int64), "")
    nodes = [
        helper.make_node("Constant", [], ["shape"], value=shape),
        helper.make_node("ConstantOfShape", ["shape"], ["output"]),
    ]
    random = [helper.make_node("RandomNormal", [], ["output"], shape=[2**20, 2**20])]

    assert refused(save(tmp_path / "a.onnx", nodes, [], (1, ROWS, 7))).code == "too_large"
    assert refused(save(tmp_path / "b.onnx", random, [], (1, ROWS, 7))).code == "too_large"


@pytest.mark.parametrize("dims", [(2**20, 2**20), (-4, 7)])
def test_a_tensor_that_claims_impossible_dimensions_is_refused(tmp_path: Path, dims: tuple[int, ...]):
    claim = TensorProto(name="weights", dims=dims, data_type=TensorProto.FLOAT, raw_data=b"1234")

    assert refused(save(tmp_path / "a.onnx", [identity()], [claim], (1, ROWS, 7))).code == "too_large"


def test_a_refusal_survives_pickling():
    refusal = ModelRefused("empty", "The file is empty. Export the model again.")

    again = pickle.loads(pickle.dumps(refusal))

    assert (type(again), again.code, again.detail) == (ModelRefused, refusal.code, refusal.detail)


def with_a_mask(path: Path, *, alone: bool) -> Path:
    """The tiny model with an output of BOOL before its own, or in its place."""
    model = onnx.load(tiny_yolox(path))
    zero = helper.make_node("Constant", [], ["zero"], value=numpy_helper.from_array(np.array(0, np.float32)))
    model.graph.node.extend([zero, helper.make_node("Greater", ["output", "zero"], ["valid"])])
    mask = helper.make_tensor_value_info("valid", TensorProto.BOOL, [1, 84, 7])
    outputs = [mask] if alone else [mask, *model.graph.output]
    del model.graph.output[:]
    model.graph.output.extend(outputs)
    onnx.save(model, path)
    return path


def test_an_output_of_yes_and_no_is_left_aside(tmp_path: Path):
    path = with_a_mask(tmp_path / "m.onnx", alone=False)

    spec = inspect_model(path)

    assert (spec.head, spec.output_name) == ("yolox", "output")
    with open_detector(path, spec) as detector:
        [box] = detector.detect(np.zeros((64, 64, 3), np.uint8)).boxes.tolist()
    assert box == pytest.approx([8, 16, 24, 40])


def test_a_model_that_only_answers_yes_and_no_is_refused_in_words(tmp_path: Path):
    with pytest.raises(ModelRefused, match=r"to nothing, .* Outputs of BOOL are left aside") as refusal:
        inspect_model(with_a_mask(tmp_path / "m.onnx", alone=True))

    assert refusal.value.code == "unknown_head"
