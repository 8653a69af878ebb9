"""The service runs without the product around it."""

import subprocess
import sys

from tests.data import ROOT

CODE = """
import sys
import inference.service.server, inference.service.__main__, inference.engine.child
strangers = {"django", "rest_framework", "channels", "datasets", "annotations", "sqlite3", "psycopg"}
ours = {name for name in sys.modules if name.split(".")[0] in ("inference", "modelship")}
allowed = ("inference.service", "inference.engine", "modelship.lib", "inference.wire", "inference.asking", "inference.shelf")
print(sorted(strangers & set(sys.modules)))
print(sorted(name for name in ours if name.count(".") and not name.startswith(allowed)))
"""


def test_a_fresh_interpreter_serves_without_django_and_without_a_database():
    done = subprocess.run([sys.executable, "-c", CODE], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.splitlines() == ["[]", "[]"]
