import pytest
from django.test import override_settings


@pytest.fixture(autouse=True)
def media(tmp_path):
    """Every test keeps its bytes in a folder of its own."""
    storages = {
        "default": {"BACKEND": "datasets.storage.LocalStorage", "OPTIONS": {"location": tmp_path / "media"}},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    with override_settings(STORAGES=storages):
        yield tmp_path / "media"
