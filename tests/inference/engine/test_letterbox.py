"""Letterboxing: where pixels and boxes end up."""

from dataclasses import replace

import numpy as np
import pytest

from inference.engine.letterbox import planes_for, to_tensor
from inference.engine.spec import ModelSpec

SPEC = ModelSpec("yolox", (64, 64), ("thing",), "images", "output")


def picture(width: int, height: int, colour: tuple[int, int, int] = (10, 20, 30)) -> np.ndarray:
    return np.full((height, width, 3), colour, np.uint8)


def test_a_wide_picture_lies_in_the_top_left_corner():
    tensor, placement = to_tensor(picture(128, 64), SPEC)

    assert tensor.shape == (1, 3, 64, 64)
    assert tensor.dtype == np.float32
    assert tensor[0, :, 0, 0].tolist() == [10, 20, 30]
    assert tensor[0, :, 31, 63].tolist() == [10, 20, 30]
    assert tensor[0, :, 32, 0].tolist() == [114, 114, 114]
    assert placement.undo(np.array([[0.0, 0.0, 32.0, 16.0]])).tolist() == [[0, 0, 64, 32]]


def test_a_picture_of_the_input_size_is_taken_as_it_is():
    source = np.random.default_rng(7).integers(0, 256, (64, 64, 3), np.uint8)

    tensor, placement = to_tensor(source, SPEC)

    assert (tensor[0] == source.transpose(2, 0, 1)).all()
    assert (placement.x, placement.y) == (1, 1)


def test_rgb_models_get_swapped_and_normalised_planes():
    spec = replace(SPEC, channel_order="RGB", scale=1 / 255, mean=(0.1, 0.2, 0.3), std=(0.5, 0.25, 1.0))

    tensor, _ = to_tensor(picture(64, 64, (51, 102, 153)), spec)

    assert tensor[0, :, 0, 0].tolist() == pytest.approx([1.0, 0.8, -0.1], abs=1e-6)


def test_stretching_has_a_factor_for_each_side():
    tensor, placement = to_tensor(picture(128, 32), replace(SPEC, resize="stretch"))

    assert (tensor == np.array([10, 20, 30]).reshape(1, 3, 1, 1)).all()
    assert (placement.x, placement.y) == (0.5, 2)


def test_a_hair_thin_picture_keeps_one_pixel():
    tensor, _ = to_tensor(picture(10_000, 1), SPEC)

    assert tensor[0, 0, 0].tolist() == [10] * 64
    assert tensor[0, 0, 1].tolist() == [114] * 64


def test_a_letterbox_in_the_middle_fills_both_sides_and_boxes_find_back():
    spec = replace(SPEC, resize="letterbox_center")

    tensor, placement = to_tensor(picture(128, 62), spec)

    filled = tensor[0, 0, :, 0] == 114
    # 31 rows of 64: 16 above, 17 below.
    assert np.flatnonzero(~filled).tolist() == list(range(16, 47))
    assert placement.undo(np.array([[0.0, 16.0, 64.0, 47.0]])).tolist() == [[0, 0, 128, 62]]


def test_a_crop_takes_the_middle_and_boxes_find_back():
    source = np.zeros((64, 128, 3), np.uint8)
    source[:, 32:96] = 200

    tensor, placement = to_tensor(source, replace(SPEC, resize="center_crop"))

    assert (tensor == 200).all()
    assert placement.undo(np.array([[0.0, 0.0, 64.0, 64.0]])).tolist() == [[32, 0, 96, 64]]


@pytest.mark.parametrize("resize", ["letterbox_top_left", "letterbox_center", "stretch", "center_crop"])
@pytest.mark.parametrize("size", [(1, 999), (999, 1), (63, 65), (64, 64)])
def test_every_way_fills_the_input_from_any_shape(resize: str, size: tuple[int, int]):
    tensor, _ = to_tensor(picture(*size), replace(SPEC, resize=resize, input_size=(96, 32)))

    assert tensor.shape == (1, 3, 32, 96)


def test_channels_may_come_last():
    tensor, _ = to_tensor(picture(64, 64), replace(SPEC, layout="NHWC", channel_order="RGB"))

    assert tensor.shape == (1, 64, 64, 3)
    assert tensor.flags["C_CONTIGUOUS"]
    assert tensor[0, 5, 5].tolist() == [30, 20, 10]


@pytest.mark.parametrize(("element", "dtype"), [("UINT8", np.uint8), ("FLOAT16", np.float16)])
@pytest.mark.parametrize(("order", "first"), [("BGR", 10), ("RGB", 30)])
def test_values_are_kept_in_the_element_of_the_input(element: str, dtype: type, order: str, first: int):
    tensor, _ = to_tensor(picture(64, 64), replace(SPEC, element=element, channel_order=order))

    assert tensor.dtype == dtype
    assert tensor[0, :, 0, 0].tolist() == [first, 20, 40 - first]


@pytest.mark.parametrize(
    "spec", [SPEC, replace(SPEC, channel_order="RGB", scale=1 / 255, mean=(0.1, 0.2, 0.3))]
)
def test_room_that_is_given_is_filled_anew_each_time(spec: ModelSpec):
    room = planes_for(spec)
    wide, high = picture(128, 64), picture(64, 128, (200, 0, 7))

    first, _ = to_tensor(wide, spec, room)
    kept = first.copy()
    second, _ = to_tensor(high, spec, room)

    assert first is room is second
    assert (kept == to_tensor(wide, spec)[0]).all()
    assert (second == to_tensor(high, spec)[0]).all()
