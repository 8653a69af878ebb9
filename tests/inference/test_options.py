import pytest

from inference.engine import slicing
from inference.options import (
    MAX_OVERLAP,
    MAX_SLICE,
    MERGES,
    METRICS,
    MIN_SLICE,
    DetectOptions,
    LabelOptions,
    Selection,
    read_region,
)
from modelship.lib.errors import BadRequest

ID = "6b1c1f8e-3f0a-4f0e-9f5c-0c7a3c1f2d11"


def test_nothing_said_means_a_look_at_the_whole_that_replaces_proposals():
    options = LabelOptions.read({})

    assert options == LabelOptions(DetectOptions(0.25, 0.45, None), replaces=True, creates_classes=True)
    assert Selection.read({}, None) == Selection(None, "")


def test_everything_said_survives_the_way_through_a_job():
    options = LabelOptions.read(
        {
            "confidence": 0.5,
            "iou": 0.6,
            "slice": {"size": [640, 320], "overlap": 0.1},
            "merge": {"method": "nmm", "metric": "iou", "threshold": 0.4},
            "replace": "none",
            "create_classes": False,
        }
    )

    assert options.detect.slicing == {
        "width": 640,
        "height": 320,
        "overlap": 0.1,
        "full_image": True,
        "merge": "nmm",
        "metric": "iou",
        "threshold": 0.4,
    }
    assert LabelOptions.from_args(options.as_args()) == options
    selection = Selection.read({"filter": {"state": ["new", "proposed"], "q": "a"}}, None)
    assert Selection.from_args(selection.as_args()) == selection


def test_a_job_of_an_earlier_release_still_finds_its_pictures():
    stored = {"images": None, "states": ["new", "proposed"], "q": "a b"}

    assert Selection.from_args(stored) == Selection(line='state:new,proposed name:"a b"')
    assert Selection.from_args({"images": [ID], "states": [], "q": ""}) == Selection((ID,))


def test_the_engine_takes_what_is_let_through():
    given = DetectOptions.read({"slice": {"size": 512}, "merge": {}}).slicing

    assert slicing.Slicing.from_dict(given).overlap == 0.2
    assert (MIN_SLICE, MAX_SLICE) == (slicing.MIN_SIDE, slicing.MAX_SIDE)
    assert (slicing.MAX_OVERLAP, tuple(slicing.MERGES), slicing.METRICS) == (MAX_OVERLAP, MERGES, METRICS)


@pytest.mark.parametrize(
    "body",
    [
        {"confidence": -0.1},
        {"confidence": 1.1},
        {"confidence": "0.5"},
        {"confidence": True},
        {"iou": 2},
        {"slice": 640},
        {"slice": {}},
        {"slice": {"size": 31}},
        {"slice": {"size": 640.5}},
        {"slice": {"size": [640]}},
        {"slice": {"size": 640, "overlap": 0.95}},
        {"slice": {"size": 640, "step": 3}},
        {"merge": {"method": "nms"}},
        {"slice": {"size": 640}, "merge": {"method": "average"}},
        {"slice": {"size": 640}, "merge": {"threshold": 0}},
        {"replace": "all"},
        {"create_classes": "yes"},
    ],
)
def test_anything_else_is_refused_by_its_name(body):
    with pytest.raises(BadRequest) as refusal:
        LabelOptions.read(body)

    assert refusal.value.status == 400


@pytest.mark.parametrize(
    "body",
    [
        {"images": []},
        {"images": ID},
        {"images": ["x"]},
        {"images": [None]},
        {"filter": []},
        {"filter": {"state": "gone"}},
        {"filter": {"created_by__password": "boat"}},
        {"images": [ID], "filter": {"state": "new"}},
    ],
)
def test_a_selection_that_makes_no_sense_is_refused(body):
    with pytest.raises(BadRequest):
        Selection.read(body, None)


def test_an_image_named_twice_counts_once():
    assert Selection.read({"images": [ID, ID.upper()]}, None).images == (ID,)


@pytest.mark.parametrize(
    ("given", "region"),
    [
        (None, None),
        ([10, 20, 30, 25], (10, 20, 30, 25)),
        ([10.7, 20.2, 5.1, 5.9], (10, 20, 6, 7)),
        ([-5, -5, 10, 10], (0, 0, 5, 5)),
        ([90, 40, 100, 100], (90, 40, 10, 10)),
    ],
)
def test_a_region_grows_to_whole_pixels_inside_the_picture(given, region):
    assert read_region(given, 100, 50) == region


@pytest.mark.parametrize(
    "given",
    [[1, 2, 3], "1,2,3,4", [0, 0, 0, 5], [100, 0, 5, 5], [-9, 0, 5, 5], [0, 0, 1e300, 5], [True, 0, 5, 5]],
)
def test_a_region_that_holds_no_pixel_is_refused(given):
    with pytest.raises(BadRequest):
        read_region(given, 100, 50)
