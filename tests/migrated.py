"""A migrated SQLite database, made once for each state of the migrations and kept among the system's temporary files.

Migrating takes seconds of every process that needs a database; copying takes none.
"""

import fcntl
import functools
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.data import ROOT

# Files of other states stay for so long: another checkout's tests may be about to copy one.
KEPT_SECONDS = 86_400


@functools.cache
def migrated() -> Path:
    """The file to copy; whoever comes first makes it, others wait for it."""
    place = Path(tempfile.gettempdir()) / f"modelship-tests-{os.getuid()}"
    place.mkdir(mode=0o700, exist_ok=True)
    found = place / f"{_state()}.sqlite3"
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not found.exists():
            for old in place.glob("*.sqlite3"):
                if old.stat().st_mtime < time.time() - KEPT_SECONDS:
                    old.unlink()
            _make(found)
    return found


def _state() -> str:
    """What the tables follow from: our migrations, and the versions of what brings its own."""
    files = [path for path in ROOT.glob("*/**/migrations/*.py") if ".venv" not in path.parts]
    digest = hashlib.sha256()
    for path in sorted([*files, ROOT / "requirements/dev.txt"]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _make(target: Path) -> None:
    with tempfile.TemporaryDirectory() as home:
        env = os.environ | {
            "DATABASE_URL": "",
            "DJANGO_SETTINGS_MODULE": "modelship.settings.base",
            "MODELSHIP_HOME": home,
            "MODELSHIP_TEMP": home,
        }
        command = [sys.executable, str(ROOT / "manage.py"), "migrate", "--verbosity", "0"]
        subprocess.run(command, env=env, check=True)
        (Path(home) / "db.sqlite3").rename(target)
