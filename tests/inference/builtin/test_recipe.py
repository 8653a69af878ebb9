"""The recipe of the built-in detector: small here, but the real ports, the real network, the real loop."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch", reason="PyTorch is not installed (make train-install).")

from datasets.harbour import CLASSES, DEMO, View, draw
from inference.builtin import recipe
from inference.engine.detector import open_detector
from inference.engine.inspection import inspect_model
from inference.trial import FIRST_SEED, views

pytestmark = [pytest.mark.slow, pytest.mark.train, pytest.mark.timeout(600)]
SMALL = [View(31, 640, 480), View(32, 640, 480)]


def test_ports_are_drawn_once_and_read_back(tmp_path):
    source = recipe.ports(tmp_path, SMALL, processes=2)
    pixels, boxes, class_ids = source.picture(0)
    scene = draw(SMALL[0])
    drawn_at = (tmp_path / "31.npy").stat().st_mtime_ns

    recipe.ports(tmp_path, SMALL, processes=2)

    assert len(source) == 2
    assert np.array_equal(pixels[:, :, ::-1], scene.pixels)
    assert [CLASSES[at] for at in class_ids] == [thing.name for thing in scene.things]
    assert len(boxes) == len(scene.things)
    assert (tmp_path / "31.npy").stat().st_mtime_ns == drawn_at


def test_fifty_steps_lower_the_loss_and_give_a_model_file(tmp_path, monkeypatch):
    heard: list[float] = []
    monkeypatch.setattr(recipe, "_told", lambda number, seen: heard.append(seen.total))
    monkeypatch.setattr(recipe, "views", lambda: SMALL)
    stages = [
        replace(stage, settings=replace(stage.settings, steps=steps, batch=8, sides=(192,), warmup=10))
        for stage, steps in zip(recipe.STAGES, (50, 10, 5), strict=True)
    ]
    out = tmp_path / "harbour.onnx"

    recipe.make(tmp_path / "ports", out, stages=stages, threads=1, device="cpu")

    assert len(heard) == 65
    assert np.mean(heard[40:50]) < 0.95 * np.mean(heard[:10])
    spec = inspect_model(out)
    assert spec.class_names == CLASSES
    assert spec.input_size == (640, 640)
    with open_detector(out, spec) as detector:
        detector.detect(draw(SMALL[0]).pixels[:, :, ::-1].copy())


def test_training_sample_and_evaluation_share_no_port():
    trained = {view.seed for view in recipe.views()}
    tried = {view.seed for view in views(50)}

    assert len(trained) == sum(recipe.PORTS.values())
    assert not trained & tried
    assert not trained & {view.seed for view in DEMO}
    assert min(tried) == FIRST_SEED
