import threading

import pytest
from django.test import override_settings

from inference import warm
from inference.asking import ModelFails, OutOfLimits, limit_problem
from inference.detection import Detection, Found, Seen, checked
from inference.options import DetectOptions
from modelship.lib.errors import Problem, Unavailable
from modelship.lib.limited import LimitExceeded
from tests.inference.installed import drawn

GOOD = {
    "width": 100,
    "height": 50,
    "shape": "box",
    "boxes": [[1, 2, 30, 40]],
    "scores": [0.5],
    "class_names": ["cat"],
    "slices": [None],
    "leftovers": {
        "boxes": [[5, 6, 9, 9]],
        "scores": [0.1],
        "class_names": ["cat"],
        "slices": [[0, 0, 64, 50]],
    },
    "looked": 1,
    "tiles": 1,
}


def test_an_answer_in_range_is_taken_over():
    left_over = Found("cat", 0.1, 5, 6, 4, 3, [0, 0, 64, 50])

    assert checked(GOOD, ["cat"], 7) == Seen(
        100, 50, [Found("cat", 0.5, 1, 2, 29, 38, None)], 0, 7, [left_over]
    )


@pytest.mark.parametrize(
    "lie",
    [
        {"boxes": [[1, 2, float("nan"), 40]]},
        {"boxes": [[1, 2, float("inf"), 40]]},
        {"boxes": [[-1, 2, 30, 40]]},
        {"boxes": [[1, 2, 101, 40]]},
        {"boxes": [[1, 2, 30, 51]]},
        {"boxes": [[30, 2, 1, 40]]},
        {"boxes": [[1, 2, 30]]},
        {"boxes": [["a", 2, 30, 40]]},
        {"boxes": []},
        {"scores": [1.5]},
        {"scores": [float("nan")]},
        {"class_names": ["dog"]},
        {"class_names": [None]},
        {"slices": [[1, 2, 3]]},
        {"slices": [["a", 2, 3, 4]]},
        {"width": "wide"},
        {"looked": 2},
        {"looked": -1},
        {"tiles": None},
        {"leftovers": None},
        {"leftovers": {**GOOD["leftovers"], "class_names": ["dog"]}},
        {"leftovers": {**GOOD["leftovers"], "boxes": [[5, 6, 900, 9]]}},
    ],
)
def test_a_child_that_lies_is_not_believed(lie):
    with pytest.raises(ModelFails) as refusal:
        checked({**GOOD, **lie}, ["cat"], 7)

    assert refusal.value.code == "bad_answer"


@pytest.mark.parametrize("answer", [None, [], {}, "yes", {**GOOD, "scores": None}])
def test_something_else_is_no_answer(answer):
    with pytest.raises(ModelFails):
        checked(answer, ["cat"], 7)


@override_settings(MODELSHIP_MAX_BOXES=2)
def test_more_boxes_than_an_image_holds_are_counted_and_left_out():
    many = {
        **GOOD,
        "boxes": [[1, 2, 30, 40]] * 3,
        "scores": [0.9, 0.8, 0.7],
        "class_names": ["cat"] * 3,
        "slices": [[0, 0, 64, 64]] * 3,
    }

    seen = checked(many, ["cat"], 7)

    assert [found.score for found in seen.found] == [0.9, 0.8]
    assert seen.beyond == 1
    assert seen.found[0].slice == [0, 0, 64, 64]


@pytest.mark.parametrize("reason", ["memory", "cpu", "wall", "crashed"])
def test_running_out_of_limits_is_told_apart(reason):
    problem = limit_problem(LimitExceeded(reason))

    assert isinstance(problem, OutOfLimits)
    assert problem.code == f"model_{reason}"


def test_a_busy_detector_may_be_asked_again():
    assert isinstance(limit_problem(LimitExceeded("busy")), Unavailable)


@pytest.mark.django_db
def test_a_picture_that_is_none_is_the_pictures_fault(thing, tmp_path):
    path = tmp_path / "no.png"
    path.write_bytes(b"no picture")

    with Detection(thing) as detection, pytest.raises(Problem) as refusal:
        detection.look(path, DetectOptions())

    assert not isinstance(refusal.value, ModelFails)
    assert (refusal.value.status, refusal.value.code) == (422, "bad_image")


@pytest.mark.django_db
def test_memory_of_a_look_is_limited(thing, tmp_path):
    path = tmp_path / "large.png"
    path.write_bytes(drawn(size=(4000, 4000)))

    with (
        override_settings(MODELSHIP_DETECT_MEMORY_BYTES=16 << 20),
        Detection(thing) as detection,
        pytest.raises(Problem) as refusal,
    ):
        detection.look(path, DetectOptions())

    assert refusal.value.status == 422


@pytest.mark.django_db
def test_closing_ends_a_look_under_way(thing, tmp_path):
    path = tmp_path / "picture.png"
    path.write_bytes(drawn(size=(4400, 4400)))
    detection, ended = Detection(thing), []
    many_tiles = DetectOptions(slicing={"width": 64, "height": 64, "overlap": 0.5})

    def look() -> None:
        try:
            detection.look(path, many_tiles)
        except Problem as problem:
            ended.append(problem.code)

    thread = threading.Thread(target=look)
    thread.start()
    thread.join(1.5)
    detection.close()
    thread.join(20)

    assert ended == ["model_crashed"]


@pytest.mark.django_db
def test_tenants_never_share_a_child(thing, alice, charlie):
    with (
        warm.warm_detection(alice.tenant.id, thing) as ours,
        warm.warm_detection(charlie.tenant.id, thing) as theirs,
    ):
        assert ours is not theirs
        with warm.warm_detection(alice.tenant.id, thing) as again:
            assert again is ours
