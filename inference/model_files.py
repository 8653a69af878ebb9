"""The bytes of models: named by their SHA-256 in the storage, and checked copies on the local disk.

A model is the same bytes for every tenant that has it, so it is stored once. Detectors read it from a
local copy, which is made, or made again, whenever its checksum is not that of its name.
"""

import contextlib
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage

from modelship.lib.errors import Unavailable

CHUNK_BYTES = 1 << 20


def model_key(sha256: str) -> str:
    return f"models/{sha256}.onnx"


def keep_model(path: str | Path, sha256: str) -> None:
    """Store the file under its checksum; what is there already is not written again."""
    key = model_key(sha256)
    if default_storage.exists(key) and default_storage.size(key) == os.path.getsize(path):
        return
    with open(path, "rb") as file:
        saved = default_storage.save(key, File(file))
    if saved != key:
        # A storage that never overwrites: somebody else was writing the same bytes at the same time.
        default_storage.delete(saved)


def drop_model(sha256: str) -> None:
    default_storage.delete(model_key(sha256))
    with contextlib.suppress(OSError):
        _cached(sha256).unlink()


def local_model(sha256: str) -> Path:
    """The path of a local copy whose checksum was just checked.

    Raises Unavailable where the storage has lost the file or holds other bytes.
    """
    path = _cached(sha256)
    if path.is_file() and sha256_of(path) == sha256:
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".new-", delete=False) as file:
        try:
            _fetch(sha256, Path(file.name))
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise
    return path


def sha256_of(path: str | Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fetch(sha256: str, path: Path) -> None:
    try:
        with default_storage.open(model_key(sha256), "rb") as source, path.open("wb") as copy:
            shutil.copyfileobj(source, copy, CHUNK_BYTES)
    except FileNotFoundError as error:
        raise _lost() from error
    if sha256_of(path) != sha256:
        raise _lost()


def _lost() -> Unavailable:
    return Unavailable("The model's file is missing or damaged. Install the model again.", code="model_lost")


def _cached(sha256: str) -> Path:
    return Path(settings.MODELSHIP_MODEL_CACHE) / f"{sha256}.onnx"
