"""Embedders: recognised narrowly, run once, and never taken for detectors."""

import numpy as np
import pytest

from inference.engine import child
from inference.engine.detector import open_detector
from inference.engine.embedder import open_embedder
from inference.engine.errors import ModelRefused
from inference.engine.inspection import inspect_model
from tests.data import shared_data
from tests.inference.models import tiny_detr, tiny_embedder, tiny_yolox


def test_a_face_becomes_a_vector(tmp_path):
    path = tiny_embedder(tmp_path / "faces.onnx", length=64, value=0.5)

    vector = open_embedder(path, inspect_model(path)).embed(np.zeros((150, 90, 3), np.uint8))

    assert vector.tolist() == [0.5] * 64


@pytest.mark.parametrize("shape", [{"side": 128}, {"length": 63}, {"length": 1025}])
def test_what_is_only_near_to_one_is_taken_for_a_classifier(tmp_path, shape):
    spec = inspect_model(tiny_embedder(tmp_path / "a.onnx", **shape))

    assert (spec.head, spec.task) == ("classifier", "classify")


def test_trying_one_checks_that_it_answers_finite_numbers(tmp_path):
    good, bad = (str(tiny_embedder(tmp_path / f"{value}.onnx", value=value)) for value in (1.0, float("nan")))

    assert child.try_model(good, child.inspect_file(good)) == {"length": 128}
    with pytest.raises(ModelRefused) as refusal:
        child.try_model(bad, child.inspect_file(bad))
    assert refusal.value.code == "unexpected_output"


def test_a_detector_and_an_embedder_are_not_opened_as_each_other(tmp_path):
    faces, things = tiny_embedder(tmp_path / "faces.onnx"), tiny_yolox(tmp_path / "tiny.onnx")

    with pytest.raises(ModelRefused):
        open_detector(faces, inspect_model(faces))
    with pytest.raises(ModelRefused):
        open_embedder(things, inspect_model(things))


def test_a_model_that_wants_more_than_it_is_fed_is_refused_when_it_is_opened(tmp_path):
    path = tiny_detr(tmp_path / "detr.onnx", [(0, 0.9, (0, 0, 8, 8))])
    things = tiny_yolox(tmp_path / "tiny.onnx")

    with pytest.raises(ModelRefused) as refusal:
        open_detector(path, inspect_model(things))

    assert refusal.value.code == "wrong_names"


def test_the_real_one_answers_128_numbers():
    path = shared_data("models/MobileFaceNet.onnx")

    vector = open_embedder(path, inspect_model(path)).embed(np.full((112, 112, 3), 114, np.uint8))

    assert vector.shape == (128,)
