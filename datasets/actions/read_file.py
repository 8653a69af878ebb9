"""Fetching one file of a source, read whole and proved unchanged, for the one way in; and what became of it."""

import contextlib
import hashlib
import os
import tempfile
from dataclasses import dataclass
from typing import Any

import stamina
import structlog
from django.conf import settings

from datasets.actions.enter import Verdict
from datasets.actions.ingest import Sent
from datasets.models import Image, SourceFile
from datasets.sources import source_kind
from datasets.sources.base import Changed, Entry, Reader, display_key
from datasets.storage import Staged
from modelship.lib.errors import Conflict, InternalError, Problem, Unavailable

READS = 3
ATTEMPTS = 3
Status = SourceFile.Status
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Outcome:
    """What became of a file; `entry` is the state of it that was read."""

    row: SourceFile
    status: str
    entry: Entry | None = None
    sha256: str = ""
    image: Image | None = None
    problem: Problem | None = None
    is_touched: bool = False

    @property
    def is_away(self) -> bool:
        """The source did not answer, or no longer lets us in: nothing is said about the file."""
        return isinstance(self.problem, Unavailable) or (
            self.problem is not None and self.problem.code == "credentials_refused"
        )

    def onto(self, row: SourceFile, run: Any) -> SourceFile:
        """The row with this outcome. A file that may be fine next time is read again by the next run."""
        row.note(None if self.is_passing else self.entry)
        row.status = self.status
        if self.is_touched:
            # Another time, the same bytes: nothing came of this run.
            return row
        row.run = run
        row.is_change = bool(self.sha256 and row.sha256 and self.sha256 != row.sha256)
        row.sha256 = self.sha256 or row.sha256
        row.image = self.image or row.image
        row.problem = self.problem.as_dict() if self.problem else None
        return row

    @property
    def is_passing(self) -> bool:
        return self.is_away or (
            self.problem is not None and self.problem.code in ("changing", "internal_error")
        )


@dataclass(frozen=True)
class Fetched:
    """A file of a source on the local disk, as it was when `entry` was its state. It is gone when it is closed."""

    row: SourceFile
    entry: Entry
    stage: Staged
    file: Any

    def sent(self) -> Sent:
        """How it is handed to the one way in."""
        held = self.row.image
        metadata = {"path": self.row.key} | ({"replaces": str(held.id)} if held else {})
        return Sent(display_key(self.row.key, source_kind(self.row.source.kind)), self.stage, metadata)

    def outcome(self, verdict: Verdict) -> Outcome:
        """What became of it."""
        digest = self.stage.sha256
        if verdict.problem is not None:
            return Outcome(self.row, Status.REFUSED, self.entry, digest, problem=verdict.problem)
        # An earlier attempt may have let it in and died before it could say so.
        is_own = verdict.image is not None and verdict.image.metadata.get("path") == self.row.key
        status = Status.INGESTED if verdict.status == "created" or is_own else Status.DUPLICATE
        return Outcome(self.row, status, self.entry, digest, verdict.image)


def read_file(row: SourceFile, reader: Reader) -> Fetched | Outcome:
    """One file, fetched; or its outcome where that is clear without a look at the picture.

    Nothing that is wrong with the file is raised.
    """
    try:
        return _read(row, reader)
    except Problem as problem:
        return Outcome(row, Status.REFUSED, row.entry, problem=problem)
    except Exception as error:
        log.error("source.file_crashed", source=str(row.source_id), exc_info=error)
        problem = InternalError(
            "ModelShip made a mistake with this file, not you. It is tried again next time."
        )
        return Outcome(row, Status.REFUSED, problem=problem)


def _read(row: SourceFile, reader: Reader) -> Fetched | Outcome:
    entry: Entry | None = row.entry
    for _ in range(READS):
        if entry is None:
            return Outcome(row, Status.MISSING)
        with contextlib.ExitStack() as room:
            file = room.enter_context(
                tempfile.NamedTemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR, prefix="source-")
            )
            try:
                _fetch(reader, entry, file)
            except Changed:
                entry = reader.look(row.key)
                continue
            fetched = Fetched(row, entry, _stage_of(file), file)
            if (touched := _touched(fetched)) is not None:
                return touched
            room.pop_all()
            return fetched
    raise Conflict(
        "The file kept changing while it was read. It is read again by the next run.", code="changing"
    )


def _fetch(reader: Reader, entry: Entry, file: Any) -> None:
    """The bytes, patiently: what the network did may heal."""
    for attempt in stamina.retry_context(on=Unavailable, attempts=ATTEMPTS, wait_initial=0.2, wait_max=5.0):
        with attempt:
            file.seek(0)
            file.truncate()
            reader.fetch(entry, file)
    file.flush()


def _touched(fetched: Fetched) -> Outcome | None:
    """Another time, with the same bytes: the picture stays, and so does what it was called."""
    row, held = fetched.row, fetched.row.image
    if held is None or row.sha256 != fetched.stage.sha256:
        return None
    was = Status.DUPLICATE if held.metadata.get("path") != row.key else Status.INGESTED
    return Outcome(row, was, fetched.entry, row.sha256, held, is_touched=True)


def _stage_of(file: Any) -> Staged:
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Staged(file.name, digest, os.fstat(file.fileno()).st_size)
