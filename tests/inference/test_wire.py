"""The shapes that the service and its clients share: what fits, what does not, and what goes there and back."""

import math

import msgspec
import pytest

from inference import wire
from inference.asking import ModelFails, OutOfLimits
from inference.client.answers import rebuilt
from inference.engine.slicing import Slicing
from inference.service.problems import problem_answer
from modelship.lib import errors

PART = {"boxes": [[1, 2, 3, 4]], "scores": [0.5], "class_ids": [0], "class_names": ["cat"], "slices": [None]}
SIGHT = {**PART, "width": 10, "height": 10, "shape": "box", "leftovers": PART}


def sight(**changes) -> wire.Sight:
    found = msgspec.convert({**SIGHT, **changes}, wire.Sight)
    found.check()
    return found


def test_a_sound_sight_goes_there_and_back_to_the_last_bit():
    edge = 249.82716992748743
    found = sight(width=300, height=300, boxes=[[0.1, 1 / 3, edge, 299.99999999999994]])

    assert msgspec.json.decode(msgspec.json.encode(found), type=wire.Sight) == found


@pytest.mark.parametrize(
    "lie",
    [
        {"boxes": [[1, 2, math.nan, 4]]},
        {"boxes": [[1, 2, math.inf, 4]]},
        {"boxes": [[1, 2, 11, 4]]},
        {"boxes": [[3, 2, 1, 4]]},
        {"boxes": []},
        {"boxes": [[1, 2, 3]]},
        {"scores": [1.5]},
        {"scores": ["0.5"]},
        {"class_names": [5]},
        {"slices": [[1, 2, 3]]},
        {"shape": "ball"},
        {"width": 0},
        {"leftovers": {**PART, "boxes": [[1, 2, 99, 4]]}},
    ],
)
def test_what_can_not_be_is_no_sight(lie):
    with pytest.raises((msgspec.ValidationError, ValueError)):
        sight(**lie)


@pytest.mark.parametrize(
    "slicing",
    [
        {"width": 64, "height": 96, "overlap": 0.5, "full_image": False},
        {"width": 640, "height": 640, "overlap": 0.2, "full_image": True, "merge": "nmm", "metric": "iou"},
        Slicing(width=320, height=320, merge="nms", threshold=0.7).to_dict(),
    ],
)
def test_slices_mean_the_same_to_the_engine_after_the_way_over_the_wire(slicing):
    asked = msgspec.convert(wire.wire_slicing(slicing), wire.DetectOptions)

    assert Slicing.from_dict(wire.engine_slicing(asked.slice, asked.merge)) == Slicing.from_dict(slicing)
    assert wire.wire_slicing(None) == {}
    assert wire.engine_slicing(None, None) is None


@pytest.mark.parametrize(
    "problem",
    [
        ModelFails("No.", code="unknown_head"),
        OutOfLimits("No.", code="model_memory"),
        errors.Unprocessable("No.", code="bad_image"),
        errors.UnsupportedType("No.", code="not_onnx"),
        errors.TooLarge("No.", code="model_too_large"),
        errors.NotFound("No.", code="model_unknown"),
        errors.BadRequest("No."),
        errors.Unavailable("No.", code="model_lost"),
    ],
)
def test_a_refusal_is_the_same_on_both_sides(problem):
    told = msgspec.json.decode(problem_answer(problem, "quay-0001").body, type=wire.Problem)
    again = rebuilt(told)

    assert (type(again), again.code, again.detail) == (type(problem), problem.code, problem.detail)
