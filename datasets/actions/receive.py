"""Taking in a piece of an upload: straight onto the disk, one writer at a time, and a cut keeps what came."""

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from django.db import connection
from django.http.request import UnreadablePostError

from datasets import incoming
from datasets.models import UploadSession
from datasets.upload_queries import check_open, expiry
from modelship.lib.clock import now
from modelship.lib.errors import BadRequest, ChecksumMismatch, Conflict, NotFound, TooLarge

PIECE_BYTES = 1 << 20
# So much may have to be sent again after the server's own death; a client's cut costs nothing.
SAFE_EVERY_BYTES, SAFE_EVERY_SECONDS = 32 << 20, 1.0
# tus asks for SHA-1: it finds broken bytes here, and guards nothing.
CHECKSUMS: dict[str, Callable[[], Any]] = {
    "sha1": lambda: hashlib.sha1(usedforsecurity=False),
    "sha256": hashlib.sha256,
}


@dataclass(frozen=True)
class Checksum:
    """What the bytes of one request have to come to."""

    algorithm: str
    digest: bytes


@dataclass(frozen=True)
class Piece:
    """The bytes that one request brings: where they belong, and what their sender says of them."""

    offset: int
    read: Callable[[int], bytes]
    length: int | None = None
    checksum: Checksum | None = None


def receive(session: UploadSession, piece: Piece) -> int:
    """Append a piece and return the new offset.

    Raises Conflict for a wrong offset or while another request writes, TooLarge for bytes beyond the
    announced size, ChecksumMismatch for other bytes than promised; the upload then stands where it stood.
    Raises BadRequest when the client went away: what had arrived stays, unless it had a checksum to meet.
    """
    with incoming.sole_writer(session) as file:
        start = _begun(session, file, piece)
        _release_connection()
        end, safe_at = start, time.monotonic()
        try:
            for end in _copied(session, piece, file):
                is_due = (
                    end - session.offset >= SAFE_EVERY_BYTES
                    or time.monotonic() - safe_at >= SAFE_EVERY_SECONDS
                )
                if is_due and piece.checksum is None:
                    _make_safe(session, file, end)
                    safe_at = time.monotonic()
        except (TooLarge, ChecksumMismatch):
            _make_safe(session, file, start)
            raise
        except UnreadablePostError as error:
            _make_safe(session, file, start if piece.checksum else file.tell())
            raise BadRequest("The connection ended in the middle. Ask for the offset and go on.") from error
        _make_safe(session, file, end)
        return end


def _begun(session: UploadSession, file: BinaryIO, piece: Piece) -> int:
    """Where the writing starts, with the session as the lock found it."""
    if not UploadSession.objects.filter(pk=session.pk).exists():
        # It was deleted while this request waited for the file, which opening has made again.
        incoming.delete_arrived(session)
        raise NotFound()
    session.refresh_from_db()
    check_open(session)
    held = min(session.offset, os.fstat(file.fileno()).st_size)
    if piece.offset != held:
        detail = f"The upload stands at {held}, not at {piece.offset}. Go on from there."
        raise Conflict(detail, code="offset_conflict", offset=held)
    if piece.length is not None and held + piece.length > session.size:
        raise _too_long(session)
    # Bytes past the safe offset may be holes after a crash of the machine.
    file.truncate(held)
    file.seek(held)
    return held


def _copied(session: UploadSession, piece: Piece, file: BinaryIO) -> Iterator[int]:
    """Write the piece as it arrives, naming the offset that is reached after each write."""
    digest = CHECKSUMS[piece.checksum.algorithm]() if piece.checksum else None
    while chunk := piece.read(PIECE_BYTES):
        if file.tell() + len(chunk) > session.size:
            raise _too_long(session)
        file.write(chunk)
        if digest is not None:
            digest.update(chunk)
        yield file.tell()
    if piece.checksum and digest is not None and digest.digest() != piece.checksum.digest:
        raise ChecksumMismatch("The bytes are not those of the checksum. Send them again.")


def _make_safe(session: UploadSession, file: BinaryIO, end: int) -> None:
    """Cut the file to `end`, bring it to the disk, and only then say so."""
    file.flush()
    file.truncate(end)
    os.fsync(file.fileno())
    session.offset = end
    UploadSession.objects.filter(pk=session.pk).update(offset=end, expires_at=expiry(), updated_at=now())
    _release_connection()


def _release_connection() -> None:
    """A slow line may take hours: it must not hold one of the few connections to the database meanwhile."""
    if not connection.in_atomic_block:
        connection.close()


def _too_long(session: UploadSession) -> TooLarge:
    detail = f"{session.size:,} bytes were announced; more came. Start again with the right size."
    return TooLarge(detail, code="size_mismatch", limit=session.size)
