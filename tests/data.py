"""Real photos and weights, where they are: beside the project, or at MODELSHIP_TEST_DATA."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
HOME = Path(os.environ.get("MODELSHIP_TEST_DATA") or ROOT.parent / "shared" / "data")


def shared_data(name: str) -> Path:
    """The path of a shared file or folder; skips the test with the reason where it is absent."""
    path = HOME / name
    if not path.exists():
        pytest.skip(f"needs {name} of the shared test data (set MODELSHIP_TEST_DATA)")
    return path
