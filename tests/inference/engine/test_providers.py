import numpy as np
import pytest

from inference.engine.detector import open_detector
from inference.engine.inspection import inspect_model
from inference.engine.providers import KNOWN, present, providers_for
from tests.inference.models import spot_yolox


def test_the_processor_is_always_there_and_comes_last():
    assert "cpu" in present()
    for wish in KNOWN:
        assert providers_for(wish, 1)[-1] == ("CPUExecutionProvider", {})


def test_a_name_that_is_none_is_refused():
    with pytest.raises(ValueError, match="tpu"):
        providers_for("tpu", 1)


@pytest.mark.parametrize("wish", KNOWN)
def test_the_same_boxes_whatever_runs_the_model(tmp_path, wish: str):
    """Where the wish is not installed the processor stands in; where it is, it answers the same."""
    path = spot_yolox(tmp_path / "spot.onnx")
    picture = np.zeros((64, 64, 3), np.uint8)
    picture[8:16, 24:32] = 255

    with open_detector(path, inspect_model(path), provider=wish) as detector:
        found = detector.detect(picture, confidence=0.9)

    np.testing.assert_allclose(found.boxes, [[24, 8, 32, 16]], atol=0.01)
