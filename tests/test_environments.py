"""What an installation of each kind holds: the web without models stays small, and works."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.data import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.xdist_group("environments")]
UV = Path(sys.executable).with_name("uv")
MB = 1_000_000
MODELS = ("numpy", "cv2", "onnxruntime", "onnx", "sahi")
# A picture goes all the way in: decoded, measured and shrunk in a limited child.
INGEST = """
import io, json, sys
import django
django.setup()
import modelship.asgi, modelship.urls
from django.core.management import call_command
from PIL import Image
from datasets.actions.ingest import ingest_image
from datasets.models import Dataset
from modelship.accounts.actors import Actor
from modelship.accounts.models import Tenant
from modelship.lib.ids import new_id
from modelship.projects.models import Project
call_command("migrate", verbosity=0)
tenant = Tenant.objects.create(name="Web", slug="web")
project = Project.objects.create(tenant=tenant, name="Alone")
dataset = Dataset.objects.create(tenant=tenant, project=project, name="One")
out = io.BytesIO()
Image.linear_gradient("L").resize((1280, 960)).convert("RGB").save(out, "JPEG")
verdict = ingest_image(dataset, "one.jpg", out.getvalue(), actor=Actor.machine(tenant, new_id(), "test"))
image = verdict.image
here = [name for name in %r if name in sys.modules]
print(json.dumps([verdict.status, image and [image.width, image.height, image.phash is not None], here]))
"""


def installed(folder: Path, *locks: str, loose: tuple[str, ...] = ()) -> Path:
    """A fresh environment with the packages of some locks; its interpreter."""
    if not UV.exists():
        pytest.skip("uv is not beside this interpreter; `make test` installs it")
    run(UV, "venv", "--quiet", "--python", sys.executable, folder)
    python = folder / "bin/python"
    for name in locks:
        run(UV, "pip", "install", "--quiet", "--python", python, "-r", ROOT / f"requirements/{name}.txt")
    for name in loose:
        lock = ROOT / f"requirements/{name}.txt"
        run(UV, "pip", "install", "--quiet", "--python", python, "--no-deps", "-r", lock)
    return python


def run(*command: object, **environment: str) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def tell(capsys: pytest.CaptureFixture[str], words: str) -> None:
    """Shown whether the test passes or not: who makes images wants to know."""
    with capsys.disabled():
        print(f"\n{words}")  # noqa: T201


def size_of(folder: Path) -> int:
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sum(path.stat().st_size for path in files)


def test_the_web_without_models_is_under_200_mb_and_takes_pictures_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    python = installed(tmp_path / "web", "base")
    size = size_of(tmp_path / "web")

    told = run(
        python,
        "-c",
        INGEST % (MODELS,),
        DJANGO_SETTINGS_MODULE="modelship.settings.base",
        MODELSHIP_HOME=str(tmp_path / "home"),
        DATABASE_URL="",
    )

    tell(capsys, f"The web environment has {size / MB:.0f} MB.")
    assert size < 200 * MB
    assert told.splitlines()[-1] == '["created", [1280, 960, true], []]'


def test_the_environment_of_models_is_under_1_gb(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    python = installed(tmp_path / "models", "inference", loose=("sahi",))
    size = size_of(tmp_path / "models")

    run(python, "-c", "import inference.engine.child, sys; assert 'django' not in sys.modules")

    tell(capsys, f"The environment of the models has {size / MB:.0f} MB.")
    assert size < 1000 * MB
