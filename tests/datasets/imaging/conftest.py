from types import ModuleType

import pytest

from datasets.imaging import pixels, pixels_opencv, pixels_pillow


@pytest.fixture(params=[pixels_opencv, pixels_pillow], ids=["opencv", "pillow"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Each library that pictures are shrunk and measured with, in its turn."""
    monkeypatch.setattr(pixels, "engine", request.param)
    return request.param
