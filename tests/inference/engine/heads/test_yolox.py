"""The YOLOX head: how it is recognised and how its rows become boxes."""

from dataclasses import replace

import numpy as np
import pytest

from inference.engine.errors import ModelRefused
from inference.engine.grid import cell_count
from inference.engine.heads.yolox import YoloxHead
from inference.engine.protocols import GraphFacts, TensorFacts
from inference.engine.spec import ModelSpec

HEAD = YoloxHead()
SPEC = ModelSpec("yolox", (64, 64), ("thing", "stuff"), "images", "output")


def facts(
    source: tuple, answer: tuple, *, name="net", operators=(), metadata=None, element="FLOAT"
) -> GraphFacts:
    return GraphFacts(
        name,
        (TensorFacts("images", element, source),),
        (TensorFacts("output", "FLOAT", answer),),
        frozenset(operators),
        metadata or {},
    )


@pytest.mark.parametrize(
    ("found", "size", "classes"),
    [
        (facts((1, 3, 416, 416), (1, 3549, 85)), (416, 416), 80),
        (facts((1, 3, 320, 640), (1, 4200, 7)), (640, 320), 2),
        (facts((None, 3, None, None), (None, 8400, 6)), (640, 640), 1),
        (facts((None, 3, None, None), (None, None, 6)), (640, 640), 1),
        (facts((None, 3, None, None), (None, None, 6), name="yolox-Tiny"), (416, 416), 1),
        (facts((1, 3, None, None), (1, None, 6), metadata={"imgsz": "[320, 512]"}), (512, 320), 1),
        (facts((1, 3, None, None), (1, None, 6), metadata={"input_size": "96"}), (96, 96), 1),
        (facts((1, 3, 64, 64), (1, 84, None), metadata={"names": '["a", "b"]'}), (64, 64), 2),
    ],
)
def test_input_size_and_classes_come_from_the_graph_or_its_metadata(found, size, classes):
    spec = HEAD.recognise(found)

    assert spec is not None
    assert spec.input_size == size
    assert len(spec.class_names) == classes
    assert spec.strides == (8, 16, 32)


@pytest.mark.parametrize(
    "other",
    [
        facts((1, 3, 640, 640), (1, 25200, 85)),
        facts((1, 3, 640, 640), (1, 84, 8400)),
        facts((1, 3, None, None), (1, 84, 8400)),
        facts((1, 3, 640, 640), (1, 1000)),
        facts((1, 4, 640, 640), (1, 8400, 85)),
        facts((8, 3, 640, 640), (8, 8400, 85)),
        facts((1, 3, 100, 100), (1, 205, 85)),
        facts((1, 3, 640), (1, 8400, 85)),
        facts((1, 3, 640, 640), (1, 8400, 5)),
        facts((1, 3, 64, 64), (1, 84, None)),
        GraphFacts("none", (), (), frozenset(), {}),
    ],
)
def test_other_families_are_left_to_other_heads(other):
    assert HEAD.recognise(other) is None


@pytest.mark.parametrize("element", ["FLOAT16", "UINT8"])
def test_the_element_of_the_input_is_kept(element: str):
    spec = HEAD.recognise(facts((1, 3, 64, 64), (1, 84, 7), element=element))

    assert spec is not None
    assert spec.element == element


def test_an_input_of_another_element_is_refused_by_name():
    with pytest.raises(ModelRefused) as refusal:
        HEAD.recognise(facts((1, 3, 64, 64), (1, 84, 7), element="INT32"))

    assert refusal.value.code == "bad_input"


def test_a_graph_that_raises_to_e_decodes_by_itself():
    recognised = [HEAD.recognise(facts((1, 3, 64, 64), (1, 84, 7), operators=ops)) for ops in ((), ("Exp",))]

    assert [spec.decoded for spec in recognised] == [False, True]


def raw(*filled: tuple[int, list[float]]) -> list[np.ndarray]:
    rows = np.zeros((1, 84, 7), np.float32)
    for cell, values in filled:
        rows[0, cell] = values
    return [rows]


def test_grid_offsets_become_pixels_of_the_input():
    # Cell 9 of the 8x8 grid is column 1, row 1; cell 64 + 5 is column 1, row 1 of the 4x4 grid of stride 16.
    answer = raw((9, [0.5, 0.25, np.log(2), 0, 0.9, 0.1, 0.8]), (69, [0, 0, 0, 0, 1.0, 0.6, 0.5]))

    found = HEAD.decode(answer, SPEC, 0.3)

    np.testing.assert_allclose(found.boxes, [[4, 6, 20, 14], [8, 8, 24, 24]], atol=1e-5)
    np.testing.assert_allclose(found.scores, [0.72, 0.6], rtol=1e-6)
    assert found.class_ids.tolist() == [1, 0]


def test_decoded_rows_are_already_pixels():
    answer = raw((40, [30, 20, 10, 4, 1.0, 0.0, 0.5]))

    found = HEAD.decode(answer, replace(SPEC, decoded=True), 0.5)

    assert found.boxes.tolist() == [[25, 18, 35, 22]]


def test_rows_below_the_confidence_and_rows_that_are_no_numbers_are_gone():
    answer = raw(
        (1, [0, 0, 0, 0, 0.5, 0.5, 0]),
        (2, [0, 0, 500, 0, 1, 1, 0]),
        (3, [0, 0, 0, 0, np.nan, 1, 1]),
        (4, [np.nan, 0, 0, 0, 1, 1, 1]),
    )

    assert len(HEAD.decode(answer, SPEC, 0.26)) == 0
    assert len(HEAD.decode(answer, SPEC, 0.25)) == 1


def test_an_answer_of_another_shape_is_refused():
    with pytest.raises(ModelRefused) as refusal:
        HEAD.decode([np.zeros((1, 85, 7), np.float32)], SPEC, 0.3)

    assert refusal.value.code == "unexpected_output"


def test_cells_are_counted_per_stride():
    assert cell_count((416, 416)) == 3549
    assert cell_count((64, 32)) == 32 + 8 + 2


@pytest.mark.parametrize(
    ("answered", "words"),
    [
        ((1, 252, 85), "choose the head yolov5"),
        ((1, 85, 84), "choose the head yolov8"),
        ((1, 9, 9), "settings"),
    ],
)
def test_an_open_number_of_rows_that_turns_out_another_says_which_head_it_is_for(answered, words):
    spec = ModelSpec("yolox", (64, 64), tuple(f"c{number}" for number in range(80)), "images", "output")

    with pytest.raises(ModelRefused, match=words):
        HEAD.decode([np.zeros(answered, np.float32)], spec, 0.5)
