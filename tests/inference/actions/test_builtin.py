"""The built-in detector: let in like any file, once, for everybody, and right about the harbour."""

import cv2
import numpy as np
import onnxruntime
import pytest

from datasets.harbour import CLASSES, View, draw
from inference.actions.builtin import FILE, NAME, install_builtin
from inference.detection import Detection
from inference.models import DetectorModel
from inference.options import DetectOptions
from inference.queries import model_to_use

VIEW = View(60_001, 1280, 960)
SLICED = {"confidence": 0.4, "slice": {"size": 1024, "overlap": 0.2}}


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "port.png"
    cv2.imwrite(str(path), draw(VIEW).pixels[:, :, ::-1])
    return path


def test_it_is_small_and_everybodys(alice, charlie):
    model = install_builtin()

    assert FILE.stat().st_size <= 4_000_000
    assert model.tenant is None
    assert model.name == NAME
    assert tuple(model.class_names) == CLASSES
    assert (model.head, model.input_width, model.input_height) == ("yolox", 640, 640)
    assert (model.license, model.source) == ("Apache-2.0", "built in")
    assert model_to_use(alice.actor, NAME) == model == model_to_use(charlie.actor, NAME)


def test_a_second_time_finds_it(db):
    first = install_builtin()
    DetectorModel.objects.filter(id=first.id).update(state="archived")

    second = install_builtin()

    assert second.id == first.id
    assert second.state == "archived"
    assert DetectorModel.objects.count() == 1


def test_it_sees_what_plain_onnxruntime_sees(db, picture):
    with Detection(install_builtin()) as detection:
        seen = detection.look(picture, DetectOptions.read({"confidence": 0.3, "iou": 0.45}))

    ours = [(one.class_name, one.x, one.y, one.x + one.w, one.y + one.h, one.score) for one in seen.found]
    plain = plain_boxes(cv2.imread(str(picture)), confidence=0.3, iou=0.45)
    assert len(ours) == len(plain) > 5
    for mine, theirs in zip(sorted(ours), sorted(plain), strict=True):
        assert mine[0] == theirs[0]
        assert mine[1:] == pytest.approx(theirs[1:], abs=0.05)


def test_slices_find_the_harbour(db, picture):
    """Of the truth most is found, and of what is found most is true, at an overlap of a half."""
    truth = [(t.name, t.x, t.y, t.x + t.w, t.y + t.h) for t in draw(VIEW).things]

    with Detection(install_builtin()) as detection:
        seen = detection.look(picture, DetectOptions.read(SLICED)).found

    boxes = [(one.class_name, one.x, one.y, one.x + one.w, one.y + one.h) for one in seen]
    hits = sum(any(same(box, other) for other in boxes) for box in truth)
    right = sum(any(same(box, other) for other in truth) for box in boxes)
    assert len(truth) > 50
    assert hits / len(truth) > 0.75
    assert right / len(boxes) > 0.75


def plain_boxes(image: np.ndarray, *, confidence: float, iou: float) -> list[tuple]:
    """YOLOX by the book: letterbox, run, decode the grids, class-wise suppression; nothing of ours."""
    height, width = image.shape[:2]
    ratio = min(640 / height, 640 / width)
    canvas = np.full((640, 640, 3), 114, np.uint8)
    resized = cv2.resize(image, (int(width * ratio), int(height * ratio)), interpolation=cv2.INTER_LINEAR)
    canvas[: resized.shape[0], : resized.shape[1]] = resized
    session = onnxruntime.InferenceSession(FILE.read_bytes(), providers=["CPUExecutionProvider"])
    rows = session.run(None, {"images": canvas.transpose(2, 0, 1)[None].astype(np.float32)})[0][0]
    cells = [(x, y, s) for s in (8, 16, 32) for y in range(640 // s) for x in range(640 // s)]
    grid = np.array(cells, np.float64)
    middle, size = (rows[:, :2] + grid[:, :2]) * grid[:, 2:], np.exp(rows[:, 2:4]) * grid[:, 2:]
    corners = np.clip(np.hstack([middle - size / 2, middle + size / 2]) / ratio, 0, [width, height] * 2)
    scores = rows[:, 4:5] * rows[:, 5:]
    kept: list[tuple] = []
    for at in np.argsort(-scores.max(axis=1), kind="stable"):
        score, name = scores[at].max(), CLASSES[scores[at].argmax()]
        if score < confidence:
            break
        candidate = (name, *corners[at].tolist(), float(score))
        if not any(other[0] == name and overlap(candidate, other) > iou for other in kept):
            kept.append(candidate)
    return kept


def same(one: tuple, other: tuple) -> bool:
    return one[0] == other[0] and overlap(one, other) >= 0.5


def overlap(one: tuple, other: tuple) -> float:
    across = max(0.0, min(one[3], other[3]) - max(one[1], other[1]))
    down = max(0.0, min(one[4], other[4]) - max(one[2], other[2]))
    areas = [(box[3] - box[1]) * (box[4] - box[2]) for box in (one, other)]
    return across * down / (sum(areas) - across * down)
