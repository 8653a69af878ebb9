"""Desks of exports on this machine: what a killed worker leaves there, the next attempt goes on with."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import orjson
from django.conf import settings

from annotations.export_order import ExportOrder
from annotations.formats.desk import Desk
from annotations.formats.records import ExportDataset
from annotations.models import Export
from modelship.jobs.states import LIVE

PREFIX = "export-"
# Raised whenever a format's bytes change: what another release began can't be gone on with.
LAYOUT = 1
LOCK = "lock"


@contextmanager
def passing_desk() -> Iterator[Desk]:
    """A desk that nobody goes on at."""
    with _folder() as folder, Desk(folder) as desk:
        yield desk


@contextmanager
def kept_desk(export: Export, subject: str) -> Iterator[Desk]:
    """The desk of an export, with what an earlier attempt made sure of for the same `subject`.

    It stays where the block is left by an exception: an attempt that is stopped or disturbed is followed by another.
    A worker that only seems dead still sits at it; then there is another desk, an empty one.
    """
    folder = Path(settings.FILE_UPLOAD_TEMP_DIR) / f"{PREFIX}{export.id}"
    folder.mkdir(mode=0o700, exist_ok=True)
    with _held(folder) as is_ours:
        if not is_ours:
            with passing_desk() as desk:
                yield desk
            return
        with Desk(folder, subject) as desk:
            yield desk
        shutil.rmtree(folder, ignore_errors=True)


def clear_desks() -> None:
    """Take away what is left of exports that nobody makes any more: they were cancelled, deleted, or failed for good."""
    left = {_export_of(path): path for path in Path(settings.FILE_UPLOAD_TEMP_DIR).glob(f"{PREFIX}*-*")}
    left.pop(None, None)
    if left:
        wanted = set(Export.objects.filter(id__in=left, job__state__in=LIVE).values_list("id", flat=True))
        for uid in left.keys() - wanted:
            with _held(left[uid]) as is_ours:
                if is_ours:
                    shutil.rmtree(left[uid], ignore_errors=True)


def subject_of(described: ExportDataset, order: ExportOrder) -> str:
    """Different wherever files that were begun could not be gone on with: other classes, names or options."""
    told = {
        "layout": LAYOUT,
        "dataset": asdict(described),
        "format": order.format_name,
        "options": order.as_options(),
    }
    return sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)).hexdigest()


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR, prefix="making-") as folder:
        yield Path(folder)


@contextmanager
def _held(folder: Path) -> Iterator[bool]:
    """Whether the folder is this caller's for the length of the block.

    The lock is the system's, so it ends with its process however that ends.
    """
    try:
        lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except FileNotFoundError:
        yield False
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Whoever held it before may have taken the folder away, and the lock with it.
        is_ours = os.fstat(lock).st_nlink > 0
    except BlockingIOError:
        is_ours = False
    try:
        yield is_ours
    finally:
        os.close(lock)


def _export_of(path: Path) -> UUID | None:
    try:
        return UUID(path.name.removeprefix(PREFIX))
    except ValueError:
        return None
