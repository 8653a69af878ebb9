"""The DETR head: how both exports are recognised and how guesses become boxes."""

from dataclasses import replace

import numpy as np
import pytest

from inference.engine.class_names import COCO_80
from inference.engine.detector import open_detector
from inference.engine.errors import ModelRefused
from inference.engine.heads.detr import DetrHead
from inference.engine.inspection import inspect_model
from inference.engine.protocols import GraphFacts, TensorFacts
from tests.inference.models import tiny_detr

HEAD = DetrHead()


def finished(
    picture=(None, 3, 416, 416), *, sizes=(None, 2), element="INT64", boxes=(None, None, 4), **names
):
    inputs = (TensorFacts("images", "FLOAT", picture), TensorFacts("orig_target_sizes", element, sizes))
    outputs = (
        TensorFacts("labels", "INT64", (None, None)),
        TensorFacts("boxes", "FLOAT", boxes),
        TensorFacts("scores", "FLOAT", (None, None)),
    )
    return GraphFacts("main", inputs, outputs, frozenset(), names)


def bare(logits=(None, 300, 80), boxes=(None, 300, 4), *, picture=(None, 3, None, None), more=()):
    inputs = (TensorFacts("pixel_values", "FLOAT", picture), *more)
    outputs = (TensorFacts("logits", "FLOAT", logits), TensorFacts("pred_boxes", "FLOAT", boxes))
    return GraphFacts("main", inputs, outputs, frozenset(), {})


@pytest.mark.parametrize(
    ("found", "size", "classes", "decoded"),
    [
        (finished(), (416, 416), COCO_80, True),
        (finished((1, 3, 320, 640), sizes=(1, 2)), (640, 320), COCO_80, True),
        (finished((None, 3, None, None), names='["boat"]'), (640, 640), ("boat",), True),
        (bare(), (640, 640), COCO_80, False),
        (bare((1, None, 2), (1, None, 4), picture=(1, 3, 96, 64)), (64, 96), ("class_0", "class_1"), False),
    ],
)
def test_both_exports_are_recognised(found, size, classes, decoded):
    spec = HEAD.recognise(found)

    assert (spec.input_size, spec.class_names, spec.decoded) == (size, classes, decoded)
    assert (spec.channel_order, spec.scale, spec.resize) == ("RGB", 1 / 255, "stretch")
    assert spec.tells_classes is not decoded


@pytest.mark.parametrize(
    "other",
    [
        finished((8, 3, 416, 416)),
        finished(boxes=(None, None, 5)),
        finished(sizes=(None, 4)),
        bare((None, 100, 92), (None, 100, 4)),
        bare(boxes=(None, 300, 5)),
        bare(picture=(None, 4, 64, 64)),
        bare(more=(TensorFacts("pixel_mask", "INT64", (None, 64, 64)),)),
    ],
)
def test_other_families_are_left_to_other_heads(other):
    assert HEAD.recognise(other) is None


def test_sizes_of_another_element_are_refused_by_name():
    with pytest.raises(ModelRefused) as refusal:
        HEAD.recognise(finished(element="FLOAT"))

    assert refusal.value.code == "bad_input"


def test_boxes_come_back_in_pixels_of_a_picture_of_any_shape_and_overlaps_stay(tmp_path):
    guesses = [(1, 0.6, (8, 16, 24, 48)), (1, 0.9, (8, 16, 24, 47)), (0, 0.2, (0, 0, 8, 8))]
    path = tiny_detr(tmp_path / "detr.onnx", guesses, classes=("boat", "crane"))
    black = np.zeros((64, 256, 3), np.uint8)

    found = open_detector(path, inspect_model(path)).detect(black, confidence=0.5)

    np.testing.assert_allclose(found.boxes, [[32, 16, 96, 47], [32, 16, 96, 48]], atol=1e-4)
    assert found.class_ids.tolist() == [1, 1]
    np.testing.assert_allclose(found.scores, [0.9, 0.6], rtol=1e-6)


def test_a_class_that_no_name_is_known_for_is_refused(tmp_path):
    path = tiny_detr(tmp_path / "detr.onnx", [(2, 0.9, (8, 8, 24, 24))], classes=("boat", "crane"))
    detector = open_detector(path, inspect_model(path))
    black = np.zeros((64, 64, 3), np.uint8)

    with pytest.raises(ModelRefused) as refusal:
        detector.detect(black)

    assert refusal.value.code == "unexpected_output"
    assert "class 2, but 2 names are known" in refusal.value.detail
    assert len(detector.detect(black, confidence=0.95)) == 0


def test_logits_are_scored_pair_by_pair():
    """One guess may show two classes; of all pairs there are as many as guesses."""
    spec = replace(HEAD.recognise(bare((1, None, 2), (1, None, 4))), input_size=(100, 50))
    logits = np.array([[[4.0, 2.0], [-9.0, 1.0], [-9.0, -9.0]]], np.float32)
    boxes = np.array([[[0.5, 0.5, 0.2, 0.4], [0.2, 0.4, 0.2, 0.4], [0.1, 0.1, 0.1, 0.1]]], np.float32)

    found = HEAD.decode([logits, boxes], spec, 0.5)

    assert found.class_ids.tolist() == [0, 1, 1]
    np.testing.assert_allclose(found.boxes, [[40, 15, 60, 35], [40, 15, 60, 35], [10, 10, 30, 30]], atol=1e-4)
    np.testing.assert_allclose(found.scores, 1 / (1 + np.exp([-4.0, -2.0, -1.0])), rtol=1e-6)


def test_guesses_that_are_no_numbers_are_gone():
    spec = HEAD.recognise(finished())
    labels = np.zeros((1, 3), np.int64)
    boxes = np.array([[[0, 0, 9, np.inf], [0, 0, 9, 9], [0, 0, 9, 9]]], np.float32)
    scores = np.array([[0.9, np.nan, 0.8]], np.float32)

    found = HEAD.decode([labels, boxes, scores], spec, 0.5)

    np.testing.assert_allclose(found.scores, [0.8], rtol=1e-6)


@pytest.mark.parametrize("boxes", [(1, 2, 4), (1, 3, 5), (2, 3, 4)])
def test_an_answer_of_another_shape_is_refused(boxes):
    answer = [np.zeros((1, 3), np.int64), np.zeros(boxes, np.float32), np.zeros((1, 3), np.float32)]

    with pytest.raises(ModelRefused) as refusal:
        HEAD.decode(answer, HEAD.recognise(finished()), 0.5)

    assert refusal.value.code == "unexpected_output"
