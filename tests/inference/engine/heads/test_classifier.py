"""Classifiers: how they are recognised, and that their answers are shares of 1."""

from dataclasses import replace

import numpy as np
import pytest

from inference.engine.errors import ModelRefused
from inference.engine.heads import HEADS, classifier_named, embedder_named
from inference.engine.spec import CLASSIFY, ModelSpec
from tests.inference.engine.heads.graphs import facts

CLASSIFIER = classifier_named("classifier")
SPEC = ModelSpec("classifier", (224, 224), ("calm", "storm"), "images", "output", task=CLASSIFY)


@pytest.mark.parametrize(
    ("source", "size"),
    [((1, 3, 224, 224), (224, 224)), ((None, 3, None, None), (224, 224)), ((1, 192, 256, 3), (256, 192))],
)
def test_one_number_a_class_is_a_classifier(source: tuple, size: tuple):
    found = facts(source, (None, 2), metadata={"names": '["calm", "storm"]'}, last_operator="Softmax")

    spec = CLASSIFIER.recognise(found)

    assert spec is not None
    assert (spec.task, spec.input_size, spec.class_names, spec.decoded) == (
        CLASSIFY,
        size,
        ("calm", "storm"),
        True,
    )
    assert not any(head.recognise(found) for head in HEADS)


def test_eighty_classes_are_not_taken_for_cocos():
    spec = CLASSIFIER.recognise(facts((1, 3, 224, 224), (1, 80)))

    assert spec is not None
    assert spec.class_names[:2] == ("class_0", "class_1")


@pytest.mark.parametrize("answer", [(1, 1), (1, None), (1, 5000), (4, 10), (1, 2, 3)])
def test_other_answers_are_none(answer: tuple):
    assert CLASSIFIER.recognise(facts((1, 3, 224, 224), answer)) is None


def test_its_exporters_pixels_are_not_normalised_further():
    plain = CLASSIFIER.recognise(facts((1, 3, 64, 64), (1, 2), metadata={"task": "classify"}))
    usual = CLASSIFIER.recognise(facts((1, 3, 64, 64), (1, 2)))

    assert plain
    assert usual
    assert (plain.mean, usual.mean) == ((0, 0, 0), (0.485, 0.456, 0.406))


def test_a_size_that_is_told_and_sigmoids_count():
    told = {"task": "classify", "imgsz": "[96, 64]"}

    spec = CLASSIFIER.recognise(facts((1, 3, None, None), (1, 2), metadata=told, last_operator="Sigmoid"))

    assert spec is not None
    assert (spec.input_size, spec.decoded) == ((64, 96), True)


@pytest.mark.parametrize(
    "told", [{"task": "classify"}, {"names": str([f"c{number}" for number in range(100)])}]
)
def test_a_classifier_of_faces_size_is_no_embedder(told: dict):
    found = facts((1, 3, 112, 112), (1, 100), metadata=told)

    assert embedder_named("face_embedding").recognise(found) is None
    assert CLASSIFIER.recognise(found) is not None


def test_raw_numbers_become_shares():
    shares = CLASSIFIER.shares([np.array([[1000.0, 1000.0 + np.log(3)]], np.float32)], SPEC)

    assert shares.tolist() == pytest.approx([0.25, 0.75], abs=1e-3)


def test_shares_stay_as_they_are():
    assert CLASSIFIER.shares(
        [np.array([[0.2, 0.8]], np.float32)], replace(SPEC, decoded=True)
    ).tolist() == pytest.approx([0.2, 0.8])


@pytest.mark.parametrize("answer", [np.zeros((1, 3)), np.zeros((2, 2)), np.array([[np.nan, 1]])])
def test_what_is_no_answer_is_refused(answer: np.ndarray):
    with pytest.raises(ModelRefused) as refusal:
        CLASSIFIER.shares([answer], SPEC)

    assert refusal.value.code == "unexpected_output"
