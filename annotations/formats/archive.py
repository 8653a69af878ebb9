"""A zip whose bytes depend on its members alone: no clock, no user, no order but the one of adding."""

import contextlib
import hashlib
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import IO, BinaryIO, Self

import orjson

MANIFEST = "manifest.json"
FIRST_MOMENT = (1980, 1, 1, 0, 0, 0)
CHUNK_BYTES = 1 << 20
SPOOL_BYTES = 4 << 20
# Packing these again costs time and gains nothing.
PACKED_ALREADY = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif")


@contextmanager
def spooled() -> Iterator[IO[bytes]]:
    """A file for parts that have to wait: small ones stay in memory, large ones go to disk."""
    with tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES) as file:
        yield file


class Archive:
    """Writes members one after the other into a seekable file and ends with a manifest of checksums.

    Leaving the `with` by an exception leaves the file empty: nobody may take a part for the whole.
    """

    def __init__(self, sink: BinaryIO) -> None:
        self._sink = sink
        self._zip = zipfile.ZipFile(sink, "w", allowZip64=True)
        self._manifest = tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES)  # noqa: SIM115
        self._members = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._manifest:
            if kind is None:
                self._finish()
            else:
                self._abandon()

    def add(self, name: str, data: bytes) -> None:
        self._zip.writestr(_info(name, len(data)), data)
        self._note(name, len(data), hashlib.sha256(data).hexdigest())

    def add_file(self, name: str, file: IO[bytes]) -> None:
        """Add what a seekable file holds, from its beginning."""
        size = file.seek(0, 2)
        file.seek(0)
        digest = hashlib.sha256()
        with self._zip.open(_info(name, size), "w") as member:
            while chunk := file.read(CHUNK_BYTES):
                digest.update(chunk)
                member.write(chunk)
        self._note(name, size, digest.hexdigest())

    def _note(self, name: str, size: int, sha256: str) -> None:
        self._manifest.write(b",\n" if self._members else b"")
        self._manifest.write(orjson.dumps({"name": name, "bytes": size, "sha256": sha256}))
        self._members += 1

    def _finish(self) -> None:
        self._manifest.seek(0)
        with self._zip.open(_info(MANIFEST, 0), "w", force_zip64=True) as member:
            member.write(b'{"files":[\n')
            while chunk := self._manifest.read(CHUNK_BYTES):
                member.write(chunk)
            member.write(b"\n]}\n")
        self._zip.close()

    def _abandon(self) -> None:
        # Closed here, because zipfile would finish the archive whenever the object is collected.
        with contextlib.suppress(OSError, ValueError):
            self._zip.close()
        self._sink.seek(0)
        self._sink.truncate()


def _info(name: str, size: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, FIRST_MOMENT)
    is_packed = name.lower().endswith(PACKED_ALREADY)
    info.compress_type = zipfile.ZIP_STORED if is_packed else zipfile.ZIP_DEFLATED
    info.create_system = 3
    info.external_attr = 0o644 << 16
    info.file_size = size
    return info
