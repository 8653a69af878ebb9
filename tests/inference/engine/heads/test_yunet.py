"""The YuNet head: how it is recognised and how its parts become faces."""

import numpy as np
import pytest

from inference.engine.errors import ModelRefused
from inference.engine.heads.yunet import YunetHead
from inference.engine.protocols import GraphFacts, TensorFacts

HEAD = YunetHead()
STRIDES = (8, 16, 32)
WIDTHS = {"cls": 1, "obj": 1, "bbox": 4, "kps": 10}


def facts(height, width, *, batch=1, channels=3, fixed=True, without=(), element="FLOAT"):
    outputs = tuple(
        TensorFacts(
            f"{part}_{stride}",
            "FLOAT",
            (batch, (height // stride) * (width // stride) if fixed else None, length),
        )
        for part, length in WIDTHS.items()
        for stride in STRIDES
        if f"{part}_{stride}" not in without
    )
    source = (batch, channels, height, width) if fixed else (None, channels, None, None)
    return GraphFacts("yunet", (TensorFacts("input", element, source),), outputs, frozenset(), {})


@pytest.mark.parametrize(
    ("found", "size"), [(facts(320, 640), (640, 320)), (facts(64, 64, fixed=False, batch=None), (640, 640))]
)
def test_faces_of_a_fixed_or_an_open_size(found, size):
    spec = HEAD.recognise(found)

    assert (spec.input_size, spec.class_names) == (size, ("face",))
    assert (spec.channel_order, spec.scale, spec.resize) == ("BGR", 1.0, "letterbox_top_left")


@pytest.mark.parametrize(
    "other",
    [facts(100, 96), facts(64, 64, batch=2), facts(64, 64, channels=1), facts(64, 64, without=("kps_32",))],
)
def test_other_families_are_left_to_other_heads(other):
    assert HEAD.recognise(other) is None


def test_an_input_of_another_element_is_refused_by_name():
    with pytest.raises(ModelRefused):
        HEAD.recognise(facts(64, 64, element="INT32"))


def raw(*filled: tuple[str, int, list[float]]) -> list[np.ndarray]:
    """The parts of a 64 x 64 input in the order that the head asks for, nothing seen but what is given."""
    names = HEAD.answers(HEAD.recognise(facts(64, 64)))
    parts = {
        name: np.zeros((1, (64 // int(name.split("_")[1])) ** 2, WIDTHS[name.split("_")[0]]), np.float32)
        for name in names
    }
    for name, cell, values in filled:
        parts[name][0, cell] = values
    return [parts[name] for name in names]


def test_offsets_and_logarithms_become_pixels_and_the_score_is_the_root_of_both():
    answer = raw(
        # Column 2, row 1 of stride 8, and column 1, row 1 of stride 32.
        *(("cls_8", 10, [0.9]), ("obj_8", 10, [0.4]), ("bbox_8", 10, [0.5, 0.25, np.log(2), 0])),
        *(("cls_32", 3, [1.5]), ("obj_32", 3, [0.81]), ("bbox_32", 3, [0, 0, 0, 0])),
    )

    found = HEAD.decode(answer, HEAD.recognise(facts(64, 64)), 0.5)

    np.testing.assert_allclose(found.boxes, [[12, 6, 28, 14], [16, 16, 48, 48]], atol=1e-5)
    np.testing.assert_allclose(found.scores, [0.6, 0.9], rtol=1e-6)
    assert found.class_ids.tolist() == [0, 0]


def test_cells_that_are_no_numbers_are_gone():
    seen = [("cls_8", 1, [1]), ("obj_8", 1, [1]), ("cls_8", 2, [np.nan]), ("obj_8", 2, [1])]

    found = HEAD.decode(raw(*seen, ("bbox_8", 1, [0, 0, 500, 0])), HEAD.recognise(facts(64, 64)), 0.5)

    assert len(found) == 0


def test_an_answer_of_another_shape_is_refused():
    answer = raw()
    answer[4] = answer[4][:, 1:]

    with pytest.raises(ModelRefused) as refusal:
        HEAD.decode(answer, HEAD.recognise(facts(64, 64)), 0.5)

    assert refusal.value.code == "unexpected_output"
