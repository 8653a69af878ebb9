"""The self-test: real weights tell how they want their pixels, whatever they are said to want."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from inference.engine.errors import ModelRefused
from inference.engine.inspection import inspect_model
from inference.engine.proof import NOTHING, PLAUSIBLE, TOO_MANY
from inference.engine.reference import HEIGHT, THINGS, WIDTH, reference_picture
from inference.engine.selftest import known_things, prove
from tests.data import shared_data
from tests.inference.models import noisy_yolox, spot_yolox, tiny_yolox

RECIPES = {
    "BGR": {"channel_order": "BGR", "scale": 1.0},
    "RGB": {"channel_order": "RGB", "scale": 1.0},
    "RGB 0 to 1": {"channel_order": "RGB", "scale": 1 / 255},
    "ImageNet": {
        "channel_order": "RGB",
        "scale": 1 / 255,
        "mean": (0.485, 0.456, 0.406),
        "std": (0.229, 0.224, 0.225),
    },
}
NANO, FEMTO = "yolox_nano.onnx", "deimv2_hgnetv2_femto_coco.onnx"


def test_the_reference_picture_is_the_same_every_time_and_holds_its_things():
    first = reference_picture().copy()
    reference_picture.cache_clear()

    assert (first == reference_picture()).all()
    assert first.shape == (HEIGHT, WIDTH, 3)
    for thing in THINGS:
        left, top, right, bottom = thing.box
        assert 0 <= left < right <= WIDTH, thing
        assert 0 <= top < bottom <= HEIGHT, thing


@pytest.mark.parametrize("said", RECIPES)
@pytest.mark.parametrize(("name", "right"), [(NANO, "BGR"), (FEMTO, "RGB 0 to 1")])
def test_real_weights_are_fed_rightly_whatever_was_thought_of_them(name: str, right: str, said: str):
    weights = shared_data("models") / name
    plain = {"mean": (0.0, 0.0, 0.0), "std": (1.0, 1.0, 1.0)}

    proof = prove(weights, replace(inspect_model(weights), **(plain | RECIPES[said])))

    assert (proof.verdict, proof.things) == (PLAUSIBLE, len(THINGS))
    assert proof.spec == replace(proof.spec, **(plain | RECIPES[right]))
    assert proof.attempts[0].right >= 6


def behind(weights: Path, path: Path) -> Path:
    """The same weights under the same names and shapes, but for RGB of 0 to 1 normalised as ImageNet's."""
    model = onnx.load(weights)
    head = {
        "order": np.array([2, 1, 0], np.int64),
        "std": np.array([0.229, 0.224, 0.225], np.float32).reshape(1, 3, 1, 1),
        "mean": np.array([0.485, 0.456, 0.406], np.float32).reshape(1, 3, 1, 1),
        "white": np.array(255.0, np.float32),
    }
    fed = model.graph.input[0].name
    for node in model.graph.node:
        node.input[:] = ["bytes" if name == fed else name for name in node.input]
    nodes = [
        helper.make_node("Mul", [fed, "std"], ["wide"]),
        helper.make_node("Add", ["wide", "mean"], ["share"]),
        helper.make_node("Mul", ["share", "white"], ["rgb"]),
        helper.make_node("Gather", ["rgb", "order"], ["bytes"], axis=1),
    ]
    for node in reversed(nodes):
        model.graph.node.insert(0, node)
    model.graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in head.items())
    onnx.save_model(model, path)
    return path


def test_weights_of_the_same_names_and_shapes_are_told_apart(tmp_path: Path):
    weights = shared_data("models") / NANO
    twin = behind(weights, tmp_path / "twin.onnx")
    detected = inspect_model(twin)

    proof = prove(twin, detected)

    assert detected == inspect_model(weights)
    assert proof.spec == replace(detected, **RECIPES["ImageNet"])


def test_what_the_owner_says_is_not_overruled():
    weights = shared_data("models") / NANO
    said = replace(inspect_model(weights), channel_order="RGB")

    proof = prove(weights, said, fixed=["channel_order"])

    assert proof.spec == said
    assert {attempt.channel_order for attempt in proof.attempts} == {"RGB"}


def test_a_range_that_shows_nothing_is_a_doubt_where_it_may_not_be_changed():
    weights = shared_data("models") / NANO
    said = replace(inspect_model(weights), scale=1 / 255)

    proof = prove(weights, said, fixed=["scale", "mean", "std", "channel_order"])

    assert (proof.verdict, proof.spec, len(proof.attempts)) == (NOTHING, said, 1)


def test_names_of_other_things_have_no_truth_here(tmp_path: Path):
    spec = inspect_model(tiny_yolox(tmp_path / "tiny.onnx", classes=("boat", "clock")))

    assert known_things(spec) == []
    assert prove(tmp_path / "tiny.onnx", spec).things is None


def test_any_box_is_plausible_where_nobody_knows_better(tmp_path: Path):
    path = tiny_yolox(tmp_path / "tiny.onnx")

    proof = prove(path, inspect_model(path))

    assert (proof.verdict, proof.attempts[0].found) == (PLAUSIBLE, 1)


def test_a_photo_takes_the_place_of_the_reference_picture(tmp_path: Path):
    path = spot_yolox(tmp_path / "spot.onnx")
    dark = np.zeros((64, 64, 3), np.uint8)
    bright = dark.copy()
    bright[8:16, 8:16] = 255

    seen, unseen = (prove(path, inspect_model(path), photo=photo) for photo in (bright, dark))

    assert (seen.verdict, unseen.verdict) == (PLAUSIBLE, NOTHING)


def test_more_than_a_picture_can_hold_is_noise(tmp_path: Path):
    path = noisy_yolox(tmp_path / "noise.onnx")

    assert prove(path, inspect_model(path)).verdict == TOO_MANY


def test_scores_beyond_one_are_refused(tmp_path: Path):
    path = tiny_yolox(tmp_path / "loud.onnx", boxes=[(0, 7.0, (8.0, 16.0, 24.0, 40.0))])

    with pytest.raises(ModelRefused, match="between 0 and 1"):
        prove(path, inspect_model(path))
