"""Settings of the test suite: the product's own, with a throw-away home and a fast hasher."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

# Before base is read: tests never touch the developer's own instance. A worker of the parallel
# run inherits the folder from its parent, which takes it away in the end.
if "MODELSHIP_HOME" not in os.environ:
    os.environ["MODELSHIP_HOME"] = tempfile.mkdtemp(prefix="modelship-test-")
    atexit.register(shutil.rmtree, os.environ["MODELSHIP_HOME"], ignore_errors=True)
os.environ.setdefault("MODELSHIP_LOG_LEVEL", "WARNING")

from modelship.settings.base import *  # noqa: F403
from modelship.settings.base import DATABASES, INSTALLED_APPS, MODELSHIP_HOME, STORAGES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# Static files straight from the source tree: the manifest has tests of its own on a real server.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, not memory: threads and real server processes share it.
    DATABASES["default"]["TEST"] = {"NAME": str(Path(MODELSHIP_HOME) / f"test-{os.getpid()}.sqlite3")}
ALLOWED_HOSTS = ["*"]
ACCOUNT_RATE_LIMITS = False
INSTALLED_APPS += [app for app in os.environ.get("MODELSHIP_TEST_APPS", "").split(",") if app]
