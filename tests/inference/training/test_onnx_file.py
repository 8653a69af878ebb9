"""The file is the checkpoint: read back exactly, run by the engine, changed to other classes."""

import pytest

torch = pytest.importorskip("torch", reason="needs PyTorch (requirements/train)")

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

from inference.engine.detector import open_detector
from inference.engine.errors import ModelRefused
from inference.engine.heads.yolox import YoloxHead
from inference.engine.inspection import inspect_model
from inference.engine.letterbox import to_tensor
from inference.engine.suppression import suppress
from inference.training.network import YoloxNano
from inference.training.onnx_file import read_onnx, write_onnx
from tests.inference.models import tiny_yolox
from tests.inference.training.rectangles import NAMES, Rectangles

pytestmark = [pytest.mark.slow, pytest.mark.train]


@pytest.fixture
def network() -> YoloxNano:
    """Not trained, but with statistics of its own, and sure enough of something to be heard."""
    torch.manual_seed(1)
    network = YoloxNano(3).train()
    with torch.no_grad():
        for _ in range(3):
            network(torch.rand(2, 3, 96, 96) * 255)
        for head in network.heads:
            for part in (head.box, head.objectness, head.classes):
                part.weight.normal_(std=0.5)
    return network.eval()


@pytest.fixture
def path(network: YoloxNano, tmp_path: Path) -> Path:
    write_onnx(network, tmp_path / "net.onnx", class_names=NAMES, card={"author": "Alice"})
    return tmp_path / "net.onnx"


def answers(path: Path, pictures: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(["output"], {"images": pictures})[0]


@pytest.mark.parametrize(("count", "height", "width"), [(1, 416, 416), (2, 96, 160)])
def test_the_file_answers_as_the_network_does(path, network, count: int, height: int, width: int):
    pictures = np.random.default_rng(0).uniform(0, 255, (count, 3, height, width)).astype(np.float32)

    with torch.no_grad():
        expected = network(torch.from_numpy(pictures)).numpy()

    assert answers(path, pictures) == pytest.approx(expected, rel=1e-4, abs=1e-4)


def test_what_was_written_is_read_back_exactly(path, network):
    again, names = read_onnx(path)

    assert names == NAMES
    for name, value in network.state_dict().items():
        if not name.endswith("num_batches_tracked"):
            assert torch.equal(again.state_dict()[name], value), name


def test_the_engine_knows_the_file(path):
    spec = inspect_model(path)

    assert (spec.head, spec.input_size, spec.class_names, spec.decoded) == ("yolox", (416, 416), NAMES, False)
    assert {entry.key: entry.value for entry in onnx.load(path).metadata_props}["author"] == "Alice"
    assert path.stat().st_size < 4_000_000


def test_the_size_is_told_as_height_and_width(network, tmp_path):
    write_onnx(network, tmp_path / "wide.onnx", class_names=NAMES, input_size=(96, 160))

    assert inspect_model(tmp_path / "wide.onnx").input_size == (160, 96)


def test_the_engine_finds_what_the_plain_runtime_finds(path):
    picture = Rectangles(1).picture(0)[0]
    spec = inspect_model(path)
    tensor, placement = to_tensor(picture, spec)
    rows = answers(path, tensor)
    scores = rows[0, :, 4] * rows[0, :, 5:].max(axis=1)
    confidence = float(np.sort(scores)[-50])
    boxes = _decoded_by_hand(rows[0], 416)[scores >= confidence]
    plain = suppress(YoloxHead().decode([rows], spec, confidence), 0.45)

    with open_detector(path, spec) as detector:
        found = detector.detect(picture, confidence=confidence, iou=0.45)

    for box in plain.boxes:
        assert np.abs(boxes - box).max(axis=1).min() < 1e-2
    whole = replace(plain, boxes=placement.undo(plain.boxes)).clipped(320, 240)
    assert len(found) == len(whole) > 0
    assert found.scores == pytest.approx(whole.scores, abs=1e-5)
    assert found.boxes == pytest.approx(whole.boxes, abs=1e-2)
    assert found.class_ids.tolist() == whole.class_ids.tolist()


def _decoded_by_hand(rows: np.ndarray, side: int) -> np.ndarray:
    boxes, row = [], iter(rows)
    for stride in (8, 16, 32):
        for y in range(side // stride):
            for x in range(side // stride):
                tx, ty, tw, th = next(row)[:4].astype(float)
                middle = np.array([(tx + x) * stride, (ty + y) * stride])
                half = np.exp([tw, th]) * stride / 2
                boxes.append([*(middle - half), *(middle + half)])
    return np.array(boxes)


def test_classes_whose_names_stay_keep_what_they_learnt(path, network):
    changed, names = read_onnx(path, class_names=["blue", "ship", "red"])

    assert names == ("blue", "ship", "red")
    for old, new in zip(network.heads, changed.heads, strict=True):
        assert torch.equal(new.classes.weight[0], old.classes.weight[2])
        assert torch.equal(new.classes.weight[2], old.classes.weight[0])
        assert torch.equal(new.classes.bias[0], old.classes.bias[2])
        assert new.classes.bias[1].item() == pytest.approx(np.log(0.01 / 0.99))
    assert torch.equal(changed.backbone.stem.conv.weight, network.backbone.stem.conv.weight)


def test_names_must_be_one_per_class(network, tmp_path):
    with pytest.raises(ValueError, match="3 classes, not 2"):
        write_onnx(network, tmp_path / "net.onnx", class_names=["red", "green"])

    assert not (tmp_path / "net.onnx").exists()


def test_a_model_that_was_not_trained_here_is_refused(tmp_path):
    with pytest.raises(ModelRefused) as refusal:
        read_onnx(tiny_yolox(tmp_path / "tiny.onnx"))

    assert refusal.value.code == "not_trainable"
