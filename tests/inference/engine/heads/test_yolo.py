"""The heads of the Ultralytics kin: which graph is which, and decoding beside a plain loop over all candidates."""

from dataclasses import replace

import numpy as np
import pytest

from inference.engine.errors import ModelRefused
from inference.engine.heads import HEADS, head_named
from inference.engine.spec import ModelSpec
from tests.inference.engine.heads.graphs import EXPORTED, facts

OPEN = (None, 3, None, None)
SQUARE = (1, 3, 640, 640)
# The exporter of v5 told no task.
OLDER = {name: text for name, text in EXPORTED.items() if name != "task"}


def recognised(found) -> ModelSpec | None:
    return next((spec for spec in (head.recognise(found) for head in HEADS) if spec), None)


@pytest.mark.parametrize(
    ("found", "head", "size", "classes"),
    [
        (facts(SQUARE, (1, 25200, 85)), "yolov5", (640, 640), 80),
        (facts((1, 3, 320, 640), (1, 12600, 7)), "yolov5", (640, 320), 2),
        (facts((1, 3, 1280, 1280), (1, 102000, 85)), "yolov5", (1280, 1280), 80),
        (facts(OPEN, (None, None, 7), metadata=OLDER), "yolov5", (640, 640), 2),
        (facts(OPEN, (None, None, None), metadata=EXPORTED), "yolov8", (640, 640), 2),
        (facts(OPEN, (1, 10647, 85), metadata=EXPORTED | {"names": ""}), "yolov5", (416, 416), 80),
        (facts(SQUARE, (1, 84, 8400)), "yolov8", (640, 640), 80),
        (facts((1, 640, 640, 3), (1, 84, 8400)), "yolov8", (640, 640), 80),
        (facts(OPEN, (None, 6, None), metadata=EXPORTED | {"imgsz": "[320, 512]"}), "yolov8", (512, 320), 2),
        (facts(OPEN, (None, 84, None)), "yolov8", (640, 640), 80),
        (facts(OPEN, (None, 84, 2100)), "yolov8", (320, 320), 80),
        (facts(SQUARE, (1, 8400, 6), metadata=EXPORTED), "yolov8", (640, 640), 2),
        (facts(SQUARE, (1, 38, 8400), (1, 32, 160, 160), metadata=EXPORTED | {"task": "segment"}), "yolov8", (640, 640), 2),
        (facts(SQUARE, (1, 300, 6), metadata=EXPORTED), "yolov10", (640, 640), 2),
        (facts(SQUARE, (1, 300, 6)), "yolov10", (640, 640), 80),
        (facts(SQUARE, (1, 8400, 85)), "yolox", (640, 640), 80),
        (facts(OPEN, (None, None, 85)), "yolox", (640, 640), 80),
        (facts((1, 3, 64, 64), (1, 84, 6)), "yolox", (64, 64), 1),
        (facts((1, 3, 64, 64), (1, 84, 85)), "yolox", (64, 64), 80),
        (facts((1, 3, 64, 64), (1, 84, 84), metadata=EXPORTED | {"names": ""}), "yolov8", (64, 64), 80),
        (facts(SQUARE, (1, None, 8400), metadata=EXPORTED), "yolov8", (640, 640), 2),
        (facts(SQUARE, (1, 84, None)), "yolov8", (640, 640), 80),
        (facts(SQUARE, (1, None, 7), metadata=OLDER), "yolov5", (640, 640), 2),
        (facts(SQUARE, (1, None, 6), metadata=EXPORTED | {"args": "{'batch': 1, 'nms': True}"}), "yolov10", (640, 640), 2),
        (facts(SQUARE, (1, None, 6), metadata=EXPORTED | {"end2end": "True"}), "yolov10", (640, 640), 2),
        (facts(SQUARE, (1, None, 6), metadata=EXPORTED | {"args": "{'nms': False}", "end2end": "False"}), "yolov8", (640, 640), 2),
    ],
)  # fmt: skip
def test_the_shape_of_the_answer_tells_the_head(found, head: str, size: tuple, classes: int):
    spec = recognised(found)

    assert spec is not None
    assert (spec.head, spec.input_size, len(spec.class_names)) == (head, size, classes)


def test_pixels_are_those_that_the_exporter_feeds():
    spec = recognised(facts((1, 640, 640, 3), (1, 84, 8400), element="FLOAT16"))

    assert spec is not None
    assert (spec.channel_order, spec.scale, spec.resize) == ("RGB", 1 / 255, "letterbox_center")
    assert (spec.layout, spec.element, spec.decoded) == ("NHWC", "FLOAT16", True)


