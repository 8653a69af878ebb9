"""Bringing in one file of a source: read whole, proved unchanged, then through the one way in."""

import hashlib
import tempfile
from dataclasses import dataclass
from typing import Any

import stamina
import structlog
from django.conf import settings

from datasets.actions.ingest import ingest_image
from datasets.models import Image, SourceFile
from datasets.sources import source_kind
from datasets.sources.base import Changed, Entry, Reader, display_key
from modelship.accounts.actors import Actor
from modelship.lib.errors import Conflict, InternalError, NotFound, Problem, Unavailable

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
        """The source did not answer: nothing is said about the file."""
        return isinstance(self.problem, Unavailable)

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


def read_file(row: SourceFile, reader: Reader, actor: Actor) -> Outcome:
    """One file, judged. Raises NotFound when the dataset is gone; nothing that is wrong with the file is raised."""
    try:
        return _read(row, reader, actor)
    except NotFound:
        raise
    except Problem as problem:
        return Outcome(row, Status.REFUSED, row.entry, problem=problem)
    except Exception as error:
        log.error("source.file_crashed", source=str(row.source_id), exc_info=error)
        problem = InternalError(
            "ModelShip made a mistake with this file, not you. It is tried again next time."
        )
        return Outcome(row, Status.REFUSED, problem=problem)


def _read(row: SourceFile, reader: Reader, actor: Actor) -> Outcome:
    entry: Entry | None = row.entry
    for _ in range(READS):
        if entry is None:
            return Outcome(row, Status.MISSING)
        with tempfile.NamedTemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR, prefix="source-") as file:
            try:
                _fetch(reader, entry, file)
            except Changed:
                entry = reader.look(row.key)
                continue
            return _brought_in(row, entry, file, actor)
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


def _brought_in(row: SourceFile, entry: Entry, file: Any, actor: Actor) -> Outcome:
    digest = _digest_of(file)
    held = row.image
    if held is not None and row.sha256 == digest:
        # Touched, with the same bytes: the picture stays, and so does what it was called.
        was = Status.DUPLICATE if held.metadata.get("path") != row.key else Status.INGESTED
        return Outcome(row, was, entry, digest, held, is_touched=True)
    metadata = {"path": row.key} | ({"replaces": str(held.id)} if held else {})
    verdict = ingest_image(
        row.source.dataset,
        display_key(row.key, source_kind(row.source.kind)),
        file,
        actor=actor,
        metadata=metadata,
    )
    if verdict.status == "refused":
        return Outcome(row, Status.REFUSED, entry, digest, problem=verdict.problem)
    # An earlier attempt may have let it in and died before it could say so.
    is_own = verdict.image is not None and verdict.image.metadata.get("path") == row.key
    status = Status.INGESTED if verdict.status == "created" or is_own else Status.DUPLICATE
    return Outcome(row, status, entry, digest, verdict.image)


def _digest_of(file: Any) -> str:
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    return digest
