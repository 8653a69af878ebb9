from dataclasses import replace

import pytest
import stamina
from django.test import override_settings

from inference import warm
from inference.catalog import entry_named
from inference.client import choice
from inference.model_files import sha256_of
from inference.models import DetectorModel
from tests.inference.detector_service import TOKEN, DetectorService, shared_service
from tests.inference.installed import put_in_place
from tests.inference.models import spot_yolox, tiny_embedder, tiny_yolox
from tests.inference.sites import serving
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
    choice.close()


@pytest.fixture
def tiny(tmp_path):
    """Says in every picture: a thing of 0.9 at 8, 16 to 24, 40 of its 64 x 64 input."""
    return tiny_yolox(tmp_path / "tiny.onnx")


@pytest.fixture
def shelf(tiny, monkeypatch):
    """A catalogue of two: the tiny model by its sum as yolox_nano, and yolox_tiny whose sum nobody knows."""
    pinned = replace(entry_named("yolox_nano"), sha256=sha256_of(tiny), size=tiny.stat().st_size)
    entries = (pinned, replace(entry_named("yolox_tiny"), sha256=""))
    monkeypatch.setattr("inference.catalog.CATALOG", entries)
    return entries


@pytest.fixture
def mirror(tiny, shelf):
    """A mirror that has both models of the shelf, and may be reached."""
    data = tiny.read_bytes()
    with (
        serving({"/yolox_nano.onnx": data, "/yolox_tiny.onnx": data}) as site,
        override_settings(MODELSHIP_MODEL_MIRROR=f"{site.url}/", MODELSHIP_OUTBOUND_ALLOW=[site.place]),
        stamina.set_testing(True, attempts=2),
    ):
        yield site


@pytest.fixture
def embedder(tmp_path, alice: Person) -> DetectorModel:
    """A model that answers 128 numbers to a face, installed for Alice's tenant."""
    return put_in_place(tiny_embedder(tmp_path / "faces.onnx"), "face reader", alice.tenant)


@pytest.fixture
def thing(tiny, alice: Person) -> DetectorModel:
    """The tiny model, installed for Alice's tenant."""
    return put_in_place(tiny, "thing finder", alice.tenant)


@pytest.fixture
def spotter(tmp_path, alice: Person) -> DetectorModel:
    """A model that sees white squares."""
    return put_in_place(spot_yolox(tmp_path / "spot.onnx"), "spotter", alice.tenant)


@pytest.fixture
def service() -> DetectorService:
    """A detector service that runs; others use it too, so leave it running."""
    return shared_service()


@pytest.fixture
def by_service(service):
    """The product uses the detector service for as long as the test lasts."""
    with override_settings(MODELSHIP_ML_SERVICE_URL=service.url, MODELSHIP_ML_SERVICE_TOKEN=TOKEN):
        yield service
