"""ModelSpec: valid or not there."""

import json

import pytest

from inference.engine.spec import ModelSpec

VALID = {
    "head": "yolox",
    "input_size": [64, 32],
    "class_names": ["boat", "crane"],
    "input_name": "images",
    "output_name": "output",
}


def test_a_spec_survives_json():
    spec = ModelSpec.from_dict(VALID | {"mean": [0.5, 0.4, 0.3], "channel_order": "RGB"})

    again = ModelSpec.from_dict(json.loads(json.dumps(spec.to_dict())))

    assert again == spec
    assert again.input_size == (64, 32)
    assert again.mean == (0.5, 0.4, 0.3)


@pytest.mark.parametrize(
    "wrong",
    [
        {"input_size": [64]},
        {"input_size": [64, 0]},
        {"input_size": [64, 5000]},
        {"input_size": [64.5, 64]},
        {"input_size": "64"},
        {"class_names": []},
        {"class_names": "boat"},
        {"class_names": [""]},
        {"class_names": ["x" * 129]},
        {"channel_order": "GRB"},
        {"scale": 0},
        {"scale": float("nan")},
        {"mean": [0, 0]},
        {"std": [1, 0, 1]},
        {"resize": "crop"},
        {"pad_value": 256},
        {"pad_value": True},
        {"decoded": 1},
        {"strides": []},
        {"head": ""},
        {"input_name": "im\x00ages"},
        {"output_name": "out\nput"},
        {"scale": 1e39},
        {"std": [1e-320, 1, 1]},
        {"mean": [1e308, 0, 0]},
        {"layout": "CHW"},
        {"element": "DOUBLE"},
        {"confidence": 1.1},
        {"more_outputs": [""]},
        {"colour": "red"},
    ],
)
def test_a_wrong_value_is_refused(wrong: dict):
    with pytest.raises(ValueError, match="settings are not valid"):
        ModelSpec.from_dict(VALID | wrong)


def test_a_missing_key_is_refused():
    with pytest.raises(ValueError, match="settings are not valid"):
        ModelSpec.from_dict({"head": "yolox"})