def test_bytes_are_not_scaled():
    spec = recognised(facts(SQUARE, (1, 84, 8400), element="UINT8"))

    assert spec is not None
    assert spec.scale == 1


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (facts(SQUARE, (1, 84, 8400), element="DOUBLE"), "bad_input"),
        (facts(SQUARE, (1, 7, 8400), metadata=EXPORTED | {"task": "obb"}), "wrong_task"),
    ],
)
def test_what_a_known_model_can_not_do_here_is_said(found, code: str):
    with pytest.raises(ModelRefused) as refusal:
        recognised(found)

    assert refusal.value.code == code


def spec_of(head: str, classes: int = 3, side: int = 64) -> ModelSpec:
    return ModelSpec(head, (side, side), tuple("abcdefgh"[:classes]), "images", "output", decoded=True)


def test_rows_of_v5_equal_a_plain_loop():
    rows = np.random.default_rng(5).random((1, 252, 8), np.float32) * np.float32([64, 64, 40, 40, 1, 1, 1, 1])

    found = head_named("yolov5").decode([rows], spec_of("yolov5"), 0.4)

    wanted = []
    for cx, cy, w, h, sure, *classes in rows[0].tolist():
        best = max(range(3), key=classes.__getitem__)
        if sure * classes[best] >= 0.4:
            wanted.append((cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2, sure * classes[best], best))
    assert len(wanted) > 20
    assert_equal(found, wanted)


@pytest.mark.parametrize("turned", [False, True])
def test_columns_of_v8_equal_a_plain_loop_whichever_way_round(turned: bool):
    columns = np.random.default_rng(8).random((1, 7, 84), np.float32) * np.float32(
        [[64], [64], [40], [40], [1], [1], [1]]
    )

    answer = columns.transpose(0, 2, 1) if turned else columns
    found = head_named("yolov8").decode([answer], spec_of("yolov8"), 0.8)

    wanted = []
    for cx, cy, w, h, *classes in columns[0].T.tolist():
        best = max(range(3), key=classes.__getitem__)
        if classes[best] >= 0.8:
            wanted.append((cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2, classes[best], best))
    assert len(wanted) > 20
    assert_equal(found, wanted)


def test_more_classes_than_cells_are_still_columns():
    columns = np.zeros((1, 104, 84), np.float32)
    columns[0, :5, 3] = [32, 32, 8, 4, 0.9]
    spec = replace(spec_of("yolov8"), class_names=tuple(f"c{number}" for number in range(100)))

    assert head_named("yolov8").decode([columns], spec, 0.5).boxes.tolist() == [[28, 30, 36, 34]]


def test_masks_behind_the_classes_are_no_classes():
    columns = np.zeros((1, 39, 84), np.float32)
    columns[0, :, 3] = [32, 32, 8, 4, 0.1, 0.6, 0.2, *[9.0] * 32]

    found = head_named("yolov8").decode([columns], spec_of("yolov8"), 0.3)

    assert found.boxes.tolist() == [[28, 30, 36, 34]]
    assert (found.class_ids.tolist(), found.scores.tolist()) == ([1], pytest.approx([0.6]))


def test_finished_rows_are_taken_as_they_are():
    rows = np.zeros((1, 300, 6), np.float32)
    rows[0, :2] = [[1, 2, 30, 40, 0.9, 2], [1, 2, 31, 41, 0.8, 2]]

    head = head_named("yolov10")

    assert head.repeats is False
    assert head.decode([rows], spec_of("yolov10"), 0.5).boxes.tolist() == [[1, 2, 30, 40], [1, 2, 31, 41]]


def test_a_class_without_a_name_is_refused():
    rows = np.zeros((1, 300, 6), np.float32)
    rows[0, 0] = [1, 2, 30, 40, 0.9, 3]

    with pytest.raises(ModelRefused, match="class 3, but 3 names"):
        head_named("yolov10").decode([rows], spec_of("yolov10"), 0.5)


@pytest.mark.parametrize(
    ("head", "answer"),
    [("yolov5", (1, 252, 7)), ("yolov8", (1, 6, 84)), ("yolov8", (2, 7, 84)), ("yolov10", (300, 6))],
)
def test_an_answer_that_is_too_narrow_is_refused(head: str, answer: tuple):
    with pytest.raises(ModelRefused) as refusal:
        head_named(head).decode([np.zeros(answer, np.float32)], spec_of(head), 0.5)

    assert refusal.value.code == "unexpected_output"


def test_boxes_without_numbers_are_gone():
    rows = np.zeros((1, 252, 8), np.float32)
    rows[0, 0], rows[0, 1] = [np.nan, 0, 1, 1, 1, 1, 0, 0], [8, 8, np.inf, 4, 1, 1, 0, 0]

    assert len(head_named("yolov5").decode([rows], replace(spec_of("yolov5")), 0.5)) == 0


def assert_equal(found, wanted: list) -> None:
    rows = np.array(wanted)
    np.testing.assert_allclose(found.boxes, rows[:, :4], atol=1e-4)
    np.testing.assert_allclose(found.scores, rows[:, 4], rtol=1e-5)
    assert found.class_ids.tolist() == rows[:, 5].astype(int).tolist()
