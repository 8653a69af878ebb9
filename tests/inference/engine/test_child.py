"""The engine behind the limited child process: plain values in, plain values or refusals out."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inference.engine import child
from inference.engine.errors import ImageRefused, ModelRefused, SlicingRefused
from modelship.lib.limited import run_limited
from tests.inference.models import spot_yolox, tiny_classifier, tiny_yolox

BOX = [(1, 0.9, (8.0, 16.0, 24.0, 40.0))]


@pytest.fixture
def model(tmp_path: Path) -> str:
    return str(tiny_yolox(tmp_path / "tiny.onnx", boxes=BOX, classes=("boat", "crane")))


@pytest.fixture
def photo(tmp_path: Path) -> str:
    path = tmp_path / "photo.png"
    Image.new("RGB", (128, 96), (9, 9, 9)).save(path)
    return str(path)


def test_a_limited_child_inspects_and_detects(model: str, photo: str):
    spec = run_limited("inference.engine.child:inspect_file", model)
    answer = run_limited("inference.engine.child:detect_file", model, spec, photo, {"confidence": 0.5})

    assert spec["class_names"] == ["boat", "crane"]
    assert json.loads(json.dumps(answer)) == answer
    assert (answer["width"], answer["height"]) == (128, 96)
    assert answer["boxes"] == [pytest.approx([16, 32, 48, 80], abs=1e-4)]
    assert answer["scores"] == pytest.approx([0.9])
    assert (answer["class_ids"], answer["class_names"], answer["slices"]) == ([1], ["crane"], [None])


def test_refusals_come_out_of_a_limited_child_as_they_are(tmp_path: Path, model: str, photo: str):
    garbage = tmp_path / "garbage.onnx"
    garbage.write_bytes(b"garbage")
    spec = child.inspect_file(model)

    with pytest.raises(ModelRefused) as refusal:
        run_limited("inference.engine.child:inspect_file", str(garbage))
    with pytest.raises(ImageRefused) as unreadable:
        run_limited("inference.engine.child:detect_file", model, spec, str(garbage), {})
    with pytest.raises(SlicingRefused):
        run_limited("inference.engine.child:detect_file", model, spec, photo, {"slicing": {"size": 1}})

    assert (refusal.value.code, unreadable.value.code) == ("not_onnx", "bad_image")


def test_slices_are_told_per_box(tmp_path: Path):
    model = str(spot_yolox(tmp_path / "spot.onnx"))
    picture = np.zeros((96, 160, 3), np.uint8)
    picture[8:16, 8:16] = 255
    Image.fromarray(picture).save(tmp_path / "spots.png")
    slicing = {"size": 64, "overlap": 0.25, "merge": "nms", "metric": "iou"}

    answer = child.detect_file(
        model, child.inspect_file(model), str(tmp_path / "spots.png"), {"confidence": 0.9, "slicing": slicing}
    )

    assert answer["boxes"] == [[8, 8, 16, 16]]
    assert answer["slices"] == [[0, 0, 64, 64]]


def test_a_region_answers_in_pixels_of_the_picture(model: str, photo: str):
    spec = child.inspect_file(model)

    answer = child.detect_file(model, spec, photo, {"confidence": 0.5, "region": [64, 32, 999, 64]})

    assert (answer["width"], answer["height"]) == (128, 96)
    assert answer["boxes"] == [pytest.approx([72, 48, 88, 72], abs=1e-4)]


@pytest.mark.parametrize(
    "options",
    [
        {"region": [500, 0, 10, 10]},
        {"region": [0, 0, 0, 10]},
        {"confidence": 2},
        {"colour": "red"},
        {"slicing": {"merge": "soft"}},
        {"max_pixels": 100},
    ],
)
def test_wrong_options_are_refused(model: str, photo: str, options: dict):
    with pytest.raises(ValueError):
        child.detect_file(model, child.inspect_file(model), photo, options)


def test_a_model_stays_open_until_its_file_changes(tmp_path: Path, model: str, photo: str, monkeypatch):
    child._opened.clear()
    opened: list[str] = []
    original = child.open_detector
    monkeypatch.setattr(
        child, "open_detector", lambda *args, **kw: opened.append(args[0]) or original(*args, **kw)
    )
    spec = child.inspect_file(model)

    first = child.detect_file(model, spec, photo, {})
    child.detect_file(model, spec, photo, {})
    tiny_yolox(Path(model), boxes=[(0, 0.6, (0.5, 0.5, 4, 4))], classes=("boat", "crane"))
    changed = child.detect_file(model, spec, photo, {})

    assert opened == [model, model]
    assert (first["class_names"], changed["class_names"]) == (["crane"], ["boat"])
    assert len(child._opened) <= child.OPEN_MODELS


def test_trying_a_model_runs_it_once(model: str):
    assert child.try_model(model, child.inspect_file(model)) == {"boxes": 1}
    with pytest.raises(ModelRefused):
        child.try_model(model, child.inspect_file(model) | {"input_size": [96, 96]})


def test_a_classifier_answers_a_tag_for_the_whole_picture(tmp_path: Path, photo: str):
    path = str(tiny_classifier(tmp_path / "light.onnx"))
    spec = child.inspect_file(path)

    answer = child.detect_file(path, spec, photo, {"confidence": 0.5})
    unsure = child.detect_file(path, spec, photo, {"confidence": 1.0})

    assert child.try_model(path, spec) == {"classes": 2}
    assert (answer["shape"], answer["class_names"]) == ("tag", ["dark"])
    assert answer["boxes"] == [[0, 0, answer["width"], answer["height"]]]
    assert 0.5 < answer["scores"][0] < 1
    assert unsure["boxes"] == []


def test_the_engine_runs_with_django_absent():
    script = (
        "import sys; sys.modules['django'] = None; import inference.engine.child; "
        "print([name for name in ('modelship', 'datasets', 'annotations', 'torch') if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
