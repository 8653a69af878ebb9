"""NanoDet and PicoDet: which graph is which, and distances beside a plain loop over all cells."""

import math
from dataclasses import replace

import numpy as np
import pytest

from inference.engine.errors import ModelRefused
from inference.engine.heads import HEADS, head_named
from inference.engine.spec import ModelSpec
from tests.inference.engine.heads.graphs import facts

LEVELS = (2704, 676, 169, 49)
PICODET = tuple((1, cells, width) for width in (80, 32) for cells in LEVELS)


def recognised(found) -> ModelSpec | None:
    return next((spec for spec in (head.recognise(found) for head in HEADS) if spec), None)


@pytest.mark.parametrize(
    ("found", "head", "classes", "strides"),
    [
        (facts((1, 3, 416, 416), (1, 3598, 112)), "nanodet", 80, (8, 16, 32, 64)),
        (facts((1, 3, 320, 320), (1, 2100, 112)), "nanodet", 80, (8, 16, 32)),
        (facts((1, 3, 320, 320), (1, 2100, 35), metadata={"names": '["a", "b", "c"]'}), "nanodet", 3, (8, 16, 32)),
        (facts((1, 3, 320, 320), (1, 2100, 35)), "yolox", 30, (8, 16, 32)),
        (facts((1, 3, 416, 416), *PICODET), "picodet", 80, (8, 16, 32, 64)),
        (facts((1, 3, 416, 416), *[(1, cells, 32) for _ in range(2) for cells in LEVELS]), "picodet", 32, (8, 16, 32, 64)),
        (facts((1, 3, 320, 320), *[(None, cells, width) for cells in (1600, 400, 100) for width in (2, 32)]), "picodet", 2, (8, 16, 32)),
        (facts((1, 3, 416, 416), (1, None, 112)), "nanodet", 80, (8, 16, 32, 64)),
        (facts((1, 3, 416, 416), (1, None, 35), metadata={"names": '["a", "b", "c"]'}), "nanodet", 3, (8, 16, 32, 64)),
        (facts((1, 3, 416, 416), *[(1, None, width) for width in (2, 32) for _ in range(4)]), "picodet", 2, (8, 16, 32, 64)),
    ],
)  # fmt: skip
def test_the_shape_of_the_answers_tells_the_head(found, head: str, classes: int, strides: tuple):
    spec = recognised(found)

    assert spec is not None
    assert (spec.head, len(spec.class_names), spec.strides) == (head, classes, strides)


@pytest.mark.parametrize("answers", [PICODET[:-1], ((1, 2704, 80),) * 8, tuple((1, 7, 32) for _ in range(8))])
def test_other_answers_are_nobodys(answers: tuple):
    assert recognised(facts((1, 3, 416, 416), *answers)) is None


def test_scores_are_asked_for_before_distances_from_the_smallest_stride_on():
    mixed = [(1, cells, width) for cells in (100, 400, 1600) for width in (32, 2)]
    spec = recognised(facts((1, 3, 320, 320), *mixed))

    assert spec is not None
    assert head_named("picodet").answers(spec) == ("sixth", "fourth", "second", "fifth", "third", "output")


PAIRS = tuple((1, cells, 32) for cells in LEVELS for _ in range(2))


@pytest.mark.parametrize(
    ("answers", "names", "asked"),
    [
        (PAIRS, "cls_a reg_a cls_b reg_b cls_c reg_c cls_d reg_d", "cls_a cls_b cls_c cls_d reg_a reg_b reg_c reg_d"),
        (PAIRS, "dis_a a dis_b b dis_c c dis_d d", "a b c d dis_a dis_b dis_c dis_d"),
        (PAIRS, "sigmoid_0 n1 sigmoid_2 n3 sigmoid_4 n5 sigmoid_6 n7", "sigmoid_0 sigmoid_2 sigmoid_4 sigmoid_6 n1 n3 n5 n7"),
        (tuple((1, cells, 32) for _ in range(2) for cells in LEVELS), "a b c d e f g h", "a b c d e f g h"),
    ],
)  # fmt: skip
def test_as_many_classes_as_distances_are_told_apart_by_name_or_order(answers, names, asked):
    spec = recognised(facts((1, 3, 416, 416), *answers, names=names.split()))

    assert spec is not None
    assert head_named("picodet").answers(spec) == tuple(asked.split())


@pytest.mark.parametrize("names", ["a b c d e f g h", "cls_a cls_b c d e f g h"])
def test_where_neither_tells_it_is_said_what_to_do(names):
    with pytest.raises(ModelRefused, match=r"cls_.* reg_") as refusal:
        recognised(facts((1, 3, 416, 416), *PAIRS, names=names.split()))

    assert refusal.value.code == "ambiguous_outputs"


