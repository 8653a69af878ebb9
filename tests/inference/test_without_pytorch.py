"""The product runs without PyTorch: nothing of it loads the library."""

import subprocess
import sys

from tests.data import ROOT

LOOK = """
import sys, django
django.setup()
import modelship.urls, modelship.asgi, inference.jobs, inference.engine.detector
print([name for name in ("torch", "inference.training.loop") if name in sys.modules])
"""


def test_the_product_does_not_load_pytorch():
    seen = subprocess.run(
        [sys.executable, "-c", LOOK], capture_output=True, text=True, cwd=ROOT, timeout=60, check=False
    )

    assert seen.stdout.strip() == "[]", seen.stderr
