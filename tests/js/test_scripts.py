"""The editor's pure modules are tested by Node's own runner; this runs it with the rest of the suite."""

import shutil
import subprocess
from pathlib import Path

import pytest

TESTS = sorted(Path(__file__).parent.rglob("*.test.mjs"))


@pytest.mark.skipif(
    shutil.which("node") is None, reason="Node is not installed; it is a convenience for developers."
)
@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.name.removesuffix(".test.mjs"))
def test_modules(path: Path):
    done = subprocess.run(["node", "--test", str(path)], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout[-4000:]