def test_each_has_the_pixels_that_it_was_trained_on():
    plus, pico = (
        recognised(facts((1, 3, 416, 416), (1, 3598, 112))),
        recognised(facts((1, 3, 416, 416), *PICODET)),
    )

    assert plus
    assert pico
    assert (plus.channel_order, plus.mean, plus.cell_offset) == ("BGR", (103.53, 116.28, 123.675), 0)
    assert (pico.channel_order, pico.mean, pico.cell_offset) == ("RGB", (123.675, 116.28, 103.53), 0.5)


def cells(width: int, height: int, strides: tuple):
    for stride in strides:
        for row in range(math.ceil(height / stride)):
            for column in range(math.ceil(width / stride)):
                yield column, row, stride


def plainly(scores, distances, spec: ModelSpec, confidence: float) -> list[tuple]:
    wanted = []
    for at, (column, row, stride) in enumerate(cells(*spec.input_size, spec.strides)):
        best = int(scores[at].argmax())
        if scores[at, best] < confidence:
            continue
        x, y = ((place + spec.cell_offset) * stride for place in (column, row))
        left, top, right, bottom = (
            sum(step * value for step, value in enumerate(np.exp(side) / np.exp(side).sum())) * stride
            for side in distances[at].reshape(4, 8).astype(float)
        )
        wanted.append((x - left, y - top, x + right, y + bottom, scores[at, best], best))
    return wanted


def answer_of(spec: ModelSpec) -> tuple[np.ndarray, np.ndarray]:
    random, count = np.random.default_rng(1), sum(1 for _ in cells(*spec.input_size, spec.strides))
    return random.random((count, 3)).astype(np.float32), random.normal(0, 3, (count, 32)).astype(np.float32)


def test_one_answer_equals_a_plain_loop_also_where_a_cell_is_cut():
    spec = ModelSpec("nanodet", (96, 160), ("a", "b", "c"), "data", "output", strides=(8, 16, 32, 64))
    scores, distances = answer_of(spec)

    found = head_named("nanodet").decode([np.concatenate([scores, distances], axis=1)[None]], spec, 0.9)

    assert_equal(found, plainly(scores, distances, spec, 0.9))


@pytest.mark.parametrize("strides", [(8, 16, 32), (8, 16, 32, 64)])
def test_an_open_number_of_rows_tells_its_levels_when_it_answers(strides):
    told = ModelSpec("nanodet", (96, 160), ("a", "b", "c"), "data", "output", strides=(8, 16, 32, 64))
    spec = replace(told, strides=strides)
    scores, distances = answer_of(spec)

    found = head_named("nanodet").decode([np.concatenate([scores, distances], axis=1)[None]], told, 0.9)

    assert_equal(found, plainly(scores, distances, spec, 0.9))


def test_answers_of_levels_equal_a_plain_loop():
    spec = ModelSpec("picodet", (64, 32), ("a", "b", "c"), "image", "one", cell_offset=0.5)
    scores, distances = answer_of(spec)
    parts = [
        part[None, start:end] for part in (scores, distances) for start, end in ((0, 32), (32, 40), (40, 42))
    ]

    found = head_named("picodet").decode(parts, spec, 0.7)

    assert_equal(found, plainly(scores, distances, spec, 0.7))


def test_scores_without_a_sigmoid_get_one():
    spec = ModelSpec("nanodet", (64, 64), ("a", "b", "c"), "data", "output")
    logits = np.full((1, 84, 35), -9.0, np.float32)
    logits[0, 5, 1] = 2.0

    found = head_named("nanodet").decode([logits], spec, 0.5)

    assert found.scores.tolist() == pytest.approx([1 / (1 + math.exp(-2))])


def test_another_shape_is_refused():
    spec = ModelSpec("nanodet", (64, 64), ("a", "b", "c"), "data", "output")

    with pytest.raises(ModelRefused) as refusal:
        head_named("nanodet").decode([np.zeros((1, 84, 36), np.float32)], spec, 0.5)

    assert refusal.value.code == "unexpected_output"


def assert_equal(found, wanted: list) -> None:
    rows = np.array(wanted)
    assert len(rows) > 3
    np.testing.assert_allclose(found.boxes, rows[:, :4], atol=1e-3)
    np.testing.assert_allclose(found.scores, rows[:, 4], rtol=1e-5)
    assert found.class_ids.tolist() == rows[:, 5].astype(int).tolist()
