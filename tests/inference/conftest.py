import pytest
from django.test import override_settings

from inference import warm
from inference.models import DetectorModel
from tests.inference.installed import put_in_place
from tests.inference.models import spot_yolox, tiny_yolox
from tests.people import Person


@pytest.fixture(autouse=True)
def places(tmp_path):
    """Every test keeps its bytes and its copies of models in folders of its own."""
    storages = {
        "default": {"BACKEND": "datasets.storage.LocalStorage", "OPTIONS": {"location": tmp_path / "media"}},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    with override_settings(STORAGES=storages, MODELSHIP_MODEL_CACHE=tmp_path / "cache"):
        yield tmp_path
    warm.close()


@pytest.fixture
def tiny(tmp_path):
    """Says in every picture: a thing of 0.9 at 8, 16 to 24, 40 of its 64 x 64 input."""
    return tiny_yolox(tmp_path / "tiny.onnx")


@pytest.fixture
def thing(tiny, alice: Person) -> DetectorModel:
    """The tiny model, installed for Alice's tenant."""
    return put_in_place(tiny, "thing finder", alice.tenant)


@pytest.fixture
def spotter(tmp_path, alice: Person) -> DetectorModel:
    """A model that sees white squares."""
    return put_in_place(spot_yolox(tmp_path / "spot.onnx"), "spotter", alice.tenant)
